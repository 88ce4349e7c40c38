"""What the crew asks of the desk: stop payment, ring him, check-in, help."""

import datetime as dt
import hashlib
import uuid
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from fieldops.cases.models import Case
from fieldops.cases.telling import write_line
from fieldops.dispatch.actions.moved import Moved
from fieldops.dispatch.actions.offer import offer_assignment, phones_of
from fieldops.dispatch.actions.promises import set_promise
from fieldops.dispatch.actions.recall import recall_assignment
from fieldops.dispatch.models import Assignment, Status
from fieldops.dispatch.queries import desk_owners, supervisors_on
from fieldops.dispatch.recommend import Candidate, recommend
from fieldops.dispatch.ring import ring_crew, ring_person
from fieldops.dispatch.telling import lock_assignment, save_assignment, tell_assignment
from fieldops.feed.alarms import raise_alarm, settle_alarms
from fieldops.feed.changes import change, savepoint
from fieldops.lib.errors import Problem
from fieldops.teams.actor import SYSTEM, Actor
from fieldops.teams.models import Shift

HELP, HELP_OVER = "help", "help over"


def ask_stop(
    *,
    assignment_id: uuid.UUID,
    by: Actor,
    at: dt.datetime,
    tail: str = "",
    amount_fen: int = 0,
    words: str = "",
) -> Moved:
    """Ask the desk to stop a payment now; one alarm per assignment, account and sum.

    Where no account is named, what is said tells one payment from another.
    """
    with change() as changed:
        case, row = lock_assignment(assignment_id)
        row.stop_asked_at = row.stop_asked_at or at
        save_assignment(row, "stop_asked_at")
        params: dict[str, Any] = {"name": by.name, "tail": tail, "amount_fen": amount_fen, "words": words}
        _alarm(row, "stop_payment", f"stop:{row.pk}:{_what(tail, amount_fen, words)}", at, params)

        line = write_line(case, "stop_asked", by=by, at=at, **params)
        tell_assignment(changed, row, "assignment.stop_asked", at=at, line=line)
        return Moved(row, "applied")


def _what(tail: str, amount_fen: int, words: str) -> str:
    """Return what a payment is known by: account and sum, or sum and words; not to be read from a key."""
    said = f"{tail} {amount_fen}" if tail else f"{amount_fen} {' '.join(words.split())}"
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def ask_call(*, assignment_id: uuid.UUID, by: Actor, at: dt.datetime) -> Moved:
    """Ask the desk to ring the person now, so that he believes who stands before him."""
    with change() as changed:
        case, row = lock_assignment(assignment_id)
        save_assignment(row)
        _alarm(row, "call_asked", f"call_asked:{row.pk}", at, {"name": by.name})

        line = write_line(case, "call_asked", by=by, at=at, name=by.name)
        tell_assignment(changed, row, "assignment.safety", at=at, line=line)
        return Moved(row, "applied")


def check_in(*, assignment_id: uuid.UUID, by: Actor, at: dt.datetime) -> Moved:
    """The crew says it is safe; the next check-in is asked for later."""
    with change() as changed:
        case, row = lock_assignment(assignment_id)
        row.check_in_at = None
        save_assignment(row, "check_in_at")
        settle_alarms(prefix=f"assignment:{row.pk}:check_in", at=at, by_name=by.name)
        if row.status == Status.ARRIVED:
            set_promise(row, "check_in", at)

        line = write_line(case, "checked_in", by=by, at=at, name=by.name)
        tell_assignment(changed, row, "assignment.safety", at=at, line=line)
        return Moved(row, "applied")


def call_for_help(*, assignment_id: uuid.UUID, by: Actor, at: dt.datetime, on: bool = True) -> Moved:
    """Ring everyone: a member needs help; `on=False` is the all clear, and the desk still calls back."""
    with change() as changed:
        case, row = lock_assignment(assignment_id)
        if bool(row.help_at) == on:
            return Moved(row, "noop", "STALE")

        row.help_at = at if on else None
        save_assignment(row, "help_at")
        if on:
            # What was said before is over: this one must ring anew, and nothing newer may say "all clear".
            settle_alarms(prefix=f"help:{row.pk}:", at=at, by_name=by.name)
        _alarm(
            row, "help" if on else "help_over", f"help:{row.pk}:{on}", at, {"name": by.name, **phones_of(row)}
        )

        line = write_line(case, "help" if on else "help.over", by=by, at=at, name=by.name)
        if on:
            _ring_everyone(case, row, by, at)
        else:
            _spare_helpers(case, at)
        tell_assignment(changed, row, "assignment.safety", at=at, line=line)
        return Moved(row, "applied")


def _ring_everyone(case: Case, row: Assignment, by: Actor, at: dt.datetime) -> None:
    """Ring the crew-mates, the desk's owner and the supervisors, and send the nearest crew that is free."""
    mates = [m for m in row.members.select_related("user") if m.user_id != by.user_id]
    ring_crew(assignment=row, members=mates, why="help", at=at, anew=True)
    bosses = [*desk_owners(row.center_id, at), *supervisors_on(row.center_id, at)]
    for user in {user.pk: user for user in bosses}.values():
        ring_person(user=user, center_id=row.center_id, why="help", at=at, assignment=row, anew=True)
    save_assignment(row)
    with override(settings.LANGUAGE_CODE):
        brief = _("Help: %(name)s of %(team)s needs you there") % {
            "name": by.name,
            "team": row.team.call_sign,
        }
    next(filter(None, (_ask_to_help(case, found, brief, at) for found in recommend(case, at=at))), None)


def _ask_to_help(case: Case, found: Candidate, brief: str, at: dt.datetime) -> Assignment | None:
    """Offer the case to one more crew as support; help passes every warning, the last free crew's too."""
    if found.verdict.verdict == "block":
        return None
    shift = Shift.objects.select_related("team").get(pk=found.crew.pk)
    try:
        with savepoint():
            return offer_assignment(
                case_id=case.pk, shift=shift, by=SYSTEM, at=at, brief=brief, reason=HELP,
                support=True, automatic=True,
            )  # fmt: skip
    except Problem:
        return None


def _spare_helpers(case: Case, at: dt.datetime) -> None:
    """All clear: who was only asked need not come; a crew on its way is the desk's to decide."""
    asked = Assignment.objects.filter(case=case, status=Status.OFFERED, automatic=True, gate_reason=HELP)
    for pk in sorted(asked.values_list("pk", flat=True)):
        recall_assignment(assignment_id=pk, by=SYSTEM, at=at, reason=HELP_OVER)


def _alarm(row: Assignment, kind: str, key: str, at: dt.datetime, params: dict[str, Any]) -> None:
    raise_alarm(
        center_id=row.center_id,
        kind=kind,
        key=key,
        at=at,
        params={"team": row.team.call_sign, **params},
        case_id=row.case_id,
        case_number=row.case.number,
        assignment_id=row.pk,
    )
