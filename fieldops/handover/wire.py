"""Wire shapes of handovers."""

from typing import Any

from fieldops.handover.models import Handover, HandoverSheet
from fieldops.lib.clock import iso
from fieldops.teams.models import User


def handover_wire(row: Handover) -> dict[str, Any]:
    """Return the handover's state and signatures; what it lists is read for itself (`listed`)."""
    return {
        "id": str(row.pk),
        "version": row.version,
        "status": row.status,
        "turn": turn_wire(row),
        "notes": row.notes,
        "passed": [{"case_id": str(one.case_id), "to": str(one.to_id)} for one in row.cases.all()],
        "opened_at": iso(row.opened_at),
        "signed_at": iso(row.signed_at),
        "signed_by": person_wire(row.signed_by),
        "signed_for": person_wire(row.signed_for),
        "reason": row.reason,
        "accepted_at": iso(row.accepted_at),
        "accepted_by": person_wire(row.accepted_by),
        "accepted_for": person_wire(row.accepted_for),
        "returned_reason": row.returned_reason,
        "later_notes": [
            {"by": note.by.name, "at": iso(note.at), "text": note.text}
            for note in row.later_notes.select_related("by")
        ],
    }


def turn_wire(row: Handover) -> dict[str, Any]:
    """Return whose turn ends, and its hours."""
    if row.shift:
        return {
            "kind": "crew",
            "id": str(row.shift_id),
            "what": row.shift.team.call_sign,
            "starts_at": iso(row.shift.starts_at),
            "ends_at": iso(row.shift.ends_at),
        }
    turn = row.desk_shift
    if turn is None:
        raise LookupError(row.pk)  # the constraint says it is one or the other
    return {
        "kind": "desk",
        "id": str(turn.pk),
        "what": turn.line.name if turn.line else "",
        "owner": turn.owner.name,
        "starts_at": iso(turn.starts_at),
        "ends_at": iso(turn.ends_at),
    }


def person_wire(user: User | None) -> dict[str, str] | None:
    """Return a signature's person."""
    return {"id": str(user.pk), "name": user.name} if user else None


def sheet_wire(sheet: HandoverSheet) -> dict[str, Any]:
    """Return a stored sheet with its hash."""
    return {
        "revision": sheet.revision,
        "sha256": sheet.sha256,
        "stored_at": iso(sheet.stored_at),
        "body": sheet.body,
    }
