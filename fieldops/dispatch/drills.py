"""A drill's report: what was offered, delivered to each phone, seen, answered, and how fast."""

import datetime as dt
import json
import uuid
from typing import Any

from django.db.models import QuerySet

from fieldops.cases.models import CaseEvent
from fieldops.dispatch.models import Assignment, AssignmentMember, Drill
from fieldops.lib.clock import iso
from fieldops.teams.access import reach, visible
from fieldops.teams.models import User

SHAPE = 1
STEPS = ("accepted_at", "set_out_at", "arrived_at", "concluded_at", "ended_at")


def drills_for(user: User) -> QuerySet[Drill]:
    """Return the drills of the user's centre, newest first."""
    rows = visible(Drill.objects.select_related("case", "started_by", "ended_by"), user)
    return rows.order_by("-started_at")


def drill_for(user: User, drill_id: object) -> Drill:
    """Return one drill within reach, or raise the same NotFound as for none."""
    return reach(Drill.objects.select_related("case", "started_by", "ended_by"), user, drill_id)


def drill_report(drill: Drill, ended_by: str) -> dict[str, Any]:
    """Return the report of a drill as it stands: times in seconds since the offer, per crew and per phone."""
    crews = Assignment.objects.filter(case=drill.case).select_related("team", "offered_by")
    return {
        "shape": SHAPE,
        "drill": str(drill.pk),
        "scene": drill.scene,
        "case_number": drill.case.number,
        "place": drill.case.whereabouts.text if drill.case.whereabouts else "",
        "chosen": drill.chosen,
        "started_at": iso(drill.started_at),
        "started_by": drill.started_by.name,
        "ended_at": iso(drill.ended_at),
        "ended_by": ended_by,
        "words": drill.words,
        "crews": [_crew(row) for row in crews.prefetch_related("members").order_by("offered_at", "pk")],
        "notices": _notices(drill),
        "lines": _lines(drill.case_id),
    }


def canonical(report: dict[str, Any]) -> bytes:
    """Return the report's bytes: the same report has the same hash."""
    return json.dumps(report, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _crew(row: Assignment) -> dict[str, Any]:
    return {
        "call_sign": row.team.call_sign,
        "status": row.status,
        "automatic": row.automatic,
        "gate": row.gate,
        "distance_m": row.distance_m,
        "eta_s": row.eta_s,
        "offered_at": iso(row.offered_at),
        "late": row.late,
        "far_m": row.arrived_far_m,
        "by_voice": row.voiced,
        **{name.replace("_at", "_s"): _after(row, getattr(row, name)) for name in STEPS},
        "members": [_member(row, member) for member in row.members.all()],
    }


def _member(row: Assignment, member: AssignmentMember) -> dict[str, Any]:
    return {
        "name": member.name,
        "delivered_s": _after(row, member.delivered_at),
        "seen_s": _after(row, member.seen_at),
        "answered_s": _after(row, member.answered_at),
        "answer": member.answer,
        "by_voice": member.by_voice,
        "rung": member.rung,
        "rung_s": _after(row, member.rung_at),
        "stood_down_s": _after(row, member.stood_down_at),
    }


def _after(row: Assignment, when: dt.datetime | None) -> float | None:
    """Return the seconds from the offer, to a tenth."""
    return round((when - row.offered_at).total_seconds(), 1) if when else None


def _notices(drill: Drill) -> list[dict[str, Any]]:
    rows = drill.case.notices.select_related("place").order_by("told_at")
    return [
        {
            "who": " ".join(filter(None, (row.place.name if row.place else "", row.contact_name))),
            "told_at": iso(row.told_at),
            "answered_at": iso(row.answered_at),
            "reached_at": iso(row.reached_at),
        }
        for row in rows
    ]


def _lines(case_id: uuid.UUID) -> list[dict[str, Any]]:
    rows = CaseEvent.objects.filter(case_id=case_id).order_by("at", "recorded_at", "pk")
    return [{"at": iso(row.at), "code": row.code, "params": row.params, "by": row.actor_name} for row in rows]
