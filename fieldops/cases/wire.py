"""Wire shapes of the room (docs/events.md); all masked."""

from typing import Any

from fieldops.cases.models import CallAttempt, Case, CaseEvent, Notice, Person, Whereabouts
from fieldops.lib.clock import iso, local, now
from fieldops.lib.masks import mask_phone


def person_wire(person: Person) -> dict[str, Any]:
    """Return what a list may show of a person."""
    age = local(now()).year - person.birth_year if person.birth_year else None
    return {
        "id": str(person.pk),
        "name_mask": person.name_mask,
        "phone_mask": person.phone_mask,
        "sex": person.sex,
        "age": age,
        "is_student": person.school_id is not None,
        "possible_duplicate": person.possible_duplicate_of_id is not None and person.merged_into_id is None,
    }


def whereabouts_wire(where: Whereabouts | None) -> dict[str, Any] | None:
    """Return where he is now; None is unknown."""
    if where is None:
        return None
    return {
        "id": str(where.pk),
        "text": where.text,
        "detail": where.detail,
        "place_id": str(where.place_id) if where.place_id else None,
        "place_kind": where.place.kind if where.place else None,
        "lng": where.lng,
        "lat": where.lat,
        "source": where.source,
        "said_at": iso(where.said_at),
        "good_until": iso(where.good_until),
    }


def calling_wire(call: CallAttempt | None) -> dict[str, Any] | None:
    """Return who is on the phone with the person now."""
    if call is None:
        return None
    return {
        "call_id": str(call.pk),
        "by": str(call.by_id),
        "by_name": call.by.name,
        "since": iso(call.opened_at),
    }


def case_wire(case: Case) -> dict[str, Any]:
    """Return the case as desk and crew see it on lists."""
    return {
        "id": str(case.pk),
        "version": case.version,
        "number": case.number,
        "center": str(case.center_id),
        "level": case.level,
        "family": case.family or None,
        "stage": case.stage,
        "victim_state": case.victim_state,
        "person": person_wire(case.person),
        "scam_type": case.scam_type,
        "confirmed_scam_type": case.confirmed_scam_type or None,
        "amount_at_risk_fen": case.amount_at_risk_fen,
        "next_transfer_at": iso(case.next_transfer_at),
        "due_at": iso(case.due_at),
        "due_for": case.due_for,
        "source": case.source,
        "issued_at": iso(case.issued_at),
        "received_at": iso(case.received_at),
        "closed_at": iso(case.closed_at),
        "disposition": case.disposition or None,
        "drill": case.drill,
        "whereabouts": whereabouts_wire(case.whereabouts),
        "triage": {
            "channel": case.triage_channel,
            "reasons": case.triage_reasons,
            "overridden": case.triage_override,
        },
        "calling": calling_wire(case.calling),
        "attempts": case.attempts,
    }


def call_wire(call: CallAttempt) -> dict[str, Any]:
    """Return one call attempt."""
    return {
        "id": str(call.pk),
        "version": call.version,
        "case_id": str(call.case_id),
        "by": str(call.by_id),
        "by_name": call.by.name,
        "target": call.target,
        "opened_at": iso(call.opened_at),
        "closed_at": iso(call.closed_at),
        "result": call.result or None,
        "state_after": call.state_after or None,
        "note": call.note,
    }


def notice_wire(notice: Notice) -> dict[str, Any]:
    """Return one notice and its four times."""
    return {
        "id": str(notice.pk),
        "version": notice.version,
        "case_id": str(notice.case_id),
        "channel": notice.channel,
        "contact_name": notice.contact_name,
        "contact_role": notice.contact_role,
        "place_id": str(notice.place_id) if notice.place_id else None,
        "place_name": notice.place.name if notice.place else None,
        "phone_mask": mask_phone(notice.contact_phone),
        "told_at": iso(notice.told_at),
        "answered_at": iso(notice.answered_at),
        "reached_at": iso(notice.reached_at),
        "coming": notice.coming or None,
        "coming_at": iso(notice.coming_at),
        "shared": notice.shared,
    }


def line_wire(line: CaseEvent) -> dict[str, Any]:
    """Return one line of the timeline."""
    return {
        "id": str(line.pk),
        "case_id": str(line.case_id),
        "at": iso(line.at),
        "code": line.code,
        "params": line.params,
        "actor": str(line.actor_id) if line.actor_id else None,
        "actor_name": line.actor_name,
        "by_voice": line.by_voice,
        "estimated": line.estimated,
    }


def secret_wire(case: Case, opened: dict[str, Any], suspects: list[str]) -> dict[str, Any]:
    """Return what the work itself opens: the person in clear, suspects still masked."""
    return {
        "case_id": str(case.pk),
        "name": opened.get("name", ""),
        "phone": opened.get("phone", ""),
        "id_number": opened.get("id_number", ""),
        "address": opened.get("address", ""),
        "relatives": opened.get("relatives", []),
        "suspects": suspects,
    }
