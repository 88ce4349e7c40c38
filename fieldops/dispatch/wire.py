"""Wire shapes of the room (docs/events.md)."""

from typing import Any

from fieldops.cases.models import Case
from fieldops.cases.wire import whereabouts_wire
from fieldops.dispatch.models import CALLED_OFF, Assignment, AssignmentMember, Drill, LineUp, Message
from fieldops.lib.clock import iso


def told_of(case: Case) -> dict[str, Any]:
    """Return what a crew is told at the offer: no name, no number."""
    calls = case.calls.filter(closed_at__isnull=False).order_by("opened_at")
    return {
        "scam_type": case.scam_type,
        "sex": case.person.sex,
        "victim_state": case.victim_state,
        "amount_at_risk_fen": case.amount_at_risk_fen,
        "paid_fen": 0,
        "next_transfer_at": iso(case.next_transfer_at),
        "due_at": iso(case.due_at),
        "whereabouts": whereabouts_wire(case.whereabouts),
        "calls": [
            {"at": iso(call.opened_at), "result": call.result, "state_after": call.state_after}
            for call in calls
        ],
    }


def member_wire(member: AssignmentMember) -> dict[str, Any]:
    """Return one member's receipts and answer."""
    return {
        "user_id": str(member.user_id),
        "name": member.name,
        "delivered_at": iso(member.delivered_at),
        "seen_at": iso(member.seen_at),
        "answered_at": iso(member.answered_at),
        "answer": member.answer or None,
        "reason": member.reason,
        "by_voice": member.by_voice,
        "rung_at": iso(member.rung_at),
        "rung": member.rung or None,
        "stood_down_at": iso(member.stood_down_at),
    }


def assignment_wire(row: Assignment) -> dict[str, Any]:
    """Return the assignment as desk and crew see it."""
    members = [member_wire(member) for member in row.members.all()]
    return {
        "id": str(row.pk),
        "version": row.version,
        "case_id": str(row.case_id),
        "case_number": row.case.number,
        "center": str(row.center_id),
        "team": {"id": str(row.team_id), "call_sign": row.team.call_sign},
        "shift_id": str(row.shift_id),
        "round": row.round,
        "support": row.support,
        "status": row.status,
        "level": row.level,
        "drill": row.drill,
        **row.told,
        "brief": row.brief,
        "distance_m": row.distance_m,
        "eta_s": row.eta_s,
        "offered_at": iso(row.offered_at),
        "offered_by_name": row.offered_by.name if row.offered_by else "",
        "accepted_at": iso(row.accepted_at),
        "set_out_at": iso(row.set_out_at),
        "arrived_at": iso(row.arrived_at),
        "arrived_far_m": row.arrived_far_m,
        "concluded_at": iso(row.concluded_at),
        "ended_at": iso(row.ended_at),
        "end_reason": row.end_reason,
        "ended_by_name": row.ended_by_name or None,
        "taken_by": row.taken_by or None,
        "late": row.late,
        "voiced": row.voiced,
        "ladder": row.ladder,
        "expires_at": iso(row.expires_at),
        "members": members,
        "must_stand_down": row.status in CALLED_OFF,
        "stop_asked_at": iso(row.stop_asked_at),
        "check_in_at": iso(row.check_in_at),
        "help_at": iso(row.help_at),
    }


def line_up_wire(row: LineUp) -> dict[str, Any]:
    """Return which crew a case waits for."""
    return {
        "case_id": str(row.case_id),
        "team": {"id": str(row.shift.team_id), "call_sign": row.shift.team.call_sign},
        "shift_id": str(row.shift_id),
        "state": row.state,
        "since": iso(row.lined_at),
        "by_name": row.by.name,
        "reason": row.reason,
    }


def drill_wire(row: Drill) -> dict[str, Any]:
    """Return a drill; `report` and its hash once it is over."""
    return {
        "id": str(row.pk),
        "scene": row.scene,
        "case_id": str(row.case_id),
        "case_number": row.case.number,
        "chosen": row.chosen,
        "started_at": iso(row.started_at),
        "started_by_name": row.started_by.name,
        "ended_at": iso(row.ended_at),
        "words": row.words,
        "report": row.report,
        "sha256": row.sha256 or None,
    }


def message_wire(message: Message) -> dict[str, Any]:
    """Return one message with its receipts."""
    return {
        "id": str(message.pk),
        "version": message.version,
        "case_id": str(message.assignment.case_id),
        "assignment_id": str(message.assignment_id),
        "from": "desk" if message.from_desk else "crew",
        "by": str(message.by_id) if message.by_id else None,
        "by_name": message.by_name,
        "canned": message.canned or None,
        "text": message.text,
        "sent_at": iso(message.sent_at),
        "receipts": [
            {
                "user_id": str(receipt.user_id),
                "name": receipt.name,
                "delivered_at": iso(receipt.delivered_at),
                "seen_at": iso(receipt.seen_at),
            }
            for receipt in message.receipts.all()
        ],
    }
