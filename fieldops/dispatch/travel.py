"""How long a crew drives to a place: a port, and the way it is shipped (the other: travel_roads.py). Pure.

Shipped: straight line x detour ÷ the hour's speed, assumed until fitted from own trips (fitting.py).
Points are arrays of `lng, lat`; the answer has a row a place and a column a crew.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from fieldops.lib.clock import local
from fieldops.lib.geo import EARTH_M

Array = NDArray[np.floating[Any]]

DETOUR = 1.4  # road over straight line, assumed
GETTING_READY_S = 60  # from accepting to setting out, assumed until fitted
SPREAD = 0.25  # of the drive: how far an estimate is off, assumed until fitted
# Speed on the road by hour of the day in km/h, assumed until fitted: slow to work and home, quick at night.
ASSUMED_KMH = (
    40, 40, 40, 40, 40, 38, 34, 24, 24, 28, 30, 30, 30, 30, 30, 30, 28, 24, 24, 28, 32, 34, 36, 38,
)  # fmt: skip
ASSUMED_MPS = tuple(kmh / 3.6 for kmh in ASSUMED_KMH)
RADIAN = np.pi / 180
DEGREE_M = RADIAN * EARTH_M


class Travel(Protocol):
    """Where arrival estimates come from."""

    @property
    def ready_s(self) -> float:
        """From accepting to setting out."""
        ...

    @property
    def spread(self) -> float:
        """How far an estimate of the drive may be off, as a share of it."""
        ...

    def drive_s(self, crews: Array, places: Array, at: dt.datetime) -> Array:
        """Return the seconds from every crew to every place, setting out at `at`."""
        ...

    def basis(self, case: int, crew: int) -> str:
        """Tell what one estimate rests on: `road`, `fitted` or `assumed`."""
        ...


@dataclass(frozen=True)
class StraightLine:
    """Straight line x detour ÷ the speed of the hour in which they set out."""

    mps: tuple[float, ...] = ASSUMED_MPS
    ready_s: float = GETTING_READY_S
    spread: float = SPREAD
    trips: int = 0  # how many own trips stand behind it; none: assumed

    def pace(self, at: dt.datetime) -> float:
        """Return the seconds on the road per metre of straight line."""
        return DETOUR / self.mps[local(at).hour]

    def drive_s(self, crews: Array, places: Array, at: dt.datetime) -> Array:
        return metres(crews, places, self.pace(at))

    def basis(self, case: int, crew: int) -> str:
        return "fitted" if self.trips else "assumed"


def metres(crews: Array, places: Array, scale: float = 1.0) -> Array:
    """Return straight distances, times `scale`, on the plane that touches each place.

    Within 0.1 % over a district. East² + north², each (a - b)² = a² - 2ab + b², is one product of matrices.
    """
    here = crews[:1, :2].sum(axis=0)  # counted from the first crew: near nought no digits are lost
    theirs = np.ones((5, len(crews)))
    np.subtract(crews[:, :2].T, here[:, None], out=theirs[:2])
    np.square(theirs[:2], out=theirs[2:4])

    lng, lat = (places[:, :2] - here).T
    shrunk = np.square(np.cos(places[:, 1] * RADIAN))  # a degree east is shorter than a degree north
    ours = np.ones((5, len(places)))
    ours[0] = -2 * shrunk * lng
    ours[1] = -2 * lat
    ours[2] = shrunk
    ours[4] = shrunk * lng * lng + lat * lat
    ours *= (DEGREE_M * scale) ** 2

    # Half as much to walk from here on, and still finer than anybody drives.
    far = (ours.T @ theirs).astype(np.float32)
    # Rounding may put a crew that is there already a hair under nought.
    np.abs(far, out=far)
    return np.sqrt(far, out=far)


def travel_of(fit: dict[str, Any] | None) -> StraightLine:
    """Return the adapter a centre uses: as fitted from its own trips, or as assumed."""
    if not fit or not fit["mps"]:
        return StraightLine()
    return StraightLine(tuple(fit["mps"]), fit["ready_s"], fit["spread"], fit["trips"])
