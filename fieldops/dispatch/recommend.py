"""Recommendation: on-call crews by arrival estimate, then load; every exclusion and reason in codes."""

import datetime as dt
import uuid
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q

from fieldops.cases.models import Case
from fieldops.dispatch.gate import ORDER, CrewFacts, GateVerdict, gate
from fieldops.dispatch.models import LIVE, TAKEN, Assignment, Status
from fieldops.lib.geo import haversine_m
from fieldops.teams.models import Duty, Shift
from fieldops.teams.rollcall import Crew, OnTeam, crews_on

DETOUR = 1.4  # road over straight line, assumed until fitted from trips
SPEED_MPS = 8.3  # 30 km/h across town, assumed
GETTING_READY_S = 60
FIX_GOOD = dt.timedelta(minutes=15)


@dataclass
class Candidate:
    """One crew with its estimate, its gate verdict and its reasons."""

    crew: Crew
    verdict: GateVerdict
    distance_m: int | None = None
    eta_s: int | None = None
    reasons: list[dict[str, Any]] = field(default_factory=list)
    load: int = 0

    def wire(self) -> dict[str, Any]:
        return {
            "team": {"id": str(self.crew.team_id), "call_sign": self.crew.team.call_sign},
            "shift_id": str(self.crew.pk),
            "verdict": self.verdict.verdict,
            "gate": self.verdict.reasons,
            "distance_m": self.distance_m,
            "eta_s": self.eta_s,
            "load": self.load,
            "reasons": self.reasons,
        }


def recommend(case: Case, *, at: dt.datetime) -> list[Candidate]:
    """Return every crew on shift, best first: allowed, warned, blocked; then soonest, then least used."""
    crews = crews_on(case.center_id, at)
    live = _live_by_shift(case)
    loads = _loads([crew.pk for crew in crews])
    free = sum(crew.stands_by and crew.pk not in live for crew in crews)
    found = [_candidate(case, crew, live, loads, free, at) for crew in crews]
    return sorted(found, key=_rank)


def candidate_among(ranked: list[Candidate], case: Case, shift: Shift) -> Candidate:
    """Return one crew's candidacy; a crew not on shift or of another centre is blocked in words."""
    for candidate in ranked:
        if candidate.crew.pk == shift.pk:
            return candidate
    facts = CrewFacts(
        same_center=shift.center_id == case.center_id,
        on_shift=False,
        standby=0,
        on_break=0,
        size=0,
        ringing=0,
    )
    team = OnTeam(shift.team_id, shift.team.call_sign, shift.team.lng, shift.team.lat)
    return Candidate(Crew(shift.pk, shift.center_id, team), gate(facts))


def _rank(candidate: Candidate) -> tuple[int, int, int, str]:
    eta = candidate.eta_s if candidate.eta_s is not None else 10**6
    return (ORDER[candidate.verdict.verdict], eta, candidate.load, candidate.crew.team.call_sign)


def _candidate(
    case: Case,
    crew: Crew,
    live: dict[uuid.UUID, list[Assignment]],
    loads: dict[uuid.UUID, int],
    free: int,
    at: dt.datetime,
) -> Candidate:
    facts = crew_facts(case, crew, live.get(crew.pk, []), free, at)
    candidate = Candidate(crew, gate(facts), load=loads.get(crew.pk, 0))
    _estimate(candidate, case, at)
    candidate.reasons.append({"code": "load", "params": {"count": candidate.load}})
    return candidate


def crew_facts(case: Case, crew: Crew, live: list[Assignment], free: int, at: dt.datetime) -> CrewFacts:
    """Return what the gate looks at for this crew and this case."""
    hands = crew.hands.values()
    silent = crew.silent(at)
    taken = next((a for a in live if a.status in TAKEN), None)
    offered = next((a for a in live if a.status == Status.OFFERED), None)
    return CrewFacts(
        same_center=crew.center_id == case.center_id,
        on_shift=True,
        standby=sum(hand.duty == Duty.STANDBY for hand in hands),
        on_break=sum(hand.duty == Duty.BREAK for hand in hands),
        size=len(hands),
        ringing=len(hands) - len(silent),
        silent=silent,
        engaged_on=taken.case.number if taken else "",
        offered_on=offered.case.number if offered else "",
        on_this_case=any(a.case_id == case.pk for a in live),
        free_left=free - 1 if crew.stands_by and not live else free,
    )


def _estimate(candidate: Candidate, case: Case, at: dt.datetime) -> None:
    """Set distance and arrival estimate from the freshest fix of the crew, else from the team's base."""
    where = case.whereabouts
    if where is None or where.lng is None or where.lat is None:
        candidate.reasons.append({"code": "place_unknown", "params": {}})
        return
    lng, lat, reason = _crew_point(candidate.crew, at)
    candidate.distance_m = round(haversine_m(lng, lat, where.lng, where.lat))
    candidate.eta_s = round(GETTING_READY_S + candidate.distance_m * DETOUR / SPEED_MPS)
    candidate.reasons.append({"code": "distance", "params": {"metres": candidate.distance_m}})
    candidate.reasons.append(reason)


def _crew_point(crew: Crew, at: dt.datetime) -> tuple[float, float, dict[str, Any]]:
    fixes = [hand.fix for hand in crew.hands.values() if hand.fix and at - hand.fix.fix_at < FIX_GOOD]
    fresh = max(fixes, key=lambda fix: fix.fix_at, default=None)
    if fresh is None:
        return crew.team.lng, crew.team.lat, {"code": "from_base", "params": {}}
    age = int((at - fresh.fix_at).total_seconds())
    return fresh.lng, fresh.lat, {"code": "from_fix", "params": {"age_s": age}}


def _live_by_shift(case: Case) -> dict[uuid.UUID, list[Assignment]]:
    """Return what each crew is asked about or on; a drill keeps nobody from a real case."""
    rows = Assignment.objects.filter(center_id=case.center_id, status__in=LIVE).select_related("case")
    rows = rows if case.drill else rows.filter(drill=False)
    rows = rows.only("status", "shift_id", "case_id", "case__number")
    found: dict[uuid.UUID, list[Assignment]] = {}
    for row in rows:
        found.setdefault(row.shift_id, []).append(row)
    return found


def _loads(shift_ids: list[uuid.UUID]) -> dict[uuid.UUID, int]:
    done = Q(status__in=[*TAKEN, Status.CONCLUDED], drill=False)
    rows = Assignment.objects.filter(done, shift_id__in=shift_ids).values("shift_id").annotate(n=Count("pk"))
    return {row["shift_id"]: row["n"] for row in rows.order_by()}
