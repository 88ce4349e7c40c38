"""One strip of the board: fixed cells, and in full ink the one thing that happens next."""

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from fieldops.cases.models import CallAttempt, Case, Notice, Stage
from fieldops.desk import faces
from fieldops.desk.words import word
from fieldops.dispatch.models import Assignment
from fieldops.lib.clock import iso
from fieldops.lib.words import clauses
from fieldops.outcomes.actions import COMPARED
from fieldops.outcomes.models import VisitReport

Next = tuple[str, dt.datetime | None]


@dataclass
class About:
    """What a strip is made of."""

    case: Case
    at: dt.datetime
    live: list[Assignment]
    call: CallAttempt | None
    notice: Notice | None
    reports: list[VisitReport]
    type_name: str
    user_id: uuid.UUID
    waits_for: str = ""  # the crew it is lined up behind
    passed_to_me: bool = False  # by the handover of a turn


def short_number(number: str) -> str:
    """Return the day's serial: 261122-004 → 004; on a list the day is the same for nearly all."""
    return number.rsplit("-", 1)[-1]


def is_drill(number: str) -> bool:
    """Tell whether a case number is a drill's: they have their own, 261122-D01."""
    return short_number(number).startswith("D")


def strip(about: About) -> dict[str, Any]:
    """Return the strip's cells; `since` beside the words counts up on the page."""
    case = about.case
    words, since = (_calling if case.calling else NEXT[Stage(case.stage)])(about)
    calling_me = case.calling is not None and case.calling.by_id == about.user_id
    return {
        "id": str(case.pk),
        "number": case.number,
        "short": short_number(case.number),
        "stage": case.stage,
        "level": case.level,
        "letter": word("letter", case.level),
        "level_word": word("level", case.level),
        "name": case.person.name_mask or "—",
        "sum": faces.sum_short(case.amount_at_risk_fen),
        "type": about.type_name,
        "state": word("state", case.victim_state) if case.victim_state != "unknown" else "",
        "due": iso(case.due_at),
        "face": faces.clock_face(case.due_at, about.at),
        "urgency": faces.clock_class(case.due_at, about.at),
        "due_word": word("due", case.due_for),
        "next": words,
        "since": iso(since) if since else "",
        "since_face": faces.minutes((about.at - since).total_seconds()) if since else "",
        "mine": calling_me
        or about.passed_to_me
        or any(row.offered_by_id == about.user_id for row in about.live),
        "student": case.person.school_id is not None,
        "paid": case.victim_state == "already_paid",
        "drill": case.drill,
        "nowhere": case.whereabouts_id is None,
    }


def answers(row: Assignment) -> str:
    """Return 1/2: who of the crew said yes."""
    members = list(row.members.all())
    return f"{sum(member.answer == 'accept' for member in members)}/{len(members)}"


def is_disputed(reports: list[VisitReport]) -> bool:
    """Tell whether two members' reports differ and nobody has picked yet (see outcomes.actions)."""
    reports = [report for report in reports if report.decided is not False]
    if len(reports) < 2 or any(report.decided for report in reports):
        return False
    return len({tuple(getattr(report, name) for name in COMPARED) for report in reports}) > 1


def _to_call(about: About) -> Next:
    case, call = about.case, about.call
    if call is None:
        return clauses(filter(None, (_("not called"), word("family", case.family or None)))), None
    if case.step_due_for == "call_back" and case.step_due_at and case.step_due_at > about.at:
        return _("%(count)s. %(result)s, again %(time)s") % {
            "count": case.attempts,
            "result": word("result", call.result),
            "time": faces.moment(case.step_due_at, about.at),
        }, None
    return _("%(time)s %(count)s. %(result)s") % {
        "time": faces.moment(call.opened_at, about.at),
        "count": case.attempts,
        "result": word("result", call.result),
    }, None


def _calling(about: About) -> Next:
    call = about.case.calling
    if call is None:
        return _to_call(about)
    return _("%(who)s on call") % {"who": call.by.name}, call.opened_at


def _to_send(about: About) -> Next:
    case = about.case
    if about.waits_for:
        return _("waits for %(team)s") % {"team": about.waits_for}, None
    channel = case.triage_override["channel"] if case.triage_override else case.triage_channel
    if channel == "phone":
        return _("nobody goes; decide"), None
    return _("advised: %(channel)s") % {"channel": word("channel", channel)}, None


def _waiting(about: About) -> Next:
    if not about.live:
        return _to_send(about)
    row = about.live[-1]
    return _("%(team)s %(answers)s, sent") % {
        "team": row.team.call_sign,
        "answers": answers(row),
    }, row.offered_at


def _on_the_way(about: About) -> Next:
    if not about.live:
        return "", None
    row = about.live[0]
    left = arrives_in(row, about.at)
    if left is None:
        return _("%(team)s %(answers)s on the way") % {
            "team": row.team.call_sign,
            "answers": answers(row),
        }, row.set_out_at
    return _("%(team)s %(answers)s, about %(n)s min") % {
        "team": row.team.call_sign,
        "answers": answers(row),
        "n": left,
    }, None


def arrives_in(row: Assignment, at: dt.datetime) -> int | None:
    """Return the minutes until the estimate, at least one; None where nothing was estimated."""
    start = row.set_out_at or row.accepted_at
    if row.eta_s is None or start is None:
        return None
    return max(1, round((start + dt.timedelta(seconds=row.eta_s) - at).total_seconds() / 60))


def _with_person(about: About) -> Next:
    if not about.live:
        return "", None
    row = about.live[0]
    return _("%(team)s with him") % {"team": row.team.call_sign}, row.arrived_at


def _at_partner(about: About) -> Next:
    notice = about.notice
    if notice is None:
        return "", None
    who = notice.place.name if notice.place else notice.contact_name or word("channel", notice.channel)
    return f"{who} {notice_state(notice)}", None


def notice_state(notice: Notice) -> str:
    """Return how far a notice is, in one word."""
    if notice.reached_at:
        return _("has reached him")
    if notice.coming:
        return word("step", notice.coming)
    if notice.answered_at:
        return _("has answered")
    return _("silent") if notice.silent_at else _("told")


def _to_review(about: About) -> Next:
    if is_disputed(about.reports):
        return _("reports differ"), None
    if about.reports:
        report = about.reports[-1]
        team = report.assignment.team.call_sign
        return f"{team} {word('effect', report.effect)}", None
    if about.case.reached_at:
        return _("by phone; close it"), None
    return _("close it"), None


NEXT: dict[Stage, Callable[[About], Next]] = {
    Stage.TO_CALL: _to_call,
    Stage.CALLING: _calling,
    Stage.TO_SEND: _to_send,
    Stage.WAITING_ANSWER: _waiting,
    Stage.ON_THE_WAY: _on_the_way,
    Stage.WITH_PERSON: _with_person,
    Stage.AT_PARTNER: _at_partner,
    Stage.TO_REVIEW: _to_review,
    Stage.CLOSED: lambda about: ("", None),
}
