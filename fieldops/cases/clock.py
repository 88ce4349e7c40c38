"""The loss clock: the earliest of the level's target, the next transfer and the next promised step. Pure."""

import datetime as dt
from typing import Protocol

from django.conf import settings

REVIEW_S = 24 * 3600
CALL_STAGES = ("to_call", "calling")
VISIT_STAGES = ("to_send", "waiting_answer", "on_the_way")


class Clocked(Protocol):
    """What the clock reads of a case."""

    stage: str
    level: str
    attempts: int
    received_at: dt.datetime
    next_transfer_at: dt.datetime | None
    step_due_at: dt.datetime | None
    step_due_for: str


def loss_clock(case: Clocked) -> tuple[dt.datetime, str]:
    """Return when the next loss or broken promise falls, and which it is."""
    due = [target_of(case)]
    if case.step_due_at and case.stage not in ("to_review", "closed"):
        due.append((case.step_due_at, case.step_due_for))
    if case.next_transfer_at and case.stage not in ("to_review", "closed"):
        due.append((case.next_transfer_at, "transfer"))
    return min(due)


def target_of(case: Clocked) -> tuple[dt.datetime, str]:
    """Return the target of the level for the present stage."""
    targets = settings.LEVEL_TARGETS_S[case.level]
    if case.stage in CALL_STAGES and case.attempts == 0:
        return case.received_at + dt.timedelta(seconds=targets["first_call"]), "first_call"
    if case.stage in ("to_review", "closed"):
        return case.received_at + dt.timedelta(seconds=REVIEW_S), "review"
    return case.received_at + dt.timedelta(seconds=targets["visit"]), "visit"
