"""Cases that wait for a busy crew: read them, take one out of the line. actions/lineup.py offers them."""

import datetime as dt
import uuid

from django.db.models import QuerySet

from fieldops.cases.models import Case
from fieldops.cases.telling import write_line
from fieldops.dispatch.models import LineUp, LineUpState
from fieldops.teams.actor import Actor


def waiting_of_case(case_id: uuid.UUID) -> LineUp | None:
    """Return which crew this case waits for, if any."""
    return _waiting().filter(case_id=case_id).first()


def waiting_for_shift(shift_id: uuid.UUID) -> LineUp | None:
    """Return what this crew goes to next, if anything."""
    return _waiting().filter(shift_id=shift_id).first()


def waiting_by_shift(center_id: uuid.UUID) -> dict[uuid.UUID, LineUp]:
    """Return what each crew of a centre goes to next."""
    return {row.shift_id: row for row in _waiting().filter(center_id=center_id)}


def _waiting() -> QuerySet[LineUp]:
    """A closed case waits for nobody, also in the moment before its line-up is ended."""
    return _standing().filter(case__closed_at__isnull=True)


def _standing() -> QuerySet[LineUp]:
    return LineUp.objects.filter(state=LineUpState.WAITING).select_related("case", "shift__team", "by")


def drop_line_up(case: Case, *, by: Actor, at: dt.datetime) -> bool:
    """Take a locked case out of the line, if it stands there: it goes another way now, or is closed.

    The caller tells the case.
    """
    row = _standing().filter(case=case).first()
    if row is None:
        return False
    end_line_up(row, LineUpState.DROPPED, at)
    write_line(case, "lined_up.over", by=by, at=at, team=row.shift.team.call_sign)
    return True


def drop_closed(shift_id: uuid.UUID, at: dt.datetime) -> None:
    """Free the place that a closed case still holds with this crew."""
    for row in _standing().filter(shift_id=shift_id, case__closed_at__isnull=False):
        end_line_up(row, LineUpState.DROPPED, at)


def end_line_up(row: LineUp, state: LineUpState, at: dt.datetime) -> None:
    """Set what became of a waiting line-up."""
    row.state, row.ended_at = state, at
    row.save(update_fields=["state", "ended_at", "assignment"])
