"""What a handover lists, and what stands in the way of its signature; read as of one moment."""

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any

from fieldops.cases.models import Case
from fieldops.cases.queries import open_cases
from fieldops.dispatch.models import LIVE, TAKEN, Assignment
from fieldops.dispatch.queries import live_assignments
from fieldops.feed.models import Alarm
from fieldops.handover.models import Handover
from fieldops.lib.clock import iso
from fieldops.sync.checking import unsettled_phones
from fieldops.teams.models import Device, Shift
from fieldops.teams.rollcall import crews_on


def contents(handover: Handover, at: dt.datetime) -> dict[str, Any]:
    """Return what passes on: work in hand, phones, alarms, notes; personal data masked."""
    listed = _crew(handover.shift, at) if handover.shift else _desk(handover, at)
    return {**listed, "notes": handover.notes}


def blocks(handover: Handover, listed: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what forbids the signature, as codes with what it is about; nothing may be left unowned."""
    found = {
        "unowned": [row["number"] for row in listed["cases"] if row["to"] is None],
        "still_taken": [row["number"] for row in listed["assignments"]] if handover.shift else [],
        "unsettled_phone": [
            f"{row['name']}: {', '.join(row['reasons'])}" for row in listed["unsettled"] if row["blocks"]
        ],
    }
    return [{"code": code, "what": what} for code, what in found.items() if what]


def work_in_hand(center_id: uuid.UUID) -> list[Case]:
    """Return the centre's open cases that count: a drill is nobody's to inherit."""
    return [case for case in open_cases(center_id) if not case.drill]


def _desk(handover: Handover, at: dt.datetime) -> dict[str, Any]:
    center_id = handover.center_id
    owners = {row.case_id: row.to for row in handover.cases.select_related("to")}
    crews = live_assignments(center_id)
    alarms = Alarm.objects.filter(center_id=center_id, acknowledged_at__isnull=True).order_by("raised_at")
    people = [hand for crew in crews_on(center_id, at) for hand in crew.hands]
    return {
        "cases": [_case_row(case, owners.get(case.pk)) for case in work_in_hand(center_id)],
        "assignments": [_assignment_row(row) for row in crews if row.status in TAKEN and not row.drill],
        "cannot_ring": [who for crew in crews_on(center_id, at) for who in crew.silent(at)],
        "unsent": _unsent(people),
        "unsettled": [],
        "alarms": [{"kind": row.kind, "case": row.case_number, "at": iso(row.raised_at)} for row in alarms],
    }


def _crew(shift: Shift, at: dt.datetime) -> dict[str, Any]:
    """A crew's own: a case is the desk's to pass on, so a crew's handover lists none."""
    rows = Assignment.objects.filter(shift=shift, status__in=LIVE, drill=False).select_related("case", "team")
    phones = unsettled_phones(shift, at=at)
    return {
        "cases": [],
        "assignments": [_assignment_row(row) for row in rows.order_by("offered_at")],
        "cannot_ring": [
            who for crew in crews_on(shift.center_id, at) if crew.pk == shift.pk for who in crew.silent(at)
        ],
        "unsent": _unsent(shift.members.values_list("user_id", flat=True)),
        "unsettled": [
            {"name": row.device.user.name, "reasons": list(row.reasons), "blocks": row.blocks}
            for row in phones
        ],
        "alarms": [],
    }


def _case_row(case: Case, to: Any) -> dict[str, Any]:
    return {
        "id": str(case.pk),
        "number": case.number,
        "level": case.level,
        "name": case.person.name_mask,
        "stage": case.stage,
        "due_at": iso(case.due_at),
        "due_for": case.due_for,
        "to": {"id": str(to.pk), "name": to.name} if to else None,
    }


def _assignment_row(row: Assignment) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "case_id": str(row.case_id),
        "number": row.case.number,
        "team": row.team.call_sign,
        "status": row.status,
    }


def _unsent(people: Iterable[uuid.UUID]) -> list[dict[str, Any]]:
    """Return the phones that hold something we lack."""
    rows = Device.objects.filter(user__in=list(people), pending__gt=0, revoked_at__isnull=True)
    return [
        {"name": row.user.name, "count": row.pending, "oldest_at": iso(row.oldest_pending_at)}
        for row in rows.select_related("user").order_by("user__username", "pk")
    ]
