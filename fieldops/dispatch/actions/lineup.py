"""Line a case up behind a busy crew, and offer it in the very change that sets the crew free."""

import datetime as dt
import uuid

from django.utils.translation import gettext_lazy as _

from fieldops.audit.actions import append
from fieldops.cases.models import Case
from fieldops.cases.telling import lock_case, lock_case_now, refuse_closed, save_case, tell_case, write_line
from fieldops.dispatch.actions.offer import offer_assignment
from fieldops.dispatch.lineup import (
    drop_closed,
    drop_line_up,
    end_line_up,
    waiting_for_shift,
    waiting_of_case,
)
from fieldops.dispatch.models import LIVE, TAKEN, Assignment, LineUp, LineUpState, Status
from fieldops.feed.alarms import raise_alarm, settle_alarms
from fieldops.feed.changes import Change, change, savepoint
from fieldops.lib.db import locked
from fieldops.lib.errors import Problem, WrongState
from fieldops.teams.actor import SYSTEM, Actor, actor, user_of
from fieldops.teams.models import Shift
from fieldops.timers.actions import set_timer


def line_up_case(
    *, case_id: uuid.UUID, shift: Shift, by: Actor, at: dt.datetime, reason: str, brief: str = ""
) -> LineUp:
    """Let the case wait for a crew that is on another one; the same again is harmless.

    Raises WrongState: `crew_free` (send it), `crew_taken` (another case is next for it), `already_lined_up`,
    `already_taken`, `already_offered`, `closed`.
    """
    with change() as changed:
        case = lock_case(case_id)
        _lock_shift(shift.pk)
        waiting = waiting_of_case(case.pk)
        if waiting and waiting.shift_id == shift.pk:
            return waiting
        _refuse(case, shift, waiting)
        drop_closed(shift.pk, at)

        row = LineUp.objects.create(
            center_id=case.center_id, case=case, shift=shift, by_id=user_of(by), brief=brief, reason=reason,
            lined_at=at,
        )  # fmt: skip

        append(
            verb="case.line_up", subject_kind="case", subject_id=case.pk, at=at, actor_id=by.user_id,
            center_id=case.center_id, reason=reason,
        )  # fmt: skip
        _tell(changed, case, "lined_up", shift.team.call_sign, by, at, reason=reason)
        return row


def leave_line(*, case_id: uuid.UUID, by: Actor, at: dt.datetime) -> Case:
    """Take the case out of the line; one that stands in none is left as it is."""
    with change() as changed:
        case = lock_case(case_id)
        if waiting_of_case(case.pk) is None:
            return case
        drop_line_up(case, by=by, at=at)
        save_case(case)
        tell_case(changed, case, "case.changed", at=at)
        return case


def offer_lined_up(*, shift_id: uuid.UUID, at: dt.datetime) -> Assignment | None:
    """Offer what stands in line for this crew if it is free now; joined by whatever sets a crew free.

    The case is locked without waiting: the change that sets a crew free holds another case already, and two
    that wait for each other would both be lost. One being worked on is tried again by a timer.
    """
    with change() as changed:
        _lock_shift(shift_id)
        row = waiting_for_shift(shift_id)
        if row is None or Assignment.objects.filter(shift_id=shift_id, status__in=TAKEN).exists():
            return None
        if not lock_case_now(row.case_id):
            ids = {"shift_id": str(shift_id), "center_id": str(row.center_id)}
            set_timer(key=f"line_up:{row.pk}", kind="dispatch.line_up", due_at=at, payload=ids)
            return None
        return _offer(changed, row, at)


def _offer(changed: Change, row: LineUp, at: dt.datetime) -> Assignment | None:
    # Out of the line first: an offer of a case takes it out of whatever line it stands in.
    end_line_up(row, LineUpState.OFFERED, at)
    try:
        with savepoint():
            assignment = offer_assignment(
                case_id=row.case_id, shift=row.shift, by=actor(row.by), at=at, brief=row.brief,
                reason=row.reason, automatic=True,
            )  # fmt: skip
    except Problem as refusal:
        _lapse(changed, row, refusal.code, at)
        return None
    row.assignment = assignment
    row.save(update_fields=["assignment"])
    settle_alarms(prefix=f"line_up:{row.case_id}", at=at)
    return assignment


def _lapse(changed: Change, row: LineUp, code: str, at: dt.datetime) -> None:
    """The crew is free and may not be sent, or the case has gone another way: a person decides."""
    end_line_up(row, LineUpState.LAPSED, at)
    # Without waiting, as above; a case somebody is working on has the alarm, and no line of ours.
    known = lock_case_now(row.case_id)
    case = lock_case(row.case_id) if known else Case.objects.get(pk=row.case_id)
    if case.closed_at or Assignment.objects.filter(case=case, status__in=LIVE).exists():
        return
    team = row.shift.team.call_sign
    raise_alarm(
        center_id=row.center_id, kind="line_up_lapsed", key=f"line_up:{case.pk}", at=at,
        params={"team": team, "code": code}, case_id=case.pk, case_number=case.number,
    )  # fmt: skip
    if known:
        _tell(changed, case, "lined_up.lapsed", team, SYSTEM, at)


def leave_line_of_crew(*, shift_id: uuid.UUID, but: uuid.UUID, at: dt.datetime) -> None:
    """A crew is sent elsewhere (to `but`): what waited for it goes back to the desk, with an alarm."""
    with change() as changed:
        row = waiting_for_shift(shift_id)
        if row is None or row.case_id == but:
            return
        _lapse(changed, row, "diverted", at)


def _refuse(case: Case, shift: Shift, waiting: LineUp | None) -> None:
    refuse_closed(case)
    if waiting:
        team = waiting.shift.team.call_sign
        raise WrongState("already_lined_up", _("This case already waits for a crew."), by=team)
    for row in Assignment.objects.filter(case=case, status__in=LIVE).select_related("team"):
        code = "already_taken" if row.status in TAKEN else "already_offered"
        raise WrongState(code, _("A crew has this case already, or is being asked."), by=row.team.call_sign)
    if next_up := waiting_for_shift(shift.pk):
        number = next_up.case.number
        raise WrongState("crew_taken", _("Another case is next for this crew."), by=number)
    busy = set(
        Assignment.objects.filter(shift=shift, status__in=LIVE, drill=case.drill).values_list(
            "status", flat=True
        )
    )
    if not busy & set(TAKEN):
        raise WrongState("crew_free", _("This crew is not on a case: send it."))
    if Status.OFFERED in busy:
        raise WrongState("crew_taken", _("This crew is being asked about another case."))


def _tell(
    changed: Change, case: Case, code: str, team: str, by: Actor, at: dt.datetime, **params: str
) -> None:
    line = write_line(case, code, by=by, at=at, team=team, **params)
    save_case(case)
    tell_case(changed, case, "case.changed", at=at, line=line)


def _lock_shift(shift_id: uuid.UUID) -> None:
    """Whoever sends, lines up or frees a crew meets here: one sees what the other did."""
    locked(Shift.objects).get(pk=shift_id)
