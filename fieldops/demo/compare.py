"""`manage.py simulate --compare`: the same seeded days under each policy, beside a bound, with intervals."""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from statistics import fmean, stdev

from scipy.special import stdtrit

from fieldops.demo.compare_day import Day, draw_day
from fieldops.demo.compare_policies import POLICIES, Known, bound, nearest
from fieldops.demo.compare_replay import Machine
from fieldops.dispatch.fitting import busy_places, fit_trips
from fieldops.dispatch.travel import StraightLine

LEARNED_DAYS = 6  # days before, from which each town has fitted its speeds and its busy places
BOUND = "lower bound"
PROCESSES = 2


@dataclass(frozen=True)
class Kind:
    """A kind of day."""

    title: str
    alerts: float
    burst: int | None = None


# 207 a day: published for one county; 500: the most a district is sized for; a burst is ten times the rate.
KINDS = (
    Kind("an ordinary day: 207 alerts", 207),
    Kind("a heavy day: 500 alerts", 500),
    Kind("a burst: 207 alerts and an hour of ten times the rate from 15:00", 207, 15),
)


@dataclass(frozen=True)
class Figures:
    """What is measured of one day under one policy."""

    p50: float  # minutes from *a team is wanted* to face to face
    p90: float
    critical_p90: float
    longest: float
    in_time: float  # percent met before the next transfer
    covered: float  # percent of the town within ten minutes of a free crew, over the day


NAMES = tuple(Figures.__dataclass_fields__)
# Of a bound on when each is met, the coverage follows nothing.
HEADS = ("p50 min", "p90 min", "critical p90", "longest", "in time %", "covered %")


@cache
def learn(kind: Kind) -> Known:
    """Return what the centre knows from days before, driven nearest first at the assumed speeds."""
    trips, points, hours = [], [], Counter[int]()
    for number in range(LEARNED_DAYS):
        day = draw_day(f"before:{kind.alerts}:{number}", alerts=kind.alerts)
        trips += Machine(day, nearest(Known(StraightLine(), [], []))).run().trips
        points += [visit.at for visit in day.visits]
        hours.update(int(visit.ready_s // 3600) % 24 for visit in day.visits)
    fit = fit_trips(trips)
    travel = StraightLine(tuple(fit.mps), fit.ready_s, fit.spread, len(trips)) if fit else StraightLine()
    an_hour = [sum(hours[(h + d) % 24] for d in (-1, 0, 1)) / 3 / LEARNED_DAYS for h in range(24)]
    return Known(travel, busy_places(points), an_hour)


def one_day(kind: Kind, seed: int) -> dict[str, Figures]:
    """Replay one day under every policy, and bound it."""
    known, day = (
        learn(kind),
        draw_day(f"{kind.alerts}:{kind.burst}:{seed}", alerts=kind.alerts, burst=kind.burst),
    )
    found = {}
    for name, policy in POLICIES.items():
        replay = Machine(day, policy(known), known.places).run()
        found[name] = _figures(day, replay.met_s, 100 * fmean(replay.covered))
    return {**found, BOUND: _figures(day, bound(day), math.nan)}


def _figures(day: Day, met_s: dict[int, float], covered: float) -> Figures:
    waits = sorted((met_s[v.number] - v.ready_s) / 60 for v in day.visits)
    critical = sorted((met_s[v.number] - v.ready_s) / 60 for v in day.visits if v.level == "critical")
    in_time = 100 * fmean(met_s[v.number] < v.transfer_s for v in day.visits)
    return Figures(at(waits, 0.5), at(waits, 0.9), at(critical, 0.9), waits[-1], in_time, covered)


def at(ordered: Sequence[float], share: float) -> float:
    """Return a percentile of ordered values, the nearest rank."""
    return (
        ordered[min(len(ordered) - 1, max(0, math.ceil(share * len(ordered)) - 1))] if ordered else math.nan
    )


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Return the mean over the days and half the width of its 95 % interval (Student)."""
    known = [value for value in values if not math.isnan(value)]
    if not known:
        return math.nan, math.nan
    if len(known) < 2:
        return known[0], math.nan
    wide = float(stdtrit(len(known) - 1, 0.975)) * stdev(known) / math.sqrt(len(known))
    return fmean(known), wide


def compare(
    kinds: Sequence[Kind], seeds: int, *, spread: bool = True
) -> Iterator[tuple[Kind, dict[str, list[Figures]]]]:
    """Yield for each kind of day the figures of each policy, day by day in the seeds' order."""
    for kind in kinds:
        days = _spread(partial(one_day, kind), seeds) if spread else [one_day(kind, s) for s in range(seeds)]
        yield kind, {name: [day[name] for day in days] for name in (*POLICIES, BOUND)}


def _spread(replay: Callable[[int], dict[str, Figures]], seeds: int) -> list[dict[str, Figures]]:
    with ProcessPoolExecutor(PROCESSES) as pool:
        return list(pool.map(replay, range(seeds), chunksize=4))


def table(kind: Kind, found: dict[str, list[Figures]]) -> Iterator[str]:
    """Yield a Markdown table: means with intervals, and each policy's difference to the first, day by day."""
    days = len(next(iter(found.values())))
    yield f"**{kind.title[0].upper()}{kind.title[1:]}** ({days} seeded days)"
    yield ""
    yield "| | " + " | ".join(HEADS) + " |"
    yield "|---" + "|---:" * len(HEADS) + "|"
    for name, rows in found.items():
        yield f"| {name} | " + " | ".join(_cell([getattr(row, f) for row in rows]) for f in NAMES) + " |"
    first, *others = [name for name in found if name != BOUND]
    for name in others:
        pairs = zip(found[name], found[first], strict=True)
        apart = [[getattr(a, f) - getattr(b, f) for f in NAMES] for a, b in pairs]
        columns = list(zip(*apart, strict=True))
        yield f"| *{name} − {first}* | " + " | ".join(_cell(column, signed=True) for column in columns) + " |"


def _cell(values: Sequence[float], *, signed: bool = False) -> str:
    mean, wide = interval(values)
    if math.isnan(mean):
        return "—"
    face = f"{mean:+.1f}".replace("-", "−") if signed else f"{mean:.1f}"
    return face if math.isnan(wide) else f"{face} ± {wide:.1f}"
