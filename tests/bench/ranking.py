"""Ranking and the joint plan against scipy's solve alone, rows in memory; what planning together gains.

The solve is of the very matrix the plan makes, 50 cases by 200 crews: some 50 microseconds, so the ratio says
how dear it is to weigh 10,000 pairs (drive, loss clock, coverage), not how long a desk waits. What is left
above the solve is about sixty numpy calls and a dozen walks over the pairs, in float32.
"""

import datetime as dt
import random
import time
from collections.abc import Callable
from statistics import fmean, median

import numpy as np
from scipy.optimize import linear_sum_assignment

from fieldops.dispatch.plan import costs, greedy, solve
from fieldops.dispatch.score import CaseRow, CrewRow, Demand, Scores, score
from fieldops.dispatch.travel import StraightLine

CASES, CREWS, TIMES, INSTANCES = 50, 200, 300, 1000
GOAL = 3.0
NOON = dt.datetime(2026, 11, 18, 4, tzinfo=dt.UTC)
TRAVEL = StraightLine()


def measure_ranking() -> bool:
    """Print the ratios and the gain; tell whether the goal is held."""
    rng = random.Random(1)
    cases, crews, demand = town(rng, CASES, CREWS)
    rows, columns = np.array(cases, float), np.array(crews, float)
    gain = gain_of(score(rows, columns, [], demand, TRAVEL, NOON))
    parts: dict[str, Callable[[], object]] = {
        "scipy's solve alone": lambda: linear_sum_assignment(gain),
        "rank 200 crews for one case": lambda: rank(score(rows[:1], columns, [], demand, TRAVEL, NOON)),
        "joint plan of 50 x 200": lambda: solve(gain_of(score(rows, columns, [], demand, TRAVEL, NOON))),
        "… from rows not yet arrays": lambda: solve(gain_of(score(cases, crews, [], demand, TRAVEL, NOON))),
    }
    took = timed(parts)
    alone = took["scipy's solve alone"]
    for name, us in took.items():
        print(f"  {name:30} p50 {us:6.0f} µs   ratio {us / alone:.1f}")
    print(f"  (goal: ratio at most {GOAL:.0f} for the ranking and for the plan)")
    _gain_over_greedy(rng)
    names = ("rank 200 crews for one case", "joint plan of 50 x 200")
    return all(took[name] <= GOAL * alone for name in names)


def town(rng: random.Random, cases: int, crews: int) -> tuple[list[CaseRow], list[CrewRow], Demand]:
    """Return cases and crews strewn over a district, and where people are visited."""
    asked = [
        CaseRow(*spot(rng), rng.choice([0.25, 0.5, 1.0]), rng.uniform(-600, 7200), rng.uniform(0, 3600))
        for _ in range(cases)
    ]
    there = [
        CrewRow(*spot(rng), rng.uniform(0, 900), rng.randrange(5), rng.uniform(0, 5400), True)
        for _ in range(crews)
    ]
    return asked, there, Demand(np.array([[*spot(rng), 1 / 24] for _ in range(24)]), 2.0)


def spot(rng: random.Random) -> tuple[float, float]:
    """Return a place in a district some 20 km wide."""
    return 107.28 + 0.2 * rng.random(), 29.61 + 0.18 * rng.random()


def gain_of(found: Scores) -> np.ndarray:
    return costs(found.seconds, found.share, found.waited_s)


def rank(found: Scores) -> np.ndarray:
    return np.argsort(found.seconds[0], kind="stable")


def timed(parts: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Return the median microseconds of each part, taken in turns: a machine's moods fall on all of them."""
    seen: dict[str, list[float]] = {name: [] for name in parts}
    for _ in range(TIMES):
        for name, work in parts.items():
            begun = time.perf_counter()
            work()
            seen[name].append(1e6 * (time.perf_counter() - begun))
    return {name: median(values) for name, values in seen.items()}


def _gain_over_greedy(rng: random.Random) -> None:
    """Print what planning together saves against taking the cases one after the other, next loss first."""
    saved, arrivals = [], []
    for _ in range(INSTANCES):
        cases, crews, demand = town(rng, rng.randint(2, CASES), rng.randint(2, 60))
        found = score(cases, crews, [], demand, TRAVEL, NOON)
        gain = gain_of(found)
        one, other = solve(gain), greedy(gain, np.argsort([case.left_s for case in cases]).tolist())
        saved.append((other.total_s - one.total_s) / -other.total_s)
        arrivals.append(drives(found, other.crews) - drives(found, one.crews))
    print(
        f"  over greedy, {INSTANCES} random instances: worth {100 * fmean(saved):.1f} % more on average,"
        f" better in {100 * fmean(gain > 1e-9 for gain in saved):.0f} %, worse in"
        f" {100 * fmean(gain < -1e-9 for gain in saved):.0f} %;"
        f" a drive {fmean(arrivals) / 60:.1f} min shorter"
    )


def drives(found: Scores, crews: list[int]) -> float:
    """Return the mean drive of those that are given a crew, in seconds."""
    return fmean(float(found.drive_s[case, crew]) for case, crew in enumerate(crews) if crew >= 0)
