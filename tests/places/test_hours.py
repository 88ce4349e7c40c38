"""Hours as people write them."""

import datetime as dt

import pytest

from fieldops.lib.clock import LOCAL
from fieldops.places.hours import BadHours, on_duty, parse_hours


def at(day: int, clock: str) -> dt.datetime:
    """A day of the week of Monday 16 November 2026, Chongqing time."""
    hour, minute = clock.split(":")
    return dt.datetime(2026, 11, 16 + day, int(hour), int(minute), tzinfo=LOCAL)


@pytest.mark.parametrize(
    ("hours", "day", "clock", "yes"),
    [
        ("", 6, "03:00", True),
        ("08:30-18:00", 6, "08:30", True),
        ("08:30-18:00", 6, "18:00", False),
        ("mo-fr 08:30-18:00", 4, "17:59", True),
        ("mo-fr 08:30-18:00", 5, "10:00", False),
        ("mo-fr 08:30-18:00; sa 09:00-12:00", 5, "10:00", True),
        ("fr 22:00-06:00", 4, "23:00", True),
        ("fr 22:00-06:00", 5, "05:59", True),
        ("fr 22:00-06:00", 4, "05:00", False),
        ("sa-mo 00:00-24:00", 0, "23:59", True),
        ("sa-mo 00:00-24:00", 1, "00:00", False),
        ("su 22:00-06:00", 0, "01:00", True),
    ],
)
def test_who_is_on_duty(hours, day, clock, yes):
    assert on_duty(hours, at(day, clock)) is yes


@pytest.mark.parametrize("text", ["always", "08:30", "25:00-26:00", "08:61-09:00", "xx 08:00-09:00", "mo-fr"])
def test_it_refuses_what_it_cannot_read(text):
    with pytest.raises(BadHours):
        parse_hours(text)
