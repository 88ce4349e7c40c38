"""Whose turn a case is once a crew is off it: another crew's, or the desk's to review or to send again."""

import datetime as dt

from fieldops.cases.actions import advance_case
from fieldops.cases.models import Case
from fieldops.cases.moves import VISITING
from fieldops.dispatch.models import LIVE, Assignment, Status


def back_to_desk(case: Case, row: Assignment, at: dt.datetime) -> None:
    """`row` is over: if no crew is asked or on the locked case any more, it is the desk's turn again.

    A closed case is nobody's turn: ending what was left of it must not fail over that.
    """
    if case.closed_at or Assignment.objects.filter(case=case, status__in=LIVE).exists():
        return
    over = case.stage in VISITING and was_visited(row)
    advance_case(case=case, command="conclude" if over else "nobody_goes", at=at)


def was_visited(row: Assignment) -> bool:
    """Tell whether a visit was concluded since the first of the offers that run on into this one.

    A visit before all of them was an earlier one; since then there was a reason to send again.
    """
    others = Assignment.objects.filter(case_id=row.case_id).exclude(pk=row.pk).order_by("-offered_at")
    since = row.offered_at
    for other in others:
        if other.offered_at < since and (other.ended_at is None or other.ended_at >= since):
            since = other.offered_at
    return any(other.status == Status.CONCLUDED and _since(other, since) for other in others)


def _since(row: Assignment, since: dt.datetime) -> bool:
    return row.concluded_at is not None and row.concluded_at >= since
