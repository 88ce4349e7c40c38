"""The visit track: whom to send and why, the crew that goes, what came of it."""

import datetime as dt
import uuid
from typing import Any

from django.utils.translation import gettext as _

from fieldops.cases.models import Case, Stage
from fieldops.desk import autoplan, crews, faces, freeing, ringwords
from fieldops.desk.jointplan import advice
from fieldops.desk.review import photos_of, review
from fieldops.desk.sentences import decline_words, gate_words, ranking_words
from fieldops.desk.words import options, word
from fieldops.dispatch.models import CALLED_OFF, LIVE, Assignment, AssignmentMember, Status
from fieldops.dispatch.queries import messages_of
from fieldops.dispatch.recommend import Candidate
from fieldops.lib.clock import iso
from fieldops.lib.words import joined
from fieldops.teams.queries import last_position, live_device
from fieldops.teams.wire import ring_state

# What the desk may record in a member's name, by the status the assignment is in.
VOICE: dict[str, tuple[str, ...]] = {
    "offered": ("accept", "decline", "set_out", "arrive"),
    "accepted": ("accept", "set_out", "arrive"),
    "en_route": ("accept", "arrive"),
    "arrived": ("accept", "conclude"),
    "withdrawn": ("confirm_stand_down",),
    "recalled": ("confirm_stand_down",),
    "reassigned": ("confirm_stand_down",),
    "expired": ("accept",),
}


def track(case: Case, rows: list[Assignment], names: dict[str, str], at: dt.datetime) -> dict[str, Any]:
    """Return the crews on the case, or the recommendation where nobody is asked."""
    live = [row for row in rows if row.status in LIVE]
    standing_down = [row for row in rows if row.status in CALLED_OFF and _waits(row)]
    late = [row for row in rows if row.status == Status.EXPIRED and not live][-1:]
    open_case = case.closed_at is None
    fresh = open_case and not live and case.stage != Stage.TO_REVIEW
    ranked, plan = advice(case, at) if open_case else ([], None)
    return {
        "live": [assignment(row, at) for row in [*live, *standing_down, *late]],
        "taken": bool(live),
        "fresh": fresh,
        "over": [ended(row, at) for row in rows if row.status not in LIVE],
        "candidates": candidates(ranked, plan, freeing.busy_by_shift(case, ranked, at) if fresh else {}),
        "nobody_free": freeing.nobody_free(case, ranked, at) if fresh else None,
        "lined_up": freeing.lined_up(case, at) if fresh else None,
        "plan": plan,
        "auto": autoplan.panel(case, ranked, at) if open_case else None,
        "place": case.whereabouts.text if case.whereabouts else "",
        "review": review(case, rows, names, at),
        "photos": photos_of(case, at),
    }


def _waits(row: Assignment) -> bool:
    return any(member.stood_down_at is None for member in row.members.all())


def candidates(
    ranked: list[Candidate], plan: dict[str, Any] | None, busy: dict[uuid.UUID, dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return every crew on shift, best first, with reasons in words; the one to send now is `pick`.

    That is the first that may go or, where several cases wait, the one the joint plan gives this case.
    `busy`: by shift, what a crew is doing and when it is free.
    """
    found = [{**candidate(row), "busy": busy.get(row.crew.pk)} for row in ranked]
    may_go = [row for row in found if row["verdict"] != "block"]
    planned = [row for row in may_go if plan and row["team"] == plan["team"]]
    pick = next(iter([*planned, *may_go]), None)
    for row in found:
        row["pick"] = row is pick
    return found


def candidate(row: Candidate) -> dict[str, Any]:
    """Return one crew of the recommendation."""
    low = max(1, round((row.eta_s - row.eta_off_s) / 60)) if row.eta_s else 0
    high = max(low + 1, round((row.eta_s + row.eta_off_s) / 60)) if row.eta_s else 0
    return {
        "team": str(row.crew.team_id),
        "call_sign": row.crew.team.call_sign,
        "verdict": row.verdict.verdict,
        "verdict_word": word("verdict", row.verdict.verdict),
        "gate": gate_words(row.verdict.reasons),
        "reasons": ranking_words(row.reasons),
        "eta": _("%(low)s–%(high)s min") % {"low": low, "high": high} if row.eta_s else "",
        "members": joined(hand.name for hand in row.crew.hands.values()),
    }


def assignment(row: Assignment, at: dt.datetime) -> dict[str, Any]:
    """Return a crew on the case: receipts, words passed, what may be recorded by voice."""
    members = list(row.members.select_related("user__position").prefetch_related("user__devices"))
    where = row.told.get("whereabouts") or {}
    since = getattr(row, crews.SINCE.get(Status(row.status), "ended_at")) or row.offered_at
    return {
        "id": str(row.pk),
        "call_sign": row.team.call_sign,
        "team": str(row.team_id),
        "status": row.status,
        "status_word": _("offered, no answer yet")
        if row.status == Status.OFFERED
        else word("status", row.status),
        "answers": f"{sum(member.answer == 'accept' for member in members)}/{len(members)}",
        "since": iso(since),
        "since_face": faces.minutes((at - since).total_seconds()),
        "expires": iso(row.expires_at) if row.status == Status.OFFERED else "",
        "place": where.get("text", ""),
        "brief": row.brief,
        "support": row.support,
        "live": row.status in LIVE,
        "called_off": row.status in CALLED_OFF,
        "eta": _eta(row, at),
        "far": row.arrived_far_m,
        "stop_asked": row.stop_asked_at,
        "help": row.help_at,
        "members": [member(found, row, at) for found in members],
        "messages": [message(found, at) for found in messages_of(row)],
    }


def member(found: AssignmentMember, row: Assignment, at: dt.datetime) -> dict[str, Any]:
    """Return one member's receipts, phone and moves by voice."""
    device = live_device(found.user)
    rings, problem = ring_state(device, at)
    fix = last_position(found.user)
    done = {"accept": found.answer == "accept", "confirm_stand_down": found.stood_down_at is not None}
    allowed = () if found.stood_down_at else VOICE.get(row.status, ())
    return {
        "id": str(found.user_id),
        "name": found.name,
        "username": found.user.username,
        "phone": found.user.phone,
        "delivered": faces.moment(found.delivered_at, at) if found.delivered_at else "",
        "seen": faces.moment(found.seen_at, at) if found.seen_at else "",
        "answered": faces.moment(found.answered_at, at) if found.answered_at else "",
        "answer": found.answer,
        "reason": decline_words({"reason": found.reason.split(" ")[0], "words": _rest(found.reason)}),
        "by_voice": found.by_voice,
        "receipts": crews.receipts(found),
        "stood_down": faces.moment(found.stood_down_at, at) if found.stood_down_at else "",
        "rings": rings,
        "problem": "" if rings else word("ring", problem),
        "rung": ringwords.rung(found),
        "ready": ringwords.readiness(device),
        "unsent": device.pending if device else 0,
        "fix": faces.ago(fix.fix_at, at) if fix else "",
        "voice": [pair for pair in options("command", *allowed) if not done.get(pair[0])],
    }


def _rest(reason: str) -> str:
    return reason.split(" ", 1)[1] if " " in reason else ""


def message(found: Any, at: dt.datetime) -> dict[str, Any]:
    """Return one message with how far it is on each phone."""
    readers = list(found.receipts.all())
    waiting = joined(reader.name for reader in readers if not reader.delivered_at)
    return {
        "id": str(found.pk),
        "by": found.by_name,
        "desk": found.from_desk,
        "text": " ".join(filter(None, (word("canned", found.canned) if found.canned else "", found.text))),
        "at": faces.moment(found.sent_at, at),
        "delivered": sum(reader.delivered_at is not None for reader in readers),
        "seen": sum(reader.seen_at is not None for reader in readers),
        "of": len(readers),
        "waiting": waiting,
    }


def ended(row: Assignment, at: dt.datetime) -> dict[str, Any]:
    """Return a crew that is no longer on the case, in one line."""
    when = row.concluded_at or row.ended_at
    return {
        "call_sign": row.team.call_sign,
        "status": word("status", row.status),
        "at": faces.moment(when, at) if when else "",
        "reason": row.end_reason,
        "by": row.taken_by,
    }


def _eta(row: Assignment, at: dt.datetime) -> str:
    start = row.set_out_at or row.accepted_at
    if row.eta_s is None or start is None or row.arrived_at:
        return ""
    left = (start + dt.timedelta(seconds=row.eta_s) - at).total_seconds()
    return _("about %(n)s min") % {"n": max(1, round(left / 60))}
