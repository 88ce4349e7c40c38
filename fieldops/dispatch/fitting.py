"""Fit travel to a centre's own past: readiness, pace by hour, how far estimates are off; busy places.

Robust throughout (medians): a trip with a stop for fuel, or a place that was moved meanwhile, pulls nothing.
"""

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from fieldops.dispatch.models import Assignment, TravelFit
from fieldops.dispatch.travel import DETOUR, Array
from fieldops.feed.changes import change
from fieldops.lib.clock import local
from fieldops.lib.passes import each
from fieldops.teams.models import Center

ENOUGH = 30  # trips; with fewer the assumed speeds stand
WINDOW = dt.timedelta(days=60)
RENEWED = dt.timedelta(days=1)
NEWEST = 600  # pairs grow with the square
LEAST_M, LEAST_S, LONGEST_S = (
    300,
    30,
    2 * 3600,
)  # what else is no drive but a mistake of the clock or the place
STEADY = 10  # an hour's own pace counts like its trips against this many of the whole day's
CELL_DEG = 0.005  # about 500 m
MOST_PLACES = 24


class Trip(NamedTuple):
    """One own drive."""

    metres: float  # straight line
    drive_s: float  # set out → arrived
    ready_s: float  # accepted → set out
    hour: int  # in which they set out


class Fit(NamedTuple):
    """What the trips say."""

    mps: list[float]
    ready_s: float
    spread: float


def fit_trips(trips: Sequence[Trip]) -> Fit | None:
    """Return pace by hour, readiness and spread; None with too few trips.

    Theil–Sen for seconds a metre (what does not grow with the way, parking or a lift, joins the readiness),
    then each hour's own factor with its neighbours', drawn towards the day's where it has few trips.
    """
    rows = np.array([trip for trip in trips if _is_sound(trip)][-NEWEST:], float)
    if len(rows) < ENOUGH:
        return None
    far, took, ready, hour = rows.T
    pace = max(_slope(far, took), 0.02)
    extra = float(np.clip(np.median(took - pace * far), 0, 300))
    ratio = (took - extra) / (pace * far)
    factors = [_factor(ratio, hour, h) for h in range(24)]
    expected = extra + pace * far * np.array(factors)[hour.astype(int)]
    off = float(np.median(np.abs(took - expected) / expected)) * 1.4826  # as a standard deviation
    mps = [round(DETOUR / (pace * factor), 3) for factor in factors]
    return Fit(mps, round(float(np.median(ready)) + extra, 1), round(min(max(off, 0.1), 0.6), 3))


def _is_sound(trip: Trip) -> bool:
    return trip.metres >= LEAST_M and LEAST_S <= trip.drive_s <= LONGEST_S


def _slope(x: Array, y: Array) -> float:
    """Return the median slope over all pairs whose x differs."""
    i, j = np.triu_indices(len(x), 1)
    apart = np.abs(x[j] - x[i]) >= LEAST_M
    slopes = (y[j] - y[i])[apart] / (x[j] - x[i])[apart]
    return float(np.median(slopes)) if len(slopes) else float(np.median(y / x))


def _factor(ratio: Array, hour: Array, h: int) -> float:
    near = ratio[np.isin(hour, [(h - 1) % 24, h, (h + 1) % 24])]
    own = float(np.median(near)) if len(near) else 1.0
    return min(max((len(near) * own + STEADY) / (len(near) + STEADY), 0.4), 2.5)


def busy_places(points: Iterable[tuple[float, float]]) -> list[list[float]]:
    """Return the cells where most visits were, as rows of lng, lat and share."""
    cells = Counter((round(lng / CELL_DEG), round(lat / CELL_DEG)) for lng, lat in points)
    most = sorted(cells.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_PLACES]
    total = sum(count for _, count in most)
    return [[round(x * CELL_DEG, 4), round(y * CELL_DEG, 4), round(n / total, 4)] for (x, y), n in most]


def fit_travel(*, center_id: uuid.UUID, at: dt.datetime) -> TravelFit:
    """Read the last weeks' visits of a centre and store what they say."""
    visits = _visits(center_id, at)
    fit = fit_trips([_trip(row) for row in visits if _is_clean(row)])
    values: dict[str, Any] = {
        "fitted_at": at,
        "trips": sum(_is_clean(row) and _is_sound(_trip(row)) for row in visits),
        "mps": fit.mps if fit else [],
        "ready_s": fit.ready_s if fit else 0,
        "spread": fit.spread if fit else 0,
        "an_hour": _an_hour(visits),
        "places": busy_places(
            (row["case__whereabouts__lng"], row["case__whereabouts__lat"])
            for row in visits
            if row["case__whereabouts__lng"] is not None
        ),
    }
    with change():
        return TravelFit.objects.update_or_create(center_id=center_id, defaults=values)[0]


def fit_due(*, at: dt.datetime) -> None:
    """Renew every centre's fit that is a day old (a pass of the timers' thread)."""
    fresh = TravelFit.objects.filter(fitted_at__gt=at - RENEWED).values("center_id")
    due = Center.objects.exclude(pk__in=fresh).order_by("pk").values_list("pk", flat=True)
    each(due, lambda pk: fit_travel(center_id=pk, at=at))


COLUMNS = (
    "offered_at", "accepted_at", "set_out_at", "arrived_at", "distance_m", "arrived_far_m", "voiced", "late",
    "case__whereabouts__lng", "case__whereabouts__lat",
)  # fmt: skip


def _visits(center_id: uuid.UUID, at: dt.datetime) -> list[dict[str, Any]]:
    rows = Assignment.objects.filter(
        center_id=center_id, drill=False, arrived_at__isnull=False, offered_at__range=(at - WINDOW, at)
    )
    return list(rows.order_by("offered_at", "pk").values(*COLUMNS))


def _is_clean(row: dict[str, Any]) -> bool:
    """Tell whether its times are the crew's own: moves by voice and late answers are not."""
    timed = row["accepted_at"] and row["set_out_at"] and row["distance_m"]
    return bool(timed) and not (row["voiced"] or row["late"] or row["arrived_far_m"])


def _trip(row: dict[str, Any]) -> Trip:
    drive_s = (row["arrived_at"] - row["set_out_at"]).total_seconds()
    ready_s = (row["set_out_at"] - row["accepted_at"]).total_seconds()
    return Trip(row["distance_m"], drive_s, ready_s, local(row["set_out_at"]).hour)


def _an_hour(visits: Sequence[dict[str, Any]]) -> list[float]:
    """Return visits an hour by hour of the day, each hour smoothed with its neighbours."""
    hours = Counter(local(row["offered_at"]).hour for row in visits)
    days = max(1, (visits[-1]["offered_at"] - visits[0]["offered_at"]).days + 1) if visits else 1
    return [round(sum(hours[(h + d) % 24] for d in (-1, 0, 1)) / 3 / days, 3) for h in range(24)]
