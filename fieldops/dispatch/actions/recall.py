"""The desk takes a crew off its case: recalled or replaced; what waited for it is offered to it."""

import datetime as dt
import uuid

from fieldops.dispatch.actions.calloff import call_back, end_assignment
from fieldops.dispatch.actions.lineup import offer_lined_up
from fieldops.dispatch.actions.offer import offer_assignment
from fieldops.dispatch.actions.turn import back_to_desk
from fieldops.dispatch.models import Assignment
from fieldops.dispatch.telling import lock_assignment
from fieldops.feed.changes import change
from fieldops.teams.actor import Actor
from fieldops.teams.models import Shift


def recall_assignment(*, assignment_id: uuid.UUID, by: Actor, at: dt.datetime, reason: str) -> Assignment:
    """Call a crew back; recalling a recalled one is harmless. Raises WrongState once it is over.

    What was lined up behind it is offered to it in the same change.
    """
    with change():
        row = call_back(assignment_id=assignment_id, by=by, at=at, reason=reason)
        offer_lined_up(shift_id=row.shift_id, at=at)
        return row


def reassign_assignment(
    *, assignment_id: uuid.UUID, to: Shift, by: Actor, at: dt.datetime, reason: str
) -> tuple[Assignment, Assignment]:
    """Give the case to another crew in one step: the first stands down, the second is offered it."""
    with change() as changed:
        case, row = lock_assignment(assignment_id)
        row.end_reason = reason[:200]
        row.taken_by = to.team.call_sign
        line_params = {"reason": reason, "by": to.team.call_sign}
        end_assignment(changed, case, row, "reassign", at=at, by=by, line_params=line_params)
        back_to_desk(case, row, at)
        offered = offer_assignment(
            case_id=case.pk, shift=to, by=by, at=at, brief=row.brief, reason=reason, support=row.support,
            replacing=True,
        )  # fmt: skip
        offer_lined_up(shift_id=row.shift_id, at=at)
        return row, offered
