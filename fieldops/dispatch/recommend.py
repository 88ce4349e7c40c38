"""Recommendation: the crews on shift, the one that costs least first; every exclusion and weight in codes."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from fieldops.cases.models import Case
from fieldops.dispatch.gate import CrewFacts, GateVerdict, gate
from fieldops.dispatch.models import TAKEN, Status
from fieldops.dispatch.picture import Picture, fresh_fix, read_picture
from fieldops.dispatch.score import WORTH
from fieldops.teams.models import Duty, Shift
from fieldops.teams.rollcall import Crew, OnTeam


@dataclass
class Candidate:
    """One crew with its estimate, its gate verdict and its reasons."""

    crew: Crew
    verdict: GateVerdict
    distance_m: int | None = None
    eta_s: int | None = None
    eta_off_s: int = 0  # how far the estimate may be off, either way
    basis: str = ""  # what the estimate rests on: road, fitted, assumed
    score_s: int = 0  # what sending it costs, in seconds of waiting
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
            "eta_off_s": self.eta_off_s,
            "basis": self.basis,
            "score_s": self.score_s,
            "load": self.load,
            "reasons": self.reasons,
        }


def recommend(case: Case, *, at: dt.datetime) -> list[Candidate]:
    """Return every crew on shift, the one whose sending costs least first; who cannot be sent comes last."""
    return candidates(read_picture(case.center_id, [case.pk], at), 0)


def candidates(picture: Picture, row: int) -> list[Candidate]:
    """Return the crews for one of the picture's cases, best first."""
    found = [_candidate(picture, row, column) for column in range(len(picture.crews))]
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


def verdict_of(picture: Picture, row: int, column: int) -> GateVerdict:
    """Return the gate's verdict on one crew for one case."""
    return gate(crew_facts(picture, row, column))


def crew_facts(picture: Picture, row: int, column: int) -> CrewFacts:
    """Return what the gate looks at for this crew and this case."""
    case, crew = picture.cases[row], picture.crews[column]
    live = picture.live(crew)
    hands = crew.hands.values()
    silent = crew.silent(picture.at)
    taken = next((a for a in live if a.status in TAKEN), None)
    offered = next((a for a in live if a.status == Status.OFFERED), None)
    return CrewFacts(
        same_center=True,
        on_shift=True,
        standby=sum(hand.duty == Duty.STANDBY for hand in hands),
        on_break=sum(hand.duty == Duty.BREAK for hand in hands),
        size=len(hands),
        ringing=len(hands) - len(silent),
        silent=silent,
        engaged_on=taken.case.number if taken else "",
        offered_on=offered.case.number if offered else "",
        on_this_case=any(a.case_id == case.pk for a in live),
        free_left=picture.free - picture.is_free(crew),
        resting=crew.resting(picture.at),
        missing_skills=picture.lacks(case, crew),
    )


def _rank(candidate: Candidate) -> tuple[bool, int, str]:
    return (candidate.verdict.verdict == "block", candidate.score_s, candidate.crew.team.call_sign)


def _candidate(picture: Picture, row: int, column: int) -> Candidate:
    crew, scores = picture.crews[column], picture.scores
    found = Candidate(crew, verdict_of(picture, row, column), load=picture.load(crew))
    found.score_s = round(float(scores.seconds[row, column]))
    found.reasons = reasons_of(picture, row, column)
    if found.verdict.verdict == "warn":
        found.score_s += WORTH["warned"]
        found.reasons.append(_reason("warned", WORTH["warned"]))
    if picture.cases[row].lng is not None:
        drive_s = float(scores.drive_s[row, column])
        found.distance_m = round(float(picture.metres[row, column]))
        found.basis = picture.travel.basis(row, column)
        found.eta_s = round(scores.ready_s + drive_s)
        found.eta_off_s = round(picture.travel.spread * drive_s + float(scores.fix_s[column]))
    return found


def reasons_of(picture: Picture, row: int, column: int) -> list[dict[str, Any]]:
    """Return what speaks for and against a crew, each with the seconds it counts as (`weight_s`)."""
    scores, crew = picture.scores, picture.crews[column]
    share = float(scores.share[row])
    known = picture.cases[row].lng is not None
    found: list[dict[str, Any]] = []
    if known:
        metres = round(float(picture.metres[row, column]))
        basis = picture.travel.basis(row, column)
        found.append(_reason("distance", 0, metres=metres, basis=basis))
        if settings.TRAVEL_URL and basis != "road":
            found.append(_reason("no_road_time", 0))
        fix = fresh_fix(crew, picture.at)
        age_s = int((picture.at - fix.fix_at).total_seconds()) if fix else 0
        stale = float(scores.fix_s[column])
        found.append(_reason("from_fix", stale, age_s=age_s) if fix else _reason("from_base", stale))
    else:
        found.append(_reason("place_unknown", 0))
    found.append(_reason("load", share * float(scores.load_s[column]), count=picture.load(crew)))
    if known:
        found.append(_reason("late", float(scores.late_s[row, column])))
    found.append(_reason("rest", share * float(scores.rest_s[column])))
    for bond in picture.bonds.get((row, column), ()):
        found.append(_reason(f"bond_{bond.code}", WORTH[bond.code], **bond.params))
    found.append(_reason("cover", share * float(scores.cover_s[column])))
    return [entry for entry in found if entry["code"] in ALWAYS or entry["params"]["weight_s"]]


ALWAYS = ("distance", "no_road_time", "place_unknown", "from_fix", "from_base", "load")


def _reason(code: str, weight_s: float, **params: Any) -> dict[str, Any]:
    return {"code": code, "params": {**params, "weight_s": round(weight_s)}}
