"""Divert: a crew leaves its case for a worse one; recalled and offered in one transaction."""

import datetime as dt
import uuid

from django.utils.translation import gettext_lazy as _

from fieldops.cases.telling import lock_case
from fieldops.dispatch.actions.calloff import call_back
from fieldops.dispatch.actions.lineup import leave_line_of_crew
from fieldops.dispatch.actions.offer import offer_assignment
from fieldops.dispatch.models import Assignment, Status
from fieldops.feed.changes import change
from fieldops.lib.errors import NotFound, Problem
from fieldops.teams.actor import Actor


class WithPerson(Problem):
    """The crew is with a person; leaving him needs a reason of its own (409 `already_with_person`)."""

    code = "already_with_person"
    words = _("This crew is with a person. A supervisor may take it away and says why he can be left.")


def divert_crew(
    *,
    assignment_id: uuid.UUID,
    to_case_id: uuid.UUID,
    by: Actor,
    at: dt.datetime,
    reason: str,
    brief: str = "",
    leave_reason: str = "",
) -> tuple[Assignment, Assignment]:
    """Take a crew off its case and offer it another: both or neither; its phones confirm the stand-down.

    `leave_reason` says why the person a crew is with may be left; without it such a crew stays.
    What was lined up behind it goes back to the desk. Raises WithPerson, or what recall and offer raise.
    """
    with change():
        _lock_both(assignment_id, to_case_id)
        row = Assignment.objects.get(pk=assignment_id)
        if row.status == Status.ARRIVED and len(leave_reason.strip()) < 2:
            raise WithPerson()
        why = "; ".join(filter(None, (reason, leave_reason)))
        recalled = call_back(assignment_id=assignment_id, by=by, at=at, reason=why)
        leave_line_of_crew(shift_id=recalled.shift_id, but=to_case_id, at=at)
        offered = offer_assignment(
            case_id=to_case_id, shift=recalled.shift, by=by, at=at, brief=brief, reason=reason
        )
        return recalled, offered


def _lock_both(assignment_id: uuid.UUID, to_case_id: uuid.UUID) -> None:
    """Lock the two cases in sorted order: two diverts that cross must not wait for each other."""
    left = Assignment.objects.filter(pk=assignment_id).values_list("case_id", flat=True).first()
    if left is None:
        raise NotFound()
    for case_id in sorted({left, to_case_id}):
        lock_case(case_id)
