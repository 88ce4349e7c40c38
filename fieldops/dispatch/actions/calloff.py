"""Calling a crew off: withdrawn by the system, recalled or reassigned by the desk; each confirms it."""

import datetime as dt
import uuid

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from fieldops.audit.actions import append
from fieldops.cases.models import Case
from fieldops.cases.telling import lock_case_now, write_line
from fieldops.dispatch.actions.moved import Moved
from fieldops.dispatch.actions.promises import set_promise
from fieldops.dispatch.actions.turn import back_to_desk
from fieldops.dispatch.models import CALLED_OFF, LIVE, Assignment, Status
from fieldops.dispatch.moves import target_of
from fieldops.dispatch.telling import lock_assignment, save_assignment, tell_assignment, unfollow_case
from fieldops.feed.alarms import settle_alarms
from fieldops.feed.changes import Change, change
from fieldops.lib.errors import WrongState
from fieldops.teams.actor import SYSTEM, Actor
from fieldops.timers.actions import cancel_timers


def end_round(case: Case, winner: Assignment, *, at: dt.datetime) -> None:
    """Withdraw the offers that competed: somebody goes. Support competes with its own round only."""
    with change() as changed:
        others = Assignment.objects.filter(case=case, status=Status.OFFERED).exclude(pk=winner.pk)
        same = Q(round=winner.round)
        # A crew that accepts late, after a new round was begun, ends that round too.
        _withdraw(
            changed, case, others.filter(same if winner.support else same | Q(support=False)), winner, at
        )


def end_asking(case: Case, visitor: Assignment, *, at: dt.datetime) -> None:
    """Withdraw every offer still open: the last crew on the case has concluded its visit."""
    with change() as changed:
        _withdraw(changed, case, Assignment.objects.filter(case=case, status=Status.OFFERED), visitor, at)


def _withdraw(
    changed: Change, case: Case, rows: QuerySet[Assignment], winner: Assignment, at: dt.datetime
) -> None:
    by = winner.team.call_sign
    for pk in sorted(rows.values_list("pk", flat=True)):
        _, row = lock_assignment(pk)
        row.taken_by = by
        end_assignment(changed, case, row, "withdraw", at=at, by=SYSTEM, line_params={"by": by})


def call_back(*, assignment_id: uuid.UUID, by: Actor, at: dt.datetime, reason: str) -> Assignment:
    """Recall, and leave open what the crew does next."""
    with change() as changed:
        case, row = lock_assignment(assignment_id)
        if row.status == Status.RECALLED:
            return row
        row.end_reason = reason[:200]
        end_assignment(changed, case, row, "recall", at=at, by=by, line_params={"reason": reason})
        back_to_desk(case, row, at)
        return row


def leave_drill(*, shift_id: uuid.UUID, at: dt.datetime) -> None:
    """End a drill for a crew that has real work. Raises WrongState while somebody works on the drill."""
    with change():
        drills = Assignment.objects.filter(shift_id=shift_id, status__in=LIVE, drill=True)
        for pk, case_id in drills.order_by("pk").values_list("pk", "case_id"):
            if not lock_case_now(case_id):
                raise WrongState("crew_taken")
            call_back(assignment_id=pk, by=SYSTEM, at=at, reason=str(_("a real case")))


def confirm_stand_down(*, assignment_id: uuid.UUID, by: Actor, at: dt.datetime) -> Moved:
    """A member confirms having been called off; again is a noop."""
    with change() as changed:
        case, row = lock_assignment(assignment_id)
        member = next((m for m in row.members.all() if m.user_id == by.user_id), None)
        if row.status not in CALLED_OFF or member is None or member.stood_down_at:
            return Moved(row, "noop", "STALE")

        member.stood_down_at = at
        member.save(update_fields=["stood_down_at"])
        save_assignment(row)
        if all(m.stood_down_at for m in row.members.all()):
            cancel_timers(prefix=f"assignment:{row.pk}:")
            settle_alarms(prefix=f"assignment:{row.pk}:", at=at)

        line = write_line(case, "stood_down", by=by, at=at, name=member.name)
        tell_assignment(changed, row, "assignment.stood_down", at=at, line=line)
        return Moved(row, "applied")


def end_assignment(
    changed: Change,
    case: Case,
    row: Assignment,
    command: str,
    *,
    at: dt.datetime,
    by: Actor,
    line_params: dict[str, str],
) -> None:
    """The one transition of all three ways of calling a crew off. Raises WrongState."""
    try:
        row.status, event = target_of(row.status, command)
    except LookupError as error:
        raise WrongState(status_now=row.status) from error
    row.ended_at = at
    row.ended_by_name = by.name
    save_assignment(row, "status", "ended_at", "ended_by_name", "end_reason", "taken_by")
    unfollow_case(row)
    cancel_timers(prefix=f"assignment:{row.pk}:")
    settle_alarms(prefix=f"assignment:{row.pk}:", at=at)
    set_promise(row, "stand_down", at)

    append(
        verb=f"assignment.{command}", subject_kind="assignment", subject_id=row.pk, at=at,
        actor_id=by.user_id, center_id=row.center_id, reason=row.end_reason,
    )  # fmt: skip
    line = write_line(case, row.status, by=by, at=at, team=row.team.call_sign, also=line_params)
    tell_assignment(changed, row, event, at=at, line=line)
