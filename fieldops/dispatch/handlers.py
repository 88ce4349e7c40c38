"""What a timer of this room does when due."""

import datetime as dt
import uuid
from typing import Any

from fieldops.dispatch.actions import raise_late, run_ladder_step
from fieldops.dispatch.actions.calloff import alarm_unconfirmed
from fieldops.dispatch.actions.safety import request_check_in


def ladder_step(payload: dict[str, Any], at: dt.datetime) -> None:
    """An offer is still unanswered."""
    run_ladder_step(assignment_id=uuid.UUID(payload["assignment_id"]), step=payload["step"], at=at)


def set_out_late(payload: dict[str, Any], at: dt.datetime) -> None:
    """A crew accepted and has not set out."""
    raise_late(
        assignment_id=uuid.UUID(payload["assignment_id"]), status="accepted", kind="set_out_late", at=at
    )


def arrive_late(payload: dict[str, Any], at: dt.datetime) -> None:
    """A crew set out and has not arrived."""
    raise_late(
        assignment_id=uuid.UUID(payload["assignment_id"]), status="en_route", kind="arrive_late", at=at
    )


def stand_down_late(payload: dict[str, Any], at: dt.datetime) -> None:
    """A called-off crew has not confirmed."""
    alarm_unconfirmed(assignment_id=uuid.UUID(payload["assignment_id"]), at=at)


def check_in_due(payload: dict[str, Any], at: dt.datetime) -> None:
    """A crew has been with a person for a while."""
    request_check_in(assignment_id=uuid.UUID(payload["assignment_id"]), at=at)
