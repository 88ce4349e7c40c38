"""A seeded day for the comparison: who wants a team, where and when; how crews and phones behave.

Rates, levels and types are the domain's; what no source gives (states after the call, how long a scam still
runs, how a town drives) is assumed and stated here. What nobody may know (the true time of the next transfer,
true speeds, who will refuse) is drawn here too: every policy meets the same day.
"""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from fieldops.cases.triage import Facts, triage
from fieldops.demo.invent import HOURS, LEVELS, TYPES, pick
from fieldops.demo.past import FIRST_CALL_S, STUDENTS
from fieldops.places.geojson import fuling


class Point(NamedTuple):
    """A place in degrees."""

    lng: float
    lat: float


DAY_S = 24 * 3600
HOME = Point(107.3893, 29.7031)  # the demo's centre
BASES = ("", "ST-07", "ST-03", "ST-10", "ST-05", "ST-09")  # the demo's four, and two more; "" is the centre
PLACES = ("community", "bank_branch", "school")
AROUND_DEG = 0.006  # people are some 600 m around the places of the map
# After the first call or three vain ones, by level, in percent.
STATES: dict[str, dict[str, int]] = {
    "critical": {"transferring": 14, "convinced": 26, "already_paid": 8, "denies": 12, "hangs_up": 10,
                 "unreached": 8, "doubtful": 8, "aware": 14},
    "high": {"transferring": 5, "convinced": 12, "already_paid": 4, "denies": 10, "hangs_up": 8,
             "unreached": 8, "doubtful": 18, "aware": 35},
    "medium": {"transferring": 1, "convinced": 4, "already_paid": 2, "denies": 9, "hangs_up": 8,
               "unreached": 10, "doubtful": 22, "aware": 44},
    "low": {"transferring": 0, "convinced": 2, "already_paid": 1, "denies": 6, "hangs_up": 7,
            "unreached": 12, "doubtful": 22, "aware": 50},
}  # fmt: skip
# Median minutes until the next transfer once a team is wanted; how often its time is told (within a fifth).
TRANSFER: dict[str, tuple[float, float]] = {"transferring": (12, 0.5), "convinced": (35, 0.25)}
TRANSFER_ELSE = (60.0, 0.1)
# How the town truly drives, in km/h by hour: slower in the rush than assumed, quicker at night.
TRUE_KMH = (
    43, 43, 43, 43, 43, 41, 36, 22, 20, 27, 31, 32, 28, 30, 32, 31, 26, 19, 20, 26, 31, 34, 38, 41,
)  # fmt: skip
DECLINES, SILENT = 0.06, 0.03
SILENT_S, UNHEARD_S = 150, 60  # the ladder's end; what a dead phone costs until they are reached by voice
POOR_FIX = 0.3  # of the crews: a phone that reports its place every ten minutes only
DEAD_A_DAY, DEAD_S = 1.0, 2 * 3600


@dataclass(frozen=True)
class Visit:
    """Somebody a team is wanted for."""

    number: int
    level: str
    at: Point
    received_s: float
    ready_s: float  # from when on a team is wanted
    transfer_s: float  # the next transfer, which nobody knows
    told_transfer_s: float | None  # … and what was said of it
    with_s: float  # how long the crew will be with him
    detour: float  # road over straight line, to here


class Answer(NamedTuple):
    """What a crew does with the offer of a visit."""

    says: str  # accept, decline, silent
    after_s: float
    ready_s: float
    drive: float  # this drive against the usual one


@dataclass
class Day:
    """One day and everything that will happen in it whatever is decided."""

    seed: str
    bases: list[Point]
    visits: list[Visit]
    alerts: int
    fix_every_s: list[float]
    dead: list[list[tuple[float, float]]] = field(default_factory=list)
    answers: dict[tuple[int, int], Answer] = field(default_factory=dict)

    def answer(self, visit: Visit, crew: int) -> Answer:
        """Return what this crew will say to this visit, whenever it is asked and by whichever policy."""
        key = (visit.number, crew)
        if key not in self.answers:
            self.answers[key] = _answer(random.Random(f"{self.seed}:{visit.number}:{crew}"))
        return self.answers[key]

    def is_dead(self, crew: int, t: float) -> bool:
        """Tell whether this crew's phones are dead: no fix, no ring."""
        return any(start <= t < end for start, end in self.dead[crew])


def draw_day(seed: str, *, alerts: float, burst: int | None = None) -> Day:
    """Draw a day with so many alerts on average; `burst`: an hour at ten times the rate."""
    rng = random.Random(f"fieldops-compare:{seed}")
    visits: list[Visit] = []
    count = 0
    for received_s in _times(rng, alerts, burst):
        count += 1
        if visit := _visit(rng, len(visits), received_s):
            visits.append(visit)
    day = Day(seed, list(_bases()), sorted(visits, key=lambda v: v.ready_s), count, [])
    for _ in day.bases:
        day.fix_every_s.append(600.0 if rng.random() < POOR_FIX else 60.0)
        starts = [rng.uniform(0, DAY_S) for _ in range(_poisson(rng, DEAD_A_DAY))]
        day.dead.append([(start, start + rng.expovariate(1 / DEAD_S)) for start in starts])
    return day


def _times(rng: random.Random, alerts: float, burst: int | None) -> Iterator[float]:
    total = sum(HOURS)
    for hour, weight in enumerate(HOURS):
        rate = alerts * (weight / total + (9 / 24 if hour == burst else 0))
        yield from sorted(3600 * (hour + rng.random()) for _ in range(_poisson(rng, rate)))


def _visit(rng: random.Random, number: int, received_s: float) -> Visit | None:
    """Phone somebody; return the visit if triage says so."""
    level, _type = pick(rng, LEVELS), pick(rng, TYPES)
    state = pick(rng, STATES[level])
    rounds = 3 if state == "unreached" else 0
    facts = Facts(
        level=level,
        victim_state="unknown" if rounds else state,
        student=rng.random() < STUDENTS,
        attempts=rounds or 1,
        unreached_rounds=rounds,
        busy_rounds=0,
    )
    called_s = rng.uniform(*FIRST_CALL_S[level]) * (1 + rounds) + rng.uniform(60, 400)
    median, known = TRANSFER.get(state, TRANSFER_ELSE)
    left_s = 60 * median * math.exp(rng.gauss(0, 0.7))
    told = left_s * rng.uniform(0.8, 1.2) if rng.random() < known else None
    where, with_s = _somewhere(rng), 60 * min(max(25 * math.exp(rng.gauss(0, 0.5)), 5), 90)
    detour = min(max(1.4 * math.exp(rng.gauss(0, 0.15)), 1.05), 2.5)
    if triage(facts).channel != "mobile_team":
        return None
    ready_s = received_s + called_s
    told_s = ready_s + told if told is not None else None
    return Visit(number, level, where, received_s, ready_s, ready_s + left_s, told_s, with_s, detour)


def _answer(rng: random.Random) -> Answer:
    draw, after_s, ready_s = rng.random(), rng.uniform(8, 45), rng.uniform(40, 110)
    drive = math.exp(rng.gauss(0, 0.15))
    if draw < DECLINES:
        return Answer("decline", after_s, ready_s, drive)
    if draw < DECLINES + SILENT:
        return Answer("silent", SILENT_S, ready_s, drive)
    return Answer("accept", after_s, ready_s, drive)


def _somewhere(rng: random.Random) -> Point:
    lng, lat = rng.choice(_places())
    return Point(lng + rng.gauss(0, AROUND_DEG), lat + rng.gauss(0, AROUND_DEG))


@cache
def _places() -> list[Point]:
    found = fuling()
    return [Point(*row.point["coordinates"]) for row in found if row.kind in PLACES and row.point]


@cache
def _bases() -> list[Point]:
    points = {row.code: Point(*row.point["coordinates"]) for row in fuling() if row.point}
    return [points.get(code, HOME) for code in BASES]


def _poisson(rng: random.Random, mean: float) -> int:
    """Return a Poisson number, by waiting times."""
    count, t = 0, rng.expovariate(1)
    while t < mean:
        count, t = count + 1, t + rng.expovariate(1)
    return count
