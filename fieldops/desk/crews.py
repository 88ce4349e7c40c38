"""One crew cell: sign, answers, state and time in it; case and place; each member's receipts and phone."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _

from fieldops.desk import faces, ringwords
from fieldops.desk.strips import answers, short_number
from fieldops.desk.words import word
from fieldops.dispatch.models import Assignment, LineUp, Status
from fieldops.lib.clock import iso
from fieldops.teams.models import Duty, Shift, ShiftMember
from fieldops.teams.queries import last_position, live_device
from fieldops.teams.wire import ring_state

# The time each state began.
SINCE = {
    Status.OFFERED: "offered_at",
    Status.ACCEPTED: "accepted_at",
    Status.EN_ROUTE: "set_out_at",
    Status.ARRIVED: "arrived_at",
}


def cell(
    shift: Shift, live: list[Assignment], at: dt.datetime, next_up: LineUp | None = None
) -> dict[str, Any]:
    """Return a crew's five lines. The taken assignment comes before one it is merely asked about."""
    row = first_of(live)
    members = sorted(shift.members.all(), key=lambda member: member.user.username)
    state, since, tone = _state(row, members)
    return {
        "id": str(shift.pk),
        "call_sign": shift.team.call_sign,
        "answers": answers(row) if row else "",
        "state": state,
        "tone": tone,
        "since": iso(since) if since else "",
        "since_face": faces.minutes((at - since).total_seconds()) if since else "",
        "case_id": str(row.case_id) if row else "",
        "about": _about(row, members, at),
        "drill": bool(row and row.drill),
        "next": short_number(next_up.case.number) if next_up else "",
        "next_id": str(next_up.case_id) if next_up else "",
        "duties": [
            {"code": code, "word": word("duty", code)} for code in (Duty.STANDBY, Duty.BREAK, Duty.OFF)
        ],
        "members": [member_cell(member, row, at) for member in members],
        "fix": _fix(members, at),
        **_unsent(members, at),
    }


def first_of(live: list[Assignment]) -> Assignment | None:
    """Return what a crew is on, else what it is asked about, if anything."""
    return max(live, key=lambda found: found.status != Status.OFFERED, default=None)


def member_cell(member: ShiftMember, row: Assignment | None, at: dt.datetime) -> dict[str, Any]:
    """Return one member: delivered, seen, answered as facts; whether his phone can ring."""
    told = next((m for m in row.members.all() if m.user_id == member.user_id), None) if row else None
    device = live_device(member.user)
    rings, problem = ring_state(device, at)
    quiet = device.last_seen_at if device and problem == "offline" else None
    return {
        "name": member.user.name,
        "username": member.user.username,
        "phone": member.user.phone,
        "id": str(member.user_id),
        "duty": word("duty", member.duty),
        "duty_code": member.duty,
        "on": member.duty == Duty.STANDBY,
        "told": receipts(told) if told else None,
        "rings": rings,
        "problem": "" if rings else word("ring", problem),
        "problem_age": faces.ago(quiet, at) if quiet else "",
        "rung": ringwords.rung(told),
        "ready": ringwords.readiness(device),
        "tested": ringwords.tested(device),
    }


def receipts(told: Any) -> list[dict[str, Any]]:
    """Return delivered, seen, answered: solid where it is a fact."""
    return [
        {"mark": _("del"), "word": _("delivered"), "at": told.delivered_at, "done": bool(told.delivered_at)},
        {"mark": _("seen"), "word": _("seen"), "at": told.seen_at, "done": bool(told.seen_at)},
        {
            "mark": _("no") if told.answer == "decline" else _("ans"),
            "word": _("answered"),
            "at": told.answered_at,
            "done": bool(told.answered_at),
            "no": told.answer == "decline",
        },
    ]


def _state(row: Assignment | None, members: list[ShiftMember]) -> tuple[str, dt.datetime | None, str]:
    if row:
        tone = "high" if row.status == Status.OFFERED else ""
        title = _("offered, no answer yet") if row.status == Status.OFFERED else word("status", row.status)
        if row.status == Status.ARRIVED:
            title = word("stage", "with_person")
        return title, getattr(row, SINCE[Status(row.status)]), tone
    on = [member for member in members if member.duty == Duty.STANDBY]
    if on:
        return word("duty", "standby"), max((m.since for m in on if m.since), default=None), ""
    resting = [member for member in members if member.duty == Duty.BREAK]
    if resting:
        return word("duty", "break"), max((m.since for m in resting if m.since), default=None), "quiet"
    return word("duty", "off"), None, "quiet"


def _about(row: Assignment | None, members: list[ShiftMember], at: dt.datetime) -> str:
    if row:
        where = (row.told.get("whereabouts") or {}).get("text", "")
        parts = [short_number(row.case.number), where, _("stop asked") if row.stop_asked_at else ""]
        return " · ".join(part for part in parts if part)
    on = [member for member in members if member.duty == Duty.STANDBY]
    if not on:
        return _("nobody on duty")
    ringing = sum(ring_state(live_device(member.user), at)[0] for member in members)
    if ringing == len(members):
        return _("may be sent")
    return _("with a reason: a phone cannot ring")


def _fix(members: list[ShiftMember], at: dt.datetime) -> dict[str, str]:
    fixes = [fix for member in members if (fix := last_position(member.user))]
    newest = max(fixes, key=lambda fix: fix.fix_at, default=None)
    if newest is None:
        return {"at": "", "text": _("no fix")}
    return {
        "at": iso(newest.fix_at) or "",
        "text": _("fix %(age)s ago") % {"age": faces.ago(newest.fix_at, at)},
    }


def _unsent(members: list[ShiftMember], at: dt.datetime) -> dict[str, Any]:
    devices = [device for member in members if (device := live_device(member.user))]
    oldest = min((d.oldest_pending_at for d in devices if d.oldest_pending_at), default=None)
    count = sum(device.pending for device in devices)
    text = _("unsent %(n)s") % {"n": count}
    if count and oldest:
        text += " · " + _("oldest %(age)s") % {"age": faces.ago(oldest, at)}
    return {"unsent": count, "unsent_text": text}
