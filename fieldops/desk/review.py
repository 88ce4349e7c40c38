"""What came of the visits: the members' reports side by side, sums by basis, indicators, the label."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _

from fieldops.cases.models import Case
from fieldops.desk import faces
from fieldops.desk.strips import is_disputed
from fieldops.desk.words import word
from fieldops.dispatch.models import Assignment
from fieldops.outcomes.models import Note, VisitReport

SUMS = ("prevented", "lost", "stopped")


def review(
    case: Case, rows: list[Assignment], names: dict[str, str], at: dt.datetime
) -> dict[str, Any] | None:
    """Return the outcome, or None while there is no report."""
    reports = list(case.reports.select_related("author", "assignment__team").order_by("filed_at"))
    if not reports:
        return None
    visits = []
    for row in rows:
        mine = [report for report in reports if report.assignment_id == row.pk]
        if mine:
            visits.append(visit_of(row, mine, names, at))
    return {
        "visits": visits,
        "disputed": any(visit["disputed"] for visit in visits),
        "indicators": [
            {
                "kind": word("indicator", found.kind),
                "mask": found.mask,
                "bank": found.bank,
                "by": found.by.name if found.by else "",
                "at": faces.moment(found.added_at, at),
            }
            for found in case.indicators.select_related("by").order_by("added_at")
        ],
        "follow_up": _follow_up(case, at),
    }


def photos_of(case: Case, at: dt.datetime) -> list[dict[str, Any]]:
    """Return the crew's photos; one whose bytes are still on the phone, or never come, says so."""
    rows = case.crew_notes.filter(kind=Note.Kind.PHOTO).select_related("by").order_by("at")
    return [
        {
            "id": str(note.pk),
            "by": note.by.name if note.by else "",
            "at": faces.moment(note.at, at),
            "text": note.text,
            "pending": note.arrived_at is None,
            "dropped": note.dropped_at is not None,
        }
        for note in rows
    ]


def visit_of(
    row: Assignment, reports: list[VisitReport], names: dict[str, str], at: dt.datetime
) -> dict[str, Any]:
    """Return a visit's reports side by side, what differs marked."""
    disputed = is_disputed(reports)
    chosen = next((report for report in reports if report.decided), reports[0])
    return {
        "call_sign": row.team.call_sign,
        "concluded": faces.moment(row.concluded_at, at) if row.concluded_at else "",
        "disputed": disputed,
        "decided": any(report.decided for report in reports),
        "reports": [
            {
                "id": str(report.pk),
                "author": report.author.name,
                "at": faces.moment(report.filed_at, at),
                "voice": report.by_voice,
                "late": report.late,
                "decided": report.decided,
            }
            for report in reports
        ],
        "rows": _rows(reports, names),
        "sums": [_sum(chosen, name) for name in SUMS],
        "label": ""
        if disputed
        else " · ".join(filter(None, (word("effect", chosen.effect), names.get(chosen.scam_type, "")))),
        "words": [report.words for report in reports if report.words],
    }


def _rows(reports: list[VisitReport], names: dict[str, str]) -> list[dict[str, Any]]:
    """Return each answer beside the other's; where they differ is marked."""
    asked: list[tuple[str, Any]] = [
        (_("who was met"), lambda r: word("met", r.met)),
        (_("state after"), lambda r: word("state", r.state_after)),
        (_("effect"), _effect),
        (_("scam type"), lambda r: names.get(r.scam_type, r.scam_type)),
        (_("Prevented"), lambda r: _money(r, "prevented")),
        (_("Lost"), lambda r: _money(r, "lost")),
        (_("Stopped"), lambda r: _money(r, "stopped")),
    ]
    found = []
    for title, read in asked:
        answers = [read(report) for report in reports]
        found.append({"title": title, "answers": answers, "differ": len(set(answers)) > 1})
    return found


def _effect(report: VisitReport) -> str:
    reason = f" ({word('ineffective', report.ineffective_reason)})" if report.ineffective_reason else ""
    return word("effect", report.effect) + reason


def _money(report: VisitReport, name: str) -> str:
    fen, basis = getattr(report, f"{name}_fen"), getattr(report, f"{name}_basis")
    return f"{faces.sum_full(fen)} · {word('basis', basis)}" if fen else "0"


def _sum(report: VisitReport, name: str) -> dict[str, str]:
    titles = {"prevented": _("Prevented"), "lost": _("Lost"), "stopped": _("Stopped")}
    fen, basis = getattr(report, f"{name}_fen"), getattr(report, f"{name}_basis")
    return {
        "name": name,
        "title": titles[name],
        "sum": faces.sum_full(fen),
        "basis": word("basis", basis) if fen else "",
    }


def _follow_up(case: Case, at: dt.datetime) -> dict[str, Any] | None:
    found = case.follow_ups.order_by("-due_at").first()
    if found is None:
        return None
    return {
        "id": str(found.pk),
        "due": faces.moment(found.due_at, at),
        "done": faces.moment(found.done_at, at) if found.done_at else "",
        "valid": found.valid,
        "remark": found.remark,
    }
