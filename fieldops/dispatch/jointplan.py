"""The waiting cases of a centre and its crews, planned together; and why not the nearest crew."""

import datetime as dt
import uuid
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from fieldops.cases.models import Case, Stage
from fieldops.dispatch.gate import ORDER
from fieldops.dispatch.picture import Asked, Picture, read_picture
from fieldops.dispatch.plan import BLOCKED, WARNED, Plan, costs, solve, solve_with
from fieldops.dispatch.recommend import Candidate, candidates, reasons_of, verdict_of
from fieldops.dispatch.travel import Array
from fieldops.teams.rollcall import Crew

# Weights under this are not worth a word.
SAID_S = 20


@dataclass
class JointPlan:
    """Every waiting case with a known place, and the crew it is given."""

    picture: Picture

    @cached_property
    def verdicts(self) -> Array:
        """Return the gate's verdict by case and crew.

        Cases differ to it only by the skills they ask for (a crew on any case is blocked for all): cases that
        ask for the same are judged once.
        """
        needs = [self.picture.needs(case) for case in self.picture.cases]
        first = {skills: self._verdicts_of(needs.index(skills)) for skills in set(needs)}
        return np.array([first[skills] for skills in needs], float)

    def _verdicts_of(self, row: int) -> list[int]:
        return [ORDER[verdict_of(self.picture, row, j).verdict] for j in range(len(self.picture.crews))]

    @cached_property
    def gain(self) -> Array:
        scores = self.picture.scores
        return costs(scores.seconds, scores.share, scores.waited_s, self.verdicts)

    @cached_property
    def plan(self) -> Plan:
        return solve(self.gain)

    def crew_for(self, case_id: uuid.UUID) -> Crew | None:
        """Return the crew this case is given; None: it waits, or it is not planned."""
        number = self._number(case_id)
        column = self.plan.crews[number] if number is not None else -1
        return self.picture.crews[column] if column >= 0 else None

    def _number(self, case_id: uuid.UUID) -> int | None:
        """Return the case's row."""
        return next((n for n, case in enumerate(self.picture.cases) if case.pk == case_id), None)

    def why_not_nearest(self, case_id: uuid.UUID) -> list[dict[str, Any]]:
        """Return in codes why the case is given its crew and not the nearest."""
        number = self._number(case_id)
        if number is None or (chosen := self.plan.crews[number]) < 0:
            return []
        arrival = self.picture.scores.drive_s[number]
        nearest = int(np.lexsort((np.arange(len(arrival)) != chosen, arrival))[0])
        if nearest == chosen:
            return [_entry("plan_is_nearest")]
        params = {
            "team": self.picture.crews[nearest].team.call_sign,
            "nearer_s": round(float(arrival[chosen] - arrival[nearest])),
        }
        return [self._why(number, chosen, nearest, params)]

    def _why(self, number: int, chosen: int, nearest: int, params: dict[str, Any]) -> dict[str, Any]:
        verdict = self.verdicts[number, nearest]
        if verdict == BLOCKED:
            return _entry("nearest_blocked", **params)
        if verdict == WARNED and self.verdicts[number, chosen] < WARNED:
            return _entry("nearest_warned", **params)
        other = next((n for n, crew in enumerate(self.plan.crews) if crew == nearest), None)
        if other is not None:
            return self._needed(number, nearest, other, params)
        return self._dearer(number, chosen, nearest, params)

    def _needed(self, number: int, nearest: int, other: int, params: dict[str, Any]) -> dict[str, Any]:
        """Say what insisting on the nearest would do to the case that is given it."""
        case: Asked = self.picture.cases[other]
        instead = solve_with(self.gain, number, nearest).crews[other]
        arrival = self.picture.scores.drive_s[other]
        sooner = round(float(arrival[instead] - arrival[nearest])) if instead >= 0 else 0
        if sooner >= 1:
            return _entry("nearest_needed", **params, case=case.number, sooner_s=sooner)
        return _entry("nearest_weighed", **params, case=case.number)

    def _dearer(self, row: int, chosen: int, nearest: int, params: dict[str, Any]) -> dict[str, Any]:
        """Say what counts against the nearest more than against the chosen; else what the chosen has."""
        ours, theirs = (reasons_of(self.picture, row, column) for column in (chosen, nearest))
        if against := _heavier(theirs, ours):
            return _entry("nearest_costs", **params, because=against)
        return _entry("nearest_outdone", **params, because=_heavier(ours, theirs, sign=-1))


def _heavier(these: list[dict[str, Any]], those: list[dict[str, Any]], sign: int = 1) -> list[dict[str, Any]]:
    """Return the two reasons that count most in one list beyond what they count in the other."""
    other = {entry["code"]: entry["params"]["weight_s"] for entry in those}
    more = [(sign * (e["params"]["weight_s"] - other.get(e["code"], 0)), e) for e in these]
    return [e for extra, e in sorted(more, key=lambda pair: -pair[0]) if extra >= SAID_S][:2]


def _entry(code: str, **params: Any) -> dict[str, Any]:
    return {"code": code, "params": params}


def waiting_cases(center_id: uuid.UUID) -> list[uuid.UUID]:
    """Return the cases that wait for a mobile team and whose place is known, the next loss first."""
    rows = Case.objects.filter(
        center_id=center_id, stage=Stage.TO_SEND, drill=False, whereabouts__lng__isnull=False
    )
    found = rows.order_by("due_at", "pk").values_list("pk", "triage_channel", "triage_override")
    return [pk for pk, rule, own in found if (own["channel"] if own else rule) == "mobile_team"]


def plan_with(case: Case, *, at: dt.datetime) -> tuple[list[Candidate], JointPlan | None]:
    """Return the crews for this case, best first, and, where several cases wait, the plan for all of them."""
    waiting = waiting_cases(case.center_id) if case.stage == Stage.TO_SEND and not case.drill else []
    together = len(waiting) > 1 and case.pk in waiting
    picture = read_picture(case.center_id, waiting if together else [case.pk], at)
    row = next(n for n, asked in enumerate(picture.cases) if asked.pk == case.pk)
    ranked = candidates(picture, row)
    if not together or not picture.crews:
        return ranked, None
    return ranked, JointPlan(picture)


def plan_wire(case: Case, plan: JointPlan | None) -> dict[str, Any] | None:
    """Return what the plan says of one case; None where only this one waits."""
    if plan is None:
        return None
    crew = plan.crew_for(case.pk)
    return {
        "waiting": len(plan.picture.cases),
        "team": {"id": str(crew.team_id), "call_sign": crew.team.call_sign} if crew else None,
        "why_not_nearest": plan.why_not_nearest(case.pk),
    }
