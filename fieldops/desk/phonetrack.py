"""The phone track: who is on the line, what to say, what came of the calls."""

import datetime as dt
from typing import Any

from django.utils.translation import get_language

from fieldops.cases.models import CallAttempt, Case, Stage
from fieldops.desk import faces
from fieldops.desk.words import word
from fieldops.lib.clock import iso
from fieldops.playbook.queries import cards_for
from fieldops.teams.models import User


def track(user: User, case: Case, names: dict[str, str], at: dt.datetime) -> dict[str, Any]:
    """Return the calls, the open one, and the cards for this type and state."""
    calls = list(case.calls.select_related("by").order_by("-opened_at"))
    open_call = case.calling
    cards = [
        _card(card, names) for card in cards_for(case.scam_type, case.victim_state, get_language() or "")
    ]
    return {
        "calls": [_call(call, len(calls) - index, at) for index, call in enumerate(calls)],
        "count": len(calls),
        "open": _open(open_call, user, at) if open_call else None,
        "cards": cards,
        "main": next((card for card in cards if card["questions"] or card["points"]), None),
        "next": _next(case, at),
    }


def _open(call: CallAttempt, user: User, at: dt.datetime) -> dict[str, Any]:
    return {
        "id": str(call.pk),
        "mine": call.by_id == user.pk,
        "by": call.by.name,
        "target": call.target,
        "since": iso(call.opened_at),
        "face": faces.minutes((at - call.opened_at).total_seconds()),
    }


def _call(call: CallAttempt, number: int, at: dt.datetime) -> dict[str, Any]:
    length = (call.closed_at - call.opened_at).total_seconds() if call.closed_at else None
    return {
        "number": number,
        "at": faces.moment(call.opened_at, at),
        "length": faces.minutes(length) if length is not None and length < 24 * 3600 else "",
        "by": call.by.name,
        "target": word("target", call.target),
        "result": word("result", call.result) if call.result else "…",
        "after": word("state", call.state_after) if call.state_after else "",
        "changed": bool(call.state_after) and call.state_after != call.state_before,
        "note": call.note,
    }


def _card(card: Any, names: dict[str, str]) -> dict[str, Any]:
    title = names.get(card.scam_type_id, "") if card.scam_type_id else word("state", card.victim_state)
    return {
        "title": title,
        "is_state": card.scam_type_id is None,
        "version": card.version,
        "flags": card.red_flags,
        "questions": card.questions,
        "points": card.talking_points,
        "body": card.body,
    }


def _next(case: Case, at: dt.datetime) -> str:
    """Return when the promised call back is, if one is promised."""
    if case.step_due_for != "call_back" or case.step_due_at is None or case.stage == Stage.CLOSED:
        return ""
    return faces.moment(case.step_due_at, at)
