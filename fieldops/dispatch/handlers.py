"""What a timer of this room does when due."""

import datetime as dt
import uuid
from typing import Any

from fieldops.dispatch.actions import (
    end_what_waits,
    offer_lined_up,
    run_ladder_step,
    run_planned_offer,
    run_promise_step,
)


def ladder_step(payload: dict[str, Any], at: dt.datetime) -> None:
    """An offer is still unanswered."""
    run_ladder_step(assignment_id=uuid.UUID(payload["assignment_id"]), step=payload["step"], at=at)


def set_out_late(payload: dict[str, Any], at: dt.datetime) -> None:
    """A crew accepted and has not set out."""
    _promise_step("set_out", payload, at)


def arrive_late(payload: dict[str, Any], at: dt.datetime) -> None:
    """A crew set out and has not arrived."""
    _promise_step("arrive", payload, at)


def stand_down_late(payload: dict[str, Any], at: dt.datetime) -> None:
    """A called-off crew has not confirmed."""
    _promise_step("stand_down", payload, at)


def check_in_due(payload: dict[str, Any], at: dt.datetime) -> None:
    """A crew has been with a person for a while."""
    _promise_step("check_in", payload, at)


def planned_offer_due(payload: dict[str, Any], at: dt.datetime) -> None:
    """The countdown of an offer that sends itself is over."""
    run_planned_offer(case_id=uuid.UUID(payload["case_id"]), at=at)


def line_up_due(payload: dict[str, Any], at: dt.datetime) -> None:
    """A crew is free, and the case it goes to next was being worked on at that moment."""
    offer_lined_up(shift_id=uuid.UUID(payload["shift_id"]), at=at)


def case_closed(payload: dict[str, Any], at: dt.datetime) -> None:
    """A case was closed: nobody is asked about it, and nothing waits for it, any more."""
    end_what_waits(case_id=uuid.UUID(payload["case_id"]), at=at)


def _promise_step(promise: str, payload: dict[str, Any], at: dt.datetime) -> None:
    run_promise_step(
        assignment_id=uuid.UUID(payload["assignment_id"]), promise=promise, step=payload.get("step"), at=at
    )
