"""What sending a crew to a case costs, in seconds of waiting; the least is best. Pure, the same in every use.

One unit for everything: a reason that is no drive is worth so many seconds of driving (`WORTH`), so that it
can be said in words and weighed by a person. Recommendation, joint plan and simulator all call `score`.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

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


@dataclass(frozen=True)
class Scores:
    """Costs by case (row) and crew (column), and the parts they are made of."""

    drive_s: Array
    ready_s: float
    fix_s: Array
    late: Array  # how likely after the loss clock
    load_s: Array
    rest_s: Array
    cover_s: Array
    bond_s: Array | None
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
    points = there[:, :2]
    drive_s = travel.drive_s(points, asked, at)
    # A place nobody knows is equally far from everybody.
    drive_s[np.isnan(asked[:, 0])] = 0.0
    fix_s = FIX_DRIFT * np.minimum(there[:, 2], FIX_GOOD_S)
    load_s = WORTH["load"] * np.minimum(there[:, 3], LOAD_AT_MOST)
    rest_s = WORTH["rest"] * np.maximum(1 - there[:, 4] / RESTED_S, 0)
    cover_s = _cover(points, there[:, 5] > 0, demand, travel, at)
    share = asked[:, 2]

    seconds = drive_s + (fix_s + travel.ready_s)
    late = _late(seconds, asked[:, 3:4])
    seconds += WORTH["late"] * late
    seconds += share[:, None] * (load_s + rest_s + cover_s)
    bond_s = _bonds(seconds.shape, bonds) if bonds else None
    if bond_s is not None:
        seconds += bond_s
    return Scores(
        drive_s=drive_s,
        ready_s=travel.ready_s,
        fix_s=fix_s,
        late=late,
        load_s=load_s,
        rest_s=rest_s,
        cover_s=cover_s,
        bond_s=bond_s,
        share=share,
        waited_s=asked[:, 4],
        seconds=seconds,
    )


def _late(arrival_s: Array, left_s: Array) -> Array:
    """Return how likely it is to come after the clock: even when on the dot, sure LATE_WIDTH_S later."""
    late = arrival_s - left_s
    late *= 0.5 / LATE_WIDTH_S
    late += 0.5
    np.maximum(late, 0.0, out=late)
    np.minimum(late, 1.0, out=late)
    return late


def _bonds(shape: tuple[int, ...], bonds: Sequence[Bond]) -> Array:
    found = np.zeros(shape)
    for bond in bonds:
        found[bond.case, bond.crew] += WORTH[bond.code]
    return found


def _cover(points: Array, free: np.ndarray, demand: Demand, travel: Travel, at: dt.datetime) -> Array:
    """Return the extra wait the next case is to expect if this crew goes; only free crews cover anything."""
    cover = np.zeros(len(points))
    stays = np.flatnonzero(free)
    if len(stays) == 1:
        cover[stays] = WORTH["uncovered"] * demand.chance
    if len(stays) > 1 and len(demand.points):
        waits = travel.drive_s(points[stays], demand.points, at)
        nearest = waits.argmin(axis=1)
        rows = np.arange(len(waits))
        first = waits[rows, nearest]
        waits[rows, nearest] = np.inf
        extra = (waits.min(axis=1) - first) * demand.points[:, 2] * demand.chance
        cover[stays] = np.bincount(nearest, extra, minlength=len(stays))
    return cover
