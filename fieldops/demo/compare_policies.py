"""The policies that are compared, and the bound none of them can beat."""

import datetime as dt
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from fieldops.demo.compare_day import Day, Point, Visit
from fieldops.demo.compare_replay import Policy, Standing, due_s, far_m, speed
from fieldops.dispatch.plan import BLOCKED, WARNED, costs, solve
from fieldops.dispatch.score import FIX_GOOD_S, RESTED_S, SHARE, CaseRow, CrewRow, Demand, score
from fieldops.dispatch.travel import Array, StraightLine
from fieldops.lib.clock import LOCAL

MIDNIGHT = dt.datetime(2026, 11, 18, tzinfo=LOCAL)
Pairs = set[tuple[int, int]]


@dataclass(frozen=True)
class Known:
    """What a centre has learned from its past: how it drives, where and how often people are visited."""

    travel: StraightLine
    places: Sequence[Sequence[float]]
    an_hour: Sequence[float]

    def demand(self, t: float) -> Demand:
        return Demand(np.array(self.places, float), self.an_hour[int(t // 3600) % 24])


def nearest(known: Known) -> Policy:
    """Nearest first: each case in the queue's order is given the free crew last seen nearest to it."""

    def decide(
        t: float, visits: Sequence[Visit], free: Sequence[Standing], no: Pairs
    ) -> list[tuple[int, int]]:
        chosen, left = [], list(free)
        for visit in visits:
            may = [crew for crew in left if (visit.number, crew.crew) not in no]
            if may:
                best = min(may, key=lambda crew: (far_m(crew.at, visit.at), crew.crew))
                left.remove(best)
                chosen.append((visit.number, best.crew))
        return chosen

    return decide


def greedy(known: Known) -> Policy:
    """Greedy by our score: each case in the queue's order is given the head of its recommendation."""

    def decide(
        t: float, visits: Sequence[Visit], free: Sequence[Standing], no: Pairs
    ) -> list[tuple[int, int]]:
        chosen, left = [], list(free)
        for visit in visits:
            if not left:
                break
            gain = weigh(known, t, [visit], left, no)[0]
            best = int(gain.argmin())
            if gain[best] < 0:
                chosen.append((visit.number, left.pop(best).crew))
        return chosen

    return decide


def joint(known: Known) -> Policy:
    """The joint plan: all waiting cases and all free crews at once."""

    def decide(
        t: float, visits: Sequence[Visit], free: Sequence[Standing], no: Pairs
    ) -> list[tuple[int, int]]:
        plan = solve(weigh(known, t, visits, free, no))
        given = zip(visits, plan.crews, strict=True)
        return [(visit.number, free[column].crew) for visit, column in given if column >= 0]

    return decide


def weigh(known: Known, t: float, visits: Sequence[Visit], free: Sequence[Standing], no: Pairs) -> Array:
    """Return what each pairing gains, by the same score and plan as at the desk."""
    cases = [
        CaseRow(*visit.at, SHARE[visit.level], due_s(visit) - t, t - visit.received_s) for visit in visits
    ]
    crews = [_row(crew) for crew in free]
    verdicts = np.array(
        [
            [BLOCKED if (v.number, c.crew) in no else 0 if c.rings else WARNED for c in free]
            for v in visits
        ],
        float,
    )  # fmt: skip
    at = MIDNIGHT + dt.timedelta(seconds=t)
    found = score(cases, crews, [], known.demand(t), known.travel, at)
    return costs(found.seconds, found.share, found.waited_s, verdicts)


def _row(crew: Standing) -> CrewRow:
    age_s = FIX_GOOD_S if crew.fix_age_s is None else crew.fix_age_s
    return CrewRow(*crew.at, age_s, crew.load, min(crew.rested_s, RESTED_S), True)


POLICIES: dict[str, Callable[[Known], Policy]] = {
    "nearest first": nearest,
    "greedy by score": greedy,
    "joint plan": joint,
}


def bound(day: Day) -> dict[int, float]:
    """Return for each visit a time before which no policy at all can have somebody with him.

    Every crew counts as free at once, wherever it could be: at its base, with somebody met earlier (not
    before that visit can have ended), or anywhere on the way home from there; the readiest crew answers and
    the quickest drives.
    """
    found: dict[int, float] = {}
    for visit in day.visits:
        answers = [day.answer(visit, crew) for crew in range(len(day.bases))]
        asked_s = min(min(a.after_s, 45.0) + a.ready_s for a in answers)
        drive = visit.detour * min(a.drive for a in answers)
        # Somebody waiting could be met later, so whoever was wanted before may have been met by now.
        starts = [(visit.ready_s, min(far_m(base, visit.at) for base in day.bases))]
        for other in day.visits:
            ended_s = found[other.number] + other.with_s if other.number in found else math.inf
            if ended_s < math.inf:
                off = min(_off_road(other.at, base, visit.at) for base in day.bases)
                starts.append((max(visit.ready_s, ended_s), off))
        found[visit.number] = min(_soonest(s + asked_s, metres * drive) for s, metres in starts)
    return found


def _off_road(a: Point, b: Point, place: Point) -> float:
    """Return the straight distance from a place to the line between two points."""
    cos = math.cos(math.radians(place.lat))
    ax, ay = (a.lng - place.lng) * cos, a.lat - place.lat
    dx, dy = (b.lng - a.lng) * cos, b.lat - a.lat
    whole = dx * dx + dy * dy
    share = min(max(-(ax * dx + ay * dy) / whole, 0.0), 1.0) if whole else 0.0
    return far_m(Point(a.lng + share * (b.lng - a.lng), a.lat + share * (b.lat - a.lat)), place) * 0.998


def _soonest(out_s: float, road_m: float) -> float:
    """Return the earliest arrival of one who may set out at `out_s` or at any later change of speed."""
    hours = [out_s, *(3600.0 * (out_s // 3600 + later) for later in range(1, 5))]
    return min(start + road_m / speed(start) for start in hours)
