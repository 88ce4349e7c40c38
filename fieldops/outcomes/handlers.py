"""What a timer of this room does when due."""

import datetime as dt
import uuid
from typing import Any

from fieldops.outcomes.facts import raise_follow_up, raise_photo_missing


def follow_up_due(payload: dict[str, Any], at: dt.datetime) -> None:
    """A return visit is due."""
    raise_follow_up(follow_up_id=uuid.UUID(payload["follow_up_id"]), at=at)


def photo_missing(payload: dict[str, Any], at: dt.datetime) -> None:
    """A photo's bytes never came."""
    raise_photo_missing(note_id=uuid.UUID(payload["note_id"]), at=at)
