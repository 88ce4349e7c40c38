"""May this person take this turn? Overlap, rest between turns, hours of the week. Pure.

An overlap is never allowed; too little rest or too many hours pass with a supervisor's typed reason.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from fieldops.lib.clock import LOCAL, local

WEEK = dt.timedelta(days=7)


@dataclass(frozen=True)
class Turn:
    """Hours somebody is on, on a crew or at the desk."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    key: str = ""  # which shift, so that a turn is not measured against itself

    @property
    def hours(self) -> float:
        return (self.ends_at - self.starts_at).total_seconds() / 3600


@dataclass(frozen=True)
class Limits:
    """What a centre asks for; see settings.ROSTER_*."""

    rest_h: float
    week_h: float


@dataclass(frozen=True)
class Check:
    """One rule held against one turn: hours found and hours asked for."""

    code: str  # overlap, rest, week
    ok: bool
    hours: float | None = None
    limit: float | None = None


def checks(turn: Turn, others: Iterable[Turn], limits: Limits) -> list[Check]:
    """Return every rule with whether it holds for `turn` beside the person's other turns."""
    rest_of = [other for other in others if other.key != turn.key or not turn.key]
    overlap = any(o.starts_at < turn.ends_at and o.ends_at > turn.starts_at for o in rest_of)
    rest = rest_around(turn, rest_of)
    week = max((week_hours(monday, [turn, *rest_of]) for monday in _mondays(turn)), default=0.0)
    return [
        Check("overlap", not overlap),
        Check("rest", overlap or rest is None or rest >= limits.rest_h, rest, limits.rest_h),
        Check("week", week <= limits.week_h, week, limits.week_h),
    ]


def rest_around(turn: Turn, others: Iterable[Turn]) -> float | None:
    """Return the hours to the nearest turn before or after; None where there is none."""
    gaps = [
        (
            turn.starts_at - other.ends_at
            if other.ends_at <= turn.starts_at
            else other.starts_at - turn.ends_at
        )
        for other in others
        if other.ends_at <= turn.starts_at or other.starts_at >= turn.ends_at
    ]
    return min((gap.total_seconds() / 3600 for gap in gaps), default=None)


def week_hours(monday: dt.datetime, turns: Iterable[Turn]) -> float:
    """Return the hours of the turns that fall in the week from `monday`."""
    return sum(clipped_hours(turn, monday, monday + WEEK) for turn in turns)


def clipped_hours(turn: Turn, first: dt.datetime, last: dt.datetime) -> float:
    """Return the hours of a turn between two instants."""
    span = min(turn.ends_at, last) - max(turn.starts_at, first)
    return max(0.0, span.total_seconds() / 3600)


def _mondays(turn: Turn) -> list[dt.datetime]:
    """Return the beginnings of the weeks the turn falls in."""
    found = []
    for at in (turn.starts_at, turn.ends_at - dt.timedelta(microseconds=1)):
        day = local(at).date()
        found.append(dt.datetime.combine(day - dt.timedelta(days=day.weekday()), dt.time(0), LOCAL))
    return sorted(set(found))
