"""Replay a day under a policy: crews are asked, refuse, drive, stay, drive home."""

import heapq
import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from django.conf import settings

from fieldops.demo.compare_day import DAY_S, TRUE_KMH, UNHEARD_S, Day, Point, Visit
from fieldops.dispatch.fitting import Trip
from fieldops.lib.geo import EARTH_M

LOOK_EVERY_S = 300.0
NEAR_S = 600.0  # covered: a free crew could be there in ten minutes' drive
HOME_DETOUR = 1.4
DEGREE_M = math.pi / 180 * EARTH_M


class Standing(NamedTuple):
    """A free crew as the desk sees it."""

    crew: int
    at: Point  # its last fix, or its base
    fix_age_s: float | None  # None: no fix, counted from the base
    rings: bool
    load: int
    rested_s: float


# Whom to send now: from the waiting visits, next loss first, and the free crews; pairs (visit, crew).
Policy = Callable[[float, Sequence[Visit], Sequence[Standing], "set[tuple[int, int]]"], list[tuple[int, int]]]


@dataclass
class Crew:
    """Where a crew truly is."""

    number: int
    base: Point
    free: bool = True
    left: Point | None = None  # on the way home: from where and since when
    left_s: float = 0.0
    load: int = 0

    def at(self, t: float) -> Point:
        """Return where it is at `t`, while free: on the way home or there."""
        if self.left is None:
            return self.base
        whole = far_m(self.left, self.base) * HOME_DETOUR / speed(self.left_s)
        share = min((t - self.left_s) / whole, 1.0) if whole > 0 else 1.0
        return Point(
            self.left.lng + share * (self.base.lng - self.left.lng),
            self.left.lat + share * (self.base.lat - self.left.lat),
        )


@dataclass
class Replay:
    """What came of a day."""

    met_s: dict[int, float] = field(default_factory=dict)  # by visit: when somebody sat down beside him
    offers: int = 0
    covered: list[float] = field(default_factory=list)
    trips: list[Trip] = field(default_factory=list)


def speed(t: float) -> float:
    """Return the true speed on the road in metres a second."""
    return TRUE_KMH[int(t // 3600) % 24] / 3.6


def far_m(a: Point, b: Point) -> float:
    """Return the straight distance on the plane, as good as the sphere over a district."""
    east = (a.lng - b.lng) * math.cos(math.radians((a.lat + b.lat) / 2))
    return math.hypot(east, a.lat - b.lat) * DEGREE_M


class Machine:
    """One day under one policy: a queue of what happens next."""

    def __init__(self, day: Day, policy: Policy, demand: Sequence[Sequence[float]] = ()) -> None:
        self.day, self.policy, self.demand = day, policy, demand
        self.crews = [Crew(number, base) for number, base in enumerate(day.bases)]
        self.waiting: dict[int, Visit] = {}
        self.refused: set[tuple[int, int]] = set()
        self.pressed: set[int] = set()  # visits everybody has refused once: who is asked again goes
        self.found = Replay()
        self.order = itertools.count()
        self.queue: list[tuple[float, int, Callable[[float], None]]] = []

    def run(self) -> Replay:
        """Let the day pass until everybody was met."""
        for visit in self.day.visits:
            self._later(visit.ready_s, partial(self._wanted, visit))
        if self.demand:
            for look in range(int(DAY_S / LOOK_EVERY_S)):
                self._later(look * LOOK_EVERY_S, self._look)
        while self.queue:
            t, _, happens = heapq.heappop(self.queue)
            happens(t)
        return self.found

    def _later(self, t: float, happens: Callable[[float], None]) -> None:
        heapq.heappush(self.queue, (t, next(self.order), happens))

    def _wanted(self, visit: Visit, t: float) -> None:
        self.waiting[visit.number] = visit
        self._decide(t)

    def _decide(self, t: float) -> None:
        free = [self._standing(crew, t) for crew in self.crews if crew.free]
        if not free or not self.waiting:
            return
        visits = sorted(self.waiting.values(), key=lambda visit: (due_s(visit), visit.number))
        for number, crew in self.policy(t, visits, free, self.refused):
            self._offer(self.waiting.pop(number), self.crews[crew], t)

    def _standing(self, crew: Crew, t: float) -> Standing:
        rested_s = t - crew.left_s if crew.left else math.inf
        if self.day.is_dead(crew.number, t):
            return Standing(crew.number, crew.base, None, False, crew.load, rested_s)
        every_s = self.day.fix_every_s[crew.number]
        seen_s = max(t - t % every_s, crew.left_s) if crew.left else t - t % every_s
        return Standing(crew.number, crew.at(seen_s), t - seen_s, True, crew.load, rested_s)

    def _offer(self, visit: Visit, crew: Crew, t: float) -> None:
        crew.free = False
        self.found.offers += 1
        answer = self.day.answer(visit, crew.number)
        answered_s = t + answer.after_s + (UNHEARD_S if self.day.is_dead(crew.number, t) else 0)
        if answer.says == "accept" or visit.number in self.pressed:
            self._later(answered_s, partial(self._drive, visit, crew))
        else:
            self._later(answered_s, partial(self._refuse, visit, crew))

    def _refuse(self, visit: Visit, crew: Crew, t: float) -> None:
        self.refused.add((visit.number, crew.number))
        if all((visit.number, other.number) in self.refused for other in self.crews):
            self.pressed.add(visit.number)
            self.refused = {pair for pair in self.refused if pair[0] != visit.number}
        crew.free = True
        self.waiting[visit.number] = visit
        self._decide(t)

    def _drive(self, visit: Visit, crew: Crew, t: float) -> None:
        answer = self.day.answer(visit, crew.number)
        start, out_s = crew.at(t), t + answer.ready_s
        metres = far_m(start, visit.at)
        drive_s = metres * visit.detour * answer.drive / speed(out_s)
        crew.load += 1
        self.found.trips.append(Trip(metres, drive_s, answer.ready_s, int(out_s // 3600) % 24))
        self.found.met_s[visit.number] = out_s + drive_s
        self._later(out_s + drive_s + visit.with_s, partial(self._leave, visit, crew))

    def _leave(self, visit: Visit, crew: Crew, t: float) -> None:
        crew.free, crew.left, crew.left_s = True, visit.at, t
        self._decide(t)

    def _look(self, t: float) -> None:
        """Count what share of those who may need somebody next a free crew could reach soon."""
        stands = [crew.at(t) for crew in self.crews if crew.free]
        reach_m = NEAR_S * speed(t) / HOME_DETOUR
        near = (share for lng, lat, share in self.demand if _any_within(stands, Point(lng, lat), reach_m))
        self.found.covered.append(sum(near))


def _any_within(stands: Sequence[Point], place: Point, reach_m: float) -> bool:
    return any(far_m(stand, place) <= reach_m for stand in stands)


def due_s(visit: Visit) -> float:
    """Return the loss clock as the desk knows it (cases/clock.py, from when a team is wanted)."""
    target_s = visit.received_s + settings.LEVEL_TARGETS_S[visit.level]["visit"]
    return min(target_s, visit.told_transfer_s or target_s)
