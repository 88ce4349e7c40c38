"""The crew on its way: set out, arrive, conclude; progress is a join, each time set once."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from fieldops.cases.actions import advance_case, open_person
from fieldops.cases.models import Case
from fieldops.cases.telling import write_line
from fieldops.dispatch.actions.answers import facts_of, member_of, record_answer, refused, take
from fieldops.dispatch.actions.calloff import end_asking
from fieldops.dispatch.actions.lineup import offer_lined_up
from fieldops.dispatch.actions.moved import Moved
from fieldops.dispatch.actions.promises import set_promise
from fieldops.dispatch.models import TAKEN, Assignment, AssignmentMember, Status
from fieldops.dispatch.moves import RANK, Verdict, judge
from fieldops.dispatch.steps import steps_of
from fieldops.dispatch.telling import lock_assignment, save_assignment, tell_assignment
from fieldops.feed.alarms import settle_alarms
from fieldops.feed.changes import Change, change
from fieldops.lib.geo import haversine_m
from fieldops.teams.actor import Actor
from fieldops.timers.actions import cancel_timers


@dataclass(frozen=True)
class Step:
    """One move of a crew: its time column, the promise that follows, and what the loss clock calls it."""

    command: str
    column: str
    kind: str  # event kind and timeline code
    promise: str
    due_for: str


SET_OUT = Step("set_out", "set_out_at", "set_out", "arrive", "arrive")
ARRIVE = Step("arrive", "arrived_at", "arrived", "check_in", "check_in")


def set_out(*, assignment_id: uuid.UUID, by: Actor, at: dt.datetime) -> Moved:
    """The crew drives off; implies accept."""
    return _move(SET_OUT, assignment_id, by, at, None)


def arrive(
    *, assignment_id: uuid.UUID, by: Actor, at: dt.datetime, position: tuple[float, float] | None = None
) -> Moved:
    """The crew is there; implies accept. A position (lng, lat) more than 300 m from the place is marked."""
    return _move(ARRIVE, assignment_id, by, at, position)


def conclude_assignment(*, assignment_id: uuid.UUID, by: Actor, at: dt.datetime, effect: str) -> Moved:
    """End the visit: the caller has checked and stored the report. The crew is free again."""
    with change() as changed:
        case, row = lock_assignment(assignment_id)
        verdict = judge(row.status, "conclude", facts_of(case, row, member_of(row, by), "conclude"))
        if verdict.outcome != "applied":
            return refused(row, verdict)

        row.status = Status.CONCLUDED
        row.concluded_at = row.ended_at = at
        _note_voice(row, "conclude", by)
        save_assignment(row, "status", "concluded_at", "ended_at", "voiced")
        cancel_timers(prefix=f"assignment:{row.pk}:")
        settle_alarms(prefix=f"assignment:{row.pk}:", at=at)
        if not Assignment.objects.filter(case=case, status__in=TAKEN).exists():
            end_asking(case, row, at=at)
            advance_case(case=case, command="conclude", at=at)

        line = write_line(case, "concluded", by=by, at=at, team=row.team.call_sign, effect=effect)
        tell_assignment(changed, row, "assignment.concluded", at=at, line=line)
        offer_lined_up(shift_id=row.shift_id, at=at)
        return Moved(row, "applied")


def note_late_move(
    *, assignment_id: uuid.UUID, command: str, verdict: str, by: Actor, at: dt.datetime
) -> Assignment:
    """Keep the time of a move that does not count, from somebody who is not of the crew any more."""
    with change() as changed:
        case, row = lock_assignment(assignment_id)
        save_assignment(row)
        line = write_line(case, "again", by=by, at=at, name=by.name, command=command, verdict=verdict)
        tell_assignment(changed, row, "assignment.changed", at=at, line=line)
        return row


def _move(
    step: Step, assignment_id: uuid.UUID, by: Actor, at: dt.datetime, position: tuple[float, float] | None
) -> Moved:
    with change() as changed:
        case, row = lock_assignment(assignment_id)
        member = member_of(row, by)
        verdict = judge(row.status, step.command, facts_of(case, row, member, step.command))
        if verdict.outcome != "applied":
            _note_again(changed, case, row, member, step, verdict, by, at)
            return refused(row, verdict)

        secret = _imply_accept(case, row, member, verdict, by, at)
        row.status = Status(verdict.to)
        setattr(row, step.column, getattr(row, step.column) or at)
        row.arrived_far_m = _far(row, position) if step is ARRIVE else row.arrived_far_m
        _note_voice(row, step.command, by)
        save_assignment(row, "status", step.column, "arrived_far_m", "voiced")
        _promise(case, row, step, at)

        line = write_line(case, step.kind, by=by, at=at, team=row.team.call_sign)
        tell_assignment(changed, row, f"assignment.{step.kind}", at=at, line=line, secret=secret)
        if row.arrived_far_m and step is ARRIVE:
            team, metres = row.team.call_sign, row.arrived_far_m
            line = write_line(case, "arrived.far", by=by, at=at, team=team, metres=metres)
            tell_assignment(changed, row, "assignment.changed", at=at, line=line)
        return Moved(row, "applied", verdict.code, opened=secret is not None)


def _imply_accept(
    case: Case, row: Assignment, member: AssignmentMember | None, verdict: Verdict, by: Actor, at: dt.datetime
) -> dict[str, Any] | None:
    """A move on an offer accepts it first, with everything an accept brings; return the secret it opens."""
    if member and member.answer != "accept":
        record_answer(member, "accept", by, at)
    if RANK.get(row.status, 0) >= RANK["accepted"]:
        return None
    take(case, row, at=at, by=by, late=verdict.code == "LATE")
    advance_case(case=case, command="accept", at=at)
    return open_person(case)


def _promise(case: Case, row: Assignment, step: Step, at: dt.datetime) -> None:
    """Move the case's stage and set what somebody looks after next."""
    cancel_timers(prefix=f"assignment:{row.pk}:")
    settle_alarms(prefix=f"assignment:{row.pk}:", at=at)
    since = at + dt.timedelta(seconds=_drive_s(row)) if step is SET_OUT else at
    set_promise(row, step.promise, since)
    due = since + dt.timedelta(seconds=steps_of(row.level, row.promises, step.promise)[0]["after_s"])
    command = "arrive" if step is ARRIVE else "accept"
    advance_case(
        case=case, command=command, at=at, step_due_at=due, step_due_for=step.due_for, met=step is ARRIVE
    )


def _drive_s(row: Assignment) -> int:
    """Give a crew with an estimate twice that, and never less than the setting asks."""
    return max(settings.ARRIVE_TARGET_S, 2 * (row.eta_s or 0))


def _note_again(
    changed: Change,
    case: Case,
    row: Assignment,
    member: AssignmentMember | None,
    step: Step,
    verdict: Verdict,
    by: Actor,
    at: dt.datetime,
) -> None:
    """A repeated or late report of a move keeps its time on the timeline, and changes nothing else."""
    if verdict.code != "BY_VOICE":
        name = member.name if member else by.name
        line = write_line(case, "again", by=by, at=at, name=name, command=step.command, verdict=verdict.code)
        tell_assignment(changed, row, "assignment.changed", at=at, line=line)


def _note_voice(row: Assignment, command: str, by: Actor) -> None:
    if by.by_voice:
        row.voiced = sorted({*row.voiced, command})


def _far(row: Assignment, position: tuple[float, float] | None) -> int | None:
    """Return the metres from the place if the crew says *arrived* too far from it."""
    place = row.case.whereabouts
    if position is None or place is None or place.lng_lat is None:
        return None
    metres = round(haversine_m(*position, *place.lng_lat))
    return metres if metres > settings.FAR_ARRIVAL_M else None
