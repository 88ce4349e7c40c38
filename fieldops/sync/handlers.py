"""What timers and passes of this room do."""

import datetime as dt
import uuid
from typing import Any

from fieldops.sync import positions
from fieldops.sync.apply import bury_deferred
from fieldops.sync.blobs import drop_old_parts
from fieldops.sync.devices import report_silent


def deferred_due(payload: dict[str, Any], at: dt.datetime) -> None:
    """A command's subject never appeared."""
    bury_deferred(cmd_id=uuid.UUID(payload["cmd_id"]), at=at)


def forget_old_parts(*, at: dt.datetime) -> None:
    """Drop photos of which only a part ever came."""
    drop_old_parts(at=at)


def forget_positions(*, at: dt.datetime) -> None:
    """Forget where people were, with their shift."""
    positions.forget_positions(at=at)


def find_silent_devices(*, at: dt.datetime) -> None:
    """Look for phones whose heartbeat stopped."""
    report_silent(at=at)
