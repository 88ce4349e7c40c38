"""What sending a crew to a case costs, in seconds of waiting; the least is best. Pure, the same in every use.

One unit for everything: a reason that is no drive is worth so many seconds of driving (`WORTH`), so that it
can be said in words and weighed by a person. Recommendation, joint plan and simulator all call `score`.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fieldops.dispatch.travel import Array, Travel

# What each reason is worth in seconds.
WORTH = {
    "late": 900,  # coming after the loss clock, times how likely that is
    "load": 60,  # a visit this shift already
    "rest": 240,  # having just ended a visit, falling to nothing in RESTED_S
    "skill": 240,  # a skill this case asks for and nobody of the crew has
    "person": -240,  # somebody of the crew was with this person before
    "school": -90,  # … at this school
    "area": -45,  # … near this place
    "uncovered": 1800,  # nobody left for the next one, times how likely one comes
    # A crew the gate warns about; docs/decisions/0040: last of all, as it was, cost minutes and saved none.
    "warned": 300,
}
LOAD_AT_MOST = 5
LATE_WIDTH_S = 5 * 60  # this much before the clock is in time, this much after it is late
RESTED_S = 30 * 60
FIX_GOOD_S = 15 * 60  # an older fix says nothing: counted from the base
FIX_DRIFT = 0.1  # seconds an estimate is off for each second since the fix
# The house's own matters (load, rest, coverage) weigh less where every minute counts.
SHARE = {"critical": 0.25, "high": 0.5, "medium": 1.0, "low": 1.0}
AWAY_S = 40 * 60  # how long a crew is usually away: who covers the town meanwhile


class CrewRow(NamedTuple):
    """One crew as it is weighed."""

    lng: float
    lat: float
    fix_age_s: float  # FIX_GOOD_S when counted from the base
    load: int
    rested_s: float  # since its last visit ended; RESTED_S or more: rested
    free: bool  # it covers the town while it stays


class CaseRow(NamedTuple):
    """One case as it is weighed; the place NaN when unknown."""

    lng: float
    lat: float
    share: float
    left_s: float  # until the loss clock runs out
    waited_s: float  # since its alert came


class Bond(NamedTuple):
    """What ties a crew to a case, for better or worse: skill, person, school, area."""

    case: int
    crew: int
    code: str
    params: dict[str, str]


@dataclass(frozen=True)
class Demand:
    """Where the next case will come from (rows of lng, lat, weight), and how many come in an hour."""

    points: Array
    an_hour: float

    @property
    def chance(self) -> float:
        """How likely one comes while a crew is away."""
        return float(1 - np.exp(-self.an_hour * AWAY_S / 3600))


class Scores(NamedTuple):
    """Costs by case (row) and crew (column), and the parts they are made of."""

    drive_s: Array
    ready_s: float
    fix_s: Array
    late_s: Array
    load_s: Array
    rest_s: Array
    cover_s: Array
    share: Array
    waited_s: Array
    seconds: Array  # all of it


def score(
    cases: Sequence[CaseRow] | Array,
    crews: Sequence[CrewRow] | Array,
    bonds: Sequence[Bond],
    demand: Demand,
    travel: Travel,
    at: dt.datetime,
) -> Scores:
    """Weigh every crew for every case."""
    asked, there = np.asarray(cases, float), np.asarray(crews, float)
    share, left_s, waited_s = asked[:, 2:].T
    # One question for all the ways there are: to the cases, and to where the next one may come from.
    ways = travel.drive_s(there, np.concatenate((asked[:, :2], demand.points[:, :2])), at)
    drive_s, waits = ways[: len(asked)], ways[len(asked) :]
    # A place nobody knows is equally far from everybody.
    drive_s[np.isnan(asked[:, 0])] = 0.0
    fix_s = FIX_DRIFT * np.minimum(there[:, 2], FIX_GOOD_S)
    load_s = WORTH["load"] * np.minimum(there[:, 3], LOAD_AT_MOST)
    rest_s = WORTH["rest"] * np.maximum(1 - there[:, 4] / RESTED_S, 0)
    cover_s = _cover(waits, there[:, 5] > 0, demand)

    seconds = drive_s + _fine(fix_s + travel.ready_s)
    late_s = _late(seconds, left_s)
    seconds += late_s
    seconds += _fine(share)[:, None] * _fine(load_s + rest_s + cover_s)
    for bond in bonds:
        seconds[bond.case, bond.crew] += WORTH[bond.code]
    return Scores(drive_s, travel.ready_s, fix_s, late_s, load_s, rest_s, cover_s, share, waited_s, seconds)


def _fine(values: Array) -> Array:
    """Return as float32, in which thousands of pairs are weighed: exact to a thousandth of a second."""
    return values.astype(np.float32)


def _late(arrival_s: Array, left_s: Array) -> Array:
    """Return what coming late costs: half of it on the dot, all of it LATE_WIDTH_S after the clock."""
    late_s = arrival_s - _fine(left_s - LATE_WIDTH_S)[:, None]
    late_s *= WORTH["late"] / (2 * LATE_WIDTH_S)
    np.maximum(late_s, 0.0, out=late_s)
    return np.minimum(late_s, WORTH["late"], out=late_s)


def _cover(waits: Array, free: NDArray[np.bool_], demand: Demand) -> Array:
    """Return the extra wait the next case is to expect if this crew goes; only free crews cover anything.

    `waits`: the drive of every crew (column) to where the next case may be (row).
    """
    stays = np.flatnonzero(free)
    if len(stays) == 1:
        return np.where(free, WORTH["uncovered"] * demand.chance, 0.0)
    if len(stays) == 0 or len(waits) == 0:
        return np.zeros(len(free))
    if len(stays) < len(free):
        waits[:, ~free] = np.inf
    rows, nearest = np.arange(len(waits)), waits.argmin(axis=1)
    first = waits[rows, nearest]
    waits[rows, nearest] = np.inf
    extra = (waits.min(axis=1) - first) * demand.points[:, 2] * demand.chance
    return np.bincount(nearest, extra, minlength=len(free)).astype(float)
