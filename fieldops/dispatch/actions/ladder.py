"""What silence does: ring, ask the next crew, call the supervisor, expire. Steps are frozen on the offer."""

import datetime as dt
import uuid
from collections.abc import Callable

from fieldops.cases.models import Case
from fieldops.cases.telling import write_line
from fieldops.dispatch.actions.answers import back_to_desk
from fieldops.dispatch.actions.offer import offer_assignment, phones_of
from fieldops.dispatch.models import Assignment, Status
from fieldops.dispatch.recommend import recommend
from fieldops.dispatch.telling import lock_assignment, save_assignment, tell_assignment
from fieldops.feed.alarms import raise_alarm, settle_alarms
from fieldops.feed.changes import Change, change, savepoint
from fieldops.lib.errors import Problem
from fieldops.places.queries import contacts_in_order, station_for
from fieldops.teams.actor import SYSTEM
from fieldops.teams.models import Shift
from fieldops.timers.actions import cancel_timers


def run_ladder_step(*, assignment_id: uuid.UUID, step: int, at: dt.datetime) -> None:
    """Do one step of an offer's ladder; a step of an offer that was answered meanwhile leaves at once."""
    with change() as changed:
        case, row = lock_assignment(assignment_id)
        if row.status != Status.OFFERED or step >= len(row.ladder):
            return
        STEPS[row.ladder[step]["do"]](changed, case, row, at)


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
    ring = [{"user_id": str(m.user_id), "name": m.name, "phone": m.user.phone} for m in missing]
    _alarm(row, "not_delivered", at, {"ring": ring})
    line = write_line(case, "ladder.ring", by=SYSTEM, at=at, team=row.team.call_sign)
    tell_assignment(changed, row, "assignment.changed", at=at, line=line)


def _next_crew(changed: Change, case: Case, row: Assignment, at: dt.datetime) -> None:
    """Ask the best crew that may be sent without a reason, in the same round; with none, say so."""
    line = write_line(case, "ladder.next_crew", by=SYSTEM, at=at, team=row.team.call_sign)
    tell_assignment(changed, row, "assignment.changed", at=at, line=line)
    for candidate in recommend(case, at=at):
        if candidate.verdict.verdict == "allow":
            try:
                shift = Shift.objects.select_related("team").get(pk=candidate.crew.pk)
                with savepoint():
                    offer_assignment(
                        case_id=case.pk, shift=shift, by=SYSTEM, at=at, brief=row.brief,
                        support=row.support, competing=True, automatic=True,
                    )  # fmt: skip
                return
            except Problem:
                continue  # taken between the look and the offer: try the next
    _alarm(row, "nobody_free", at, {})


def _supervisor(changed: Change, case: Case, row: Assignment, at: dt.datetime) -> None:
    """Alarm the supervisor with the crew's numbers and the station's."""
    _alarm(row, "not_answered", at, {**phones_of(row), "station": _station_numbers(case, at)})
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
    back_to_desk(case, at)

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


def _station_numbers(case: Case, at: dt.datetime) -> list[dict[str, str]]:
    """Return the numbers of the station whose precinct he is in, in order."""
    where = case.whereabouts
    if where is None or where.lng is None or where.lat is None:
        return []
    station = station_for(where.lng, where.lat, case.center_id)
    if station is None:
        return []
    people = [found.contact for found in contacts_in_order(station, at)]
    return [{"name": f"{station.name} {person.name}".strip(), "phone": person.phone} for person in people]
