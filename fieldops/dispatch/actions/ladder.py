"""What silence does: ring, ask the next crew, call the supervisor, expire. Steps are frozen on the offer."""

import datetime as dt
import uuid
from collections.abc import Callable

from fieldops.cases.models import Case
from fieldops.cases.telling import write_line
from fieldops.dispatch.actions.offer import offer_assignment, phones_of
from fieldops.dispatch.actions.promises import numbers_of
from fieldops.dispatch.actions.turn import back_to_desk
from fieldops.dispatch.models import Assignment, Status
from fieldops.dispatch.queries import station_numbers, supervisors_on
from fieldops.dispatch.recommend import Candidate, recommend
from fieldops.dispatch.ring import ring_crew, ring_person
from fieldops.dispatch.steps import with_next_team
from fieldops.dispatch.telling import lock_assignment, save_assignment, tell_assignment
from fieldops.feed.alarms import raise_alarm, settle_alarms
from fieldops.feed.changes import Change, change, savepoint
from fieldops.lib.errors import Problem
from fieldops.teams.actor import SYSTEM
from fieldops.teams.models import Shift
from fieldops.timers.actions import cancel_timer, cancel_timers
from fieldops.timers.queries import waiting_keys


def run_ladder_step(*, assignment_id: uuid.UUID, step: int, at: dt.datetime) -> None:
    """Do one step of an offer's ladder; a step of an offer that was answered meanwhile leaves at once.

    A step before it that has not run (its process died with it in hand) is done first, and done only here:
    the last step ends the offer, and would take the others with it.
    """
    with change() as changed:
        case, row = lock_assignment(assignment_id)
        if row.status != Status.OFFERED:
            return
        waiting = waiting_keys(f"assignment:{row.pk}:ladder:")
        if ladder_key(row, step) not in waiting:
            return
        for number, wanted in enumerate(row.ladder[: step + 1]):
            if ladder_key(row, number) in waiting:
                STEPS[wanted["do"]](changed, case, row, at)
                if number < step:
                    cancel_timer(key=ladder_key(row, number))


def ladder_key(row: Assignment, step: int) -> str:
    """Return the key of a step's timer."""
    return f"assignment:{row.pk}:ladder:{step}"


def expire_assignment(*, assignment_id: uuid.UUID, at: dt.datetime) -> Assignment:
    """End an offer nobody answered; harmless when it was answered or ended."""
    with change() as changed:
        case, row = lock_assignment(assignment_id)
        if row.status == Status.OFFERED:
            _expire(changed, case, row, at)
        return row


def _ring(changed: Change, case: Case, row: Assignment, at: dt.datetime) -> None:
    """Ring phones that do not have the offer; the desk gets the card with the numbers."""
    missing = [m for m in row.members.select_related("user") if not m.delivered_at]
    if not missing:
        return
    ring_crew(assignment=row, members=missing, why="not_delivered", at=at)
    save_assignment(row)
    _alarm(row, "not_delivered", at, {"ring": numbers_of(missing)})
    line = write_line(case, "ladder.ring", by=SYSTEM, at=at, team=row.team.call_sign)
    tell_assignment(changed, row, "assignment.changed", at=at, line=line)


def _next_crew(changed: Change, case: Case, row: Assignment, at: dt.datetime) -> None:
    """Ask the best crew that may be sent without a reason, in the same round; with none, say so."""
    ranked = recommend(case, at=at)
    # Each crew once a round: one whose offer ran out is free again, and would be asked for ever.
    before = set(Assignment.objects.filter(case=case, round=row.round).values_list("shift_id", flat=True))
    fresh = [found for found in ranked if found.crew.pk not in before]
    asked = next((found for found in fresh if _ask_too(row, found, at)), None)
    _name_next(row, asked)
    line = write_line(case, "ladder.next_crew", by=SYSTEM, at=at, team=row.team.call_sign)
    tell_assignment(changed, row, "assignment.changed", at=at, line=line)
    if asked is None:
        _alarm(row, "last_crew_kept" if _kept(fresh) else "nobody_free", at, {"next": _kept(fresh)})


def _ask_too(row: Assignment, candidate: Candidate, at: dt.datetime) -> bool:
    """Offer the case to one more crew; tell whether it is asked now. A machine never passes a warning."""
    if candidate.verdict.verdict != "allow":
        return False
    shift = Shift.objects.select_related("team").get(pk=candidate.crew.pk)
    try:
        with savepoint():
            offer_assignment(
                case_id=row.case_id, shift=shift, by=SYSTEM, at=at, brief=row.brief,
                support=row.support, competing=True, automatic=True,
            )  # fmt: skip
    except Problem:
        return False  # taken between the look and the offer: try the next
    return True


def _name_next(row: Assignment, asked: Candidate | None) -> None:
    """Write on the ladder who was asked in the end, where the offer could only guess."""
    row.ladder = with_next_team(row.ladder, asked.crew.team.call_sign if asked else "")
    save_assignment(row, "ladder")


def _kept(ranked: list[Candidate]) -> str:
    """Return the crew that only stays because it is the last free one."""
    for candidate in ranked:
        if {entry["code"] for entry in candidate.verdict.reasons} == {"last_free_crew"}:
            return candidate.crew.team.call_sign
    return ""


def _supervisor(changed: Change, case: Case, row: Assignment, at: dt.datetime) -> None:
    """Ring the crew and the supervisor; the desk gets the crew's numbers and the station's."""
    silent = [m for m in row.members.select_related("user") if not m.answered_at]
    ring_crew(assignment=row, members=silent, why="not_answered", at=at)
    for user in supervisors_on(row.center_id, at):
        ring_person(user=user, center_id=row.center_id, why="supervisor", at=at, assignment=row)
    save_assignment(row)
    _alarm(row, "not_answered", at, {**phones_of(row), "station": station_numbers(case, at)})
    line = write_line(case, "ladder.supervisor", by=SYSTEM, at=at, team=row.team.call_sign)
    tell_assignment(changed, row, "assignment.changed", at=at, line=line)


def _expire(changed: Change, case: Case, row: Assignment, at: dt.datetime) -> None:
    row.status = Status.EXPIRED
    row.ended_at = at
    save_assignment(row, "status", "ended_at")
    cancel_timers(prefix=f"assignment:{row.pk}:")
    settle_alarms(prefix=f"assignment:{row.pk}:", at=at)
    raise_alarm(
        center_id=row.center_id, kind="expired", key=f"expired:{row.pk}", at=at,
        params={"team": row.team.call_sign, **phones_of(row)},
        case_id=row.case_id, case_number=case.number, assignment_id=row.pk,
    )  # fmt: skip
    back_to_desk(case, row, at)

    line = write_line(case, "expired", by=SYSTEM, at=at, team=row.team.call_sign)
    tell_assignment(changed, row, "assignment.expired", at=at, line=line)


STEPS: dict[str, Callable[[Change, Case, Assignment, dt.datetime], None]] = {
    "ring": _ring,
    "next_crew": _next_crew,
    "supervisor": _supervisor,
    "expire": _expire,
}


def _alarm(row: Assignment, kind: str, at: dt.datetime, params: dict[str, object]) -> None:
    raise_alarm(
        center_id=row.center_id,
        kind=kind,
        key=f"assignment:{row.pk}:{kind}",
        at=at,
        params={"team": row.team.call_sign, **params},
        case_id=row.case_id,
        case_number=row.case.number,
        assignment_id=row.pk,
    )
