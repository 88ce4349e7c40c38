"""Wire shapes of the room (docs/events.md)."""

from typing import Any

from fieldops.lib.clock import iso
from fieldops.outcomes.models import Indicator, Note, VisitReport

ANSWERS = (
    "met",
    "state_after",
    "effect",
    "ineffective_reason",
    "scam_type",
    "lost_fen",
    "lost_basis",
    "prevented_fen",
    "prevented_basis",
    "stopped_fen",
    "stopped_basis",
    "words",
)


def answers_of(report: VisitReport) -> dict[str, Any]:
    """Return what the member answered."""
    return {name: getattr(report, name) for name in ANSWERS}


def report_wire(report: VisitReport, *, disputed: bool) -> dict[str, Any]:
    """Return one member's report."""
    return {
        "id": str(report.pk),
        "version": report.version,
        "case_id": str(report.case_id),
        "assignment_id": str(report.assignment_id),
        "author": str(report.author_id),
        "author_name": report.author.name,
        **answers_of(report),
        "filed_at": iso(report.filed_at),
        "by_voice": report.by_voice,
        "late": report.late,
        "disputed": disputed,
        "decided": report.decided,
    }


def indicator_wire(indicator: Indicator) -> dict[str, Any]:
    """Return an indicator, masked."""
    return {
        "id": str(indicator.pk),
        "version": indicator.version,
        "case_id": str(indicator.case_id),
        "assignment_id": str(indicator.assignment_id) if indicator.assignment_id else None,
        "kind": indicator.kind,
        "mask": indicator.mask,
        "bank": indicator.bank,
        "added_at": iso(indicator.added_at),
        "by_name": indicator.by.name if indicator.by else "",
        "source": indicator.source,
    }


def note_wire(note: Note) -> dict[str, Any]:
    """Return a note or photo."""
    return {
        "id": str(note.pk),
        "version": note.version,
        "case_id": str(note.case_id),
        "kind": note.kind,
        "text": note.text,
        "sha256": note.sha256 or None,
        "pending": note.kind == "photo" and note.arrived_at is None and note.dropped_at is None,
        "dropped_at": iso(note.dropped_at) if note.dropped_at else None,
        "at": iso(note.at),
        "by_name": note.by.name if note.by else "",
    }
