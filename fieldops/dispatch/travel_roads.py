"""Travel, the other way: a service that knows the roads, asked over HTTP (its shape: docs/settings.md).

What it does not say in time is estimated as shipped, and the reasons say so. It is told points, nothing else.
"""

import json
import logging
import time
from dataclasses import dataclass
from typing import Any

import httpx
import numpy as np
from django.conf import settings
from django.db import connection

from fieldops.dispatch.travel import Array, StraightLine, Travel

log = logging.getLogger(__name__)

WITHIN_S = 1.0  # a page waits no longer than this
LEFT_ALONE_S = 30.0  # … and not again for as long, after the service did not answer
REMEMBERED_S = 600.0
REMEMBERED_MOST = 50_000
DIGITS = 3  # of a degree, about 100 m: ways between the same corners are the same
LONGEST_S = 86_400
ANSWER_BYTES = 1024 * 1024

Way = tuple[float, float, float, float]


class NoAnswer(Exception):
    """The service is down, slow, or says something that is no table of seconds."""


@dataclass(frozen=True)
class ByRoad:
    """What the service said of the ways to the cases; where it said nothing (NaN), the estimate."""

    base: StraightLine
    seconds: Array  # by case and crew

    @property
    def ready_s(self) -> float:
        return self.base.ready_s

    @property
    def spread(self) -> float:
        return self.base.spread

    def drive_s(self, crews: Array, places: Array, at: Any) -> Array:
        """Return the seconds; the first places are the cases, the others (coverage) are only estimated."""
        ways = self.base.drive_s(crews, places, at)
        cases = ways[: len(self.seconds)]
        np.copyto(cases, self.seconds, where=~np.isnan(self.seconds), casting="same_kind")
        return ways

    def basis(self, case: int, crew: int) -> str:
        """Tell where one pair's estimate comes from."""
        return self.base.basis(case, crew) if np.isnan(self.seconds[case, crew]) else "road"


class RoadService:
    """The service as this process knows it: what it said lately, and whether to leave it alone."""

    def __init__(self) -> None:
        self._said: dict[Way, tuple[float, float]] = {}  # way: seconds, and until when they are believed
        self._asked_again_at = 0.0

    def travel(self, base: StraightLine, crews: Array, places: Array) -> Travel:
        """Return travel by road from these crews to these places (rows of lng, lat; NaN: nowhere)."""
        seconds = self._remembered(crews, places)
        rows, columns = np.nonzero(np.isnan(seconds) & ~np.isnan(places[:, :1]))
        # Never while rows are locked: everybody else would wait for the service too.
        if len(rows) and not connection.in_atomic_block and time.monotonic() >= self._asked_again_at:
            rows, columns = np.unique(rows), np.unique(columns)
            self._ask(crews[columns], places[rows])
            seconds = self._remembered(crews, places)
        return ByRoad(base, seconds)

    def _remembered(self, crews: Array, places: Array) -> Array:
        now_s = time.monotonic()
        found = [self._said.get(way, (np.nan, 0.0)) for way in _ways(crews, places)]
        values = [seconds if until > now_s else np.nan for seconds, until in found]
        return np.array(values, float).reshape(len(places), len(crews))

    def _ask(self, crews: Array, places: Array) -> None:
        try:
            table = _table(_post({"from": _points(crews), "to": _points(places)}), len(places), len(crews))
        except (httpx.HTTPError, httpx.InvalidURL, NoAnswer) as error:
            log.warning("the road service did not answer: %s", type(error).__name__)
            self._asked_again_at = time.monotonic() + LEFT_ALONE_S
            return
        if len(self._said) > REMEMBERED_MOST:
            self._said.clear()
        until = time.monotonic() + REMEMBERED_S
        self._said |= {way: (s, until) for way, s in zip(_ways(crews, places), table, strict=True)}


ROADS = RoadService()


def _points(rows: Array) -> list[list[float]]:
    return [[round(float(lng), 6), round(float(lat), 6)] for lng, lat in rows[:, :2]]


def _ways(crews: Array, places: Array) -> list[Way]:
    """Return every way, place by place, as it is remembered."""
    starts, ends = (np.round(rows[:, :2], DIGITS).tolist() for rows in (crews, places))
    return [(*start, *end) for end in ends for start in starts]


def _post(question: dict[str, Any]) -> Any:
    """Ask, and read no more and no longer than an answer takes. Raises NoAnswer, httpx.HTTPError."""
    end, body = time.monotonic() + WITHIN_S, b""
    with (
        httpx.Client(trust_env=False, timeout=WITHIN_S) as client,
        client.stream("POST", settings.TRAVEL_URL, json=question) as answer,
    ):
        if answer.status_code != 200:
            raise NoAnswer(str(answer.status_code))
        for part in answer.iter_bytes():
            body += part
            if len(body) > ANSWER_BYTES or time.monotonic() > end:
                raise NoAnswer("too long")
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NoAnswer("not JSON") from error


def _table(answer: Any, places: int, crews: int) -> list[float]:
    """Return the seconds place by place; null: it knows no way. Raises NoAnswer."""
    rows = answer.get("seconds") if isinstance(answer, dict) else None
    if not isinstance(rows, list) or len(rows) != places:
        raise NoAnswer("no row for each place")
    if any(not isinstance(row, list) or len(row) != crews for row in rows):
        raise NoAnswer("no column for each crew")
    return [_seconds(value) for row in rows for value in row]


def _seconds(value: Any) -> float:
    if value is None:
        return float("nan")
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LONGEST_S:
        raise NoAnswer("no seconds")
    return float(value)
