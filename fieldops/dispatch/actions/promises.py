"""What the crew promised next and has not done: remind, ring, tell the desk, name who could go instead."""

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fieldops.cases.models import Case
from fieldops.cases.telling import write_line
from fieldops.dispatch.models import Assignment, AssignmentMember
from fieldops.dispatch.queries import station_numbers, supervisors_on
from fieldops.dispatch.recommend import recommend
from fieldops.dispatch.ring import ring_crew, ring_person
from fieldops.dispatch.steps import PROMISES, Promise, Steps, step_at, steps_of
from fieldops.dispatch.telling import lock_assignment, save_assignment, tell_assignment
from fieldops.feed.alarms import raise_alarm
from fieldops.feed.changes import Change, change
from fieldops.feed.models import Alarm
from fieldops.teams.actor import SYSTEM
from fieldops.timers.actions import set_timers


@dataclass(frozen=True)
class Due:
    """One step of one promise, about to be done under the locks."""

    changed: Change
    case: Case
    row: Assignment
    name: str  # which promise
    steps: Steps
    at: dt.datetime

    @property
    def promise(self) -> Promise:
        return PROMISES[self.name]


def set_promise(row: Assignment, name: str, since: dt.datetime, *, first: int = 0) -> None:
    """Set a timer for each step of a promise, counted from `since`; setting it again starts it anew."""
    ids = {"assignment_id": str(row.pk), "center_id": str(row.center_id)}
    steps = steps_of(row.level, row.promises, name)
    set_timers(
        kind=PROMISES[name].timer,
        timers={
            f"assignment:{row.pk}:{name}:{number}": (
                since + dt.timedelta(seconds=step["after_s"]),
                {**ids, "step": number},
            )
            for number, step in enumerate(steps)
            if number >= first
        },
    )


def run_promise_step(*, assignment_id: uuid.UUID, promise: str, step: int | None, at: dt.datetime) -> None:
    """Do one step of a promise; one that was kept meanwhile, or is no longer owed, leaves at once.

    `step` is None for a timer set before promises had steps: it is the desk's alarm.
    """
    with change() as changed:
        case, row = lock_assignment(assignment_id)
        steps = steps_of(row.level, row.promises, promise)
        number = step_at(steps, "alarm") if step is None else step
        if number < len(steps) and is_owed(row, promise, steps[number]["do"]):
            DO[steps[number]["do"]](Due(changed, case, row, promise, steps, at))


def is_owed(row: Assignment, promise: str, do: str = "") -> bool:
    """Tell whether the promise still stands and was not kept."""
    if row.status not in PROMISES[promise].statuses:
        return False
    if promise == "stand_down":
        return any(not member.stood_down_at for member in row.members.all())
    return promise != "check_in" or do == "ask" or row.check_in_at is not None


def _remind(due: Due) -> None:
    """Say it on their phones once more."""
    _tell(due, "promise.remind")


def _ring(due: Due) -> None:
    """Ring those who owe it."""
    ring_crew(assignment=due.row, members=_owing(due), why=due.promise.why, at=due.at)
    save_assignment(due.row)
    _tell(due, "promise.ring")


def _alarm(due: Due) -> None:
    """Put it on the desk with the numbers; a crew that does not say it is safe brings the station's too."""
    station = station_numbers(due.case, due.at) if due.name == "check_in" else []
    _raise(due, due.promise.alarm, {"ring": numbers_of(_owing(due)), "station": station})
    _tell(due, "promise.alarm")


def _suggest(due: Due) -> None:
    """Name the crew that could go instead or as well; a person decides."""
    going = due.row.team_id
    found = (one for one in recommend(due.case, at=due.at) if one.crew.team_id != going)
    best = next((one for one in found if one.verdict.verdict == "allow"), None)
    if best is None:
        return
    params = {"next": best.crew.team.call_sign, "promise": due.name, "eta_s": best.eta_s or 0}
    _raise(due, "suggest_crew", params)
    _tell(due, "promise.next_crew", next=best.crew.team.call_sign)


def _forgotten(due: Due) -> None:
    """Everyone has let it slip: the supervisor is rung."""
    for user in supervisors_on(due.row.center_id, due.at):
        ring_person(user=user, center_id=due.row.center_id, why="supervisor", at=due.at, assignment=due.row)
    _raise(due, "forgotten", {"ring": numbers_of(_owing(due)), "promise": due.name})
    _tell(due, "promise.forgotten")


def _ask(due: Due) -> None:
    """Ask the crew whether it is safe."""
    due.row.check_in_at = due.row.check_in_at or due.at
    save_assignment(due.row, "check_in_at")
    line = write_line(due.case, "check_in.due", by=SYSTEM, at=due.at, team=due.row.team.call_sign)
    tell_assignment(due.changed, due.row, "assignment.safety", at=due.at, line=line)


def _again(due: Due) -> None:
    """Begin anew from the ring, until they answer; a recall the desk has taken in hand is left to it."""
    if due.name == "stand_down" and _in_hand(due):
        return
    first = step_at(due.steps, "ring")
    since = due.at - dt.timedelta(seconds=due.steps[first]["after_s"])
    set_promise(due.row, due.name, since, first=first)


def _in_hand(due: Due) -> bool:
    """Tell whether somebody at the desk has acknowledged this promise's alarm."""
    key = f"assignment:{due.row.pk}:{due.promise.alarm}"
    return Alarm.objects.filter(key=key, acknowledged_by__isnull=False).exists()


DO: dict[str, Callable[[Due], None]] = {
    "remind": _remind,
    "ring": _ring,
    "alarm": _alarm,
    "next_crew": _suggest,
    "forgotten": _forgotten,
    "ask": _ask,
    "again": _again,
}


def _owing(due: Due) -> list[AssignmentMember]:
    """Return whose word is missing: for a stand-down those who have not confirmed, else who may be going."""
    members = list(due.row.members.select_related("user"))
    if due.name == "stand_down":
        return [member for member in members if not member.stood_down_at]
    return [member for member in members if member.answer != "decline"] or members


def numbers_of(members: list[AssignmentMember]) -> list[dict[str, str]]:
    """Return who is to be rung by hand, with service telephones."""
    return [{"user_id": str(m.user_id), "name": m.name, "phone": m.user.phone} for m in members]


def _tell(due: Due, code: str, **params: Any) -> None:
    team = due.row.team.call_sign
    line = write_line(due.case, code, by=SYSTEM, at=due.at, team=team, promise=due.name, **params)
    tell_assignment(due.changed, due.row, "assignment.changed", at=due.at, line=line)


def _raise(due: Due, kind: str, params: dict[str, Any]) -> None:
    raise_alarm(
        center_id=due.row.center_id,
        kind=kind,
        key=f"assignment:{due.row.pk}:{kind}",
        at=due.at,
        params={"team": due.row.team.call_sign, **params},
        case_id=due.row.case_id,
        case_number=due.case.number,
        assignment_id=due.row.pk,
    )
