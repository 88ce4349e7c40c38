"""Which days a line runs, whose turn it is, and from when to when. Pure: dates in, dates out.

Hours are those of the clock in Asia/Shanghai; a turn belongs to the day it begins on, past midnight or not.
Rotation counts calendar days from the anchor, so neither a month's end nor 29 February moves it.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from fieldops.lib.clock import LOCAL


@dataclass(frozen=True)
class Pattern:
    """What of a line decides its days; `groups` holds user ids."""

    starts: dt.time
    minutes: int
    weekdays: frozenset[int]
    off_on_holidays: bool
    groups: tuple[tuple[str, ...], ...]
    step_days: int
    anchor: dt.date


def runs_on(pattern: Pattern, day: dt.date, holidays: Mapping[dt.date, bool]) -> bool:
    """Tell whether the line runs on `day`; `holidays`: date → off, or (False) a make-up working day."""
    if day < pattern.anchor:
        return False
    if pattern.off_on_holidays and day in holidays:
        return not holidays[day]
    return day.weekday() in pattern.weekdays


def group_on(pattern: Pattern, day: dt.date) -> tuple[str, ...]:
    """Return the people whose turn `day` is; nobody in a pattern without groups, or on their day of rest."""
    if not pattern.groups:
        return ()
    turn = (day - pattern.anchor).days // pattern.step_days
    return pattern.groups[turn % len(pattern.groups)]


def rests_on(pattern: Pattern, day: dt.date) -> bool:
    """Tell whether the rotation gives the line a day of rest: an empty group among others."""
    return any(pattern.groups) and not group_on(pattern, day)


def hours_on(pattern: Pattern, day: dt.date) -> tuple[dt.datetime, dt.datetime]:
    """Return the instants the turn of `day` begins and ends."""
    begins = dt.datetime.combine(day, pattern.starts, LOCAL)
    return begins, begins + dt.timedelta(minutes=pattern.minutes)


def days_from(first: dt.date, count: int) -> list[dt.date]:
    """Return `count` days beginning with `first`."""
    return [first + dt.timedelta(days=step) for step in range(count)]
