"""When a contact is on duty, as written: `mo-fr 08:30-18:00; sa 09:00-12:00`; empty is always. Pure."""

import datetime as dt
import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from fieldops.lib.clock import local
from fieldops.lib.errors import Problem

DAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")
SPAN = re.compile(
    r"^(?:(?P<first>[a-z]{2})(?:-(?P<last>[a-z]{2}))? )?(?P<start>\d\d:\d\d)-(?P<end>\d\d:\d\d)$", re.ASCII
)


class BadHours(Problem):
    """Hours that cannot be read."""

    status = 400
    code = "bad_hours"


@dataclass(frozen=True)
class Span:
    """Weekdays (0 is Monday) and minutes of the day; an end before the start runs past midnight."""

    days: frozenset[int]
    start: int
    end: int

    def holds(self, weekday: int, minute: int) -> bool:
        if self.start < self.end:
            return weekday in self.days and self.start <= minute < self.end
        evening = weekday in self.days and minute >= self.start
        morning = (weekday - 1) % 7 in self.days and minute < self.end
        return evening or morning


def parse_hours(text: str) -> list[Span]:
    """Return the spans of `text`. Raises BadHours."""
    return [_span(part.strip().lower()) for part in text.split(";") if part.strip()]


def on_duty(text: str, at: dt.datetime) -> bool:
    """Tell whether `at` falls in the hours, on the clock of Asia/Shanghai."""
    spans = parse_hours(text)
    here = local(at)
    minute = here.hour * 60 + here.minute
    return not spans or any(span.holds(here.weekday(), minute) for span in spans)


def _span(part: str) -> Span:
    match = SPAN.match(part)
    if match is None:
        raise BadHours(words=_("Hours are written like “mo-fr 08:30-18:00; sa 09:00-12:00”."))
    return Span(_days(match["first"], match["last"]), _minute(match["start"]), _minute(match["end"]))


def _days(first: str | None, last: str | None) -> frozenset[int]:
    if first is None:
        return frozenset(range(7))
    if first not in DAYS or (last or first) not in DAYS:
        raise BadHours(words=_("Days are mo tu we th fr sa su."))
    start, end = DAYS.index(first), DAYS.index(last or first)
    return frozenset((start + step) % 7 for step in range((end - start) % 7 + 1))


def _minute(text: str) -> int:
    hour, minute = (int(part) for part in text.split(":"))
    if minute > 59 or hour * 60 + minute > 24 * 60:
        raise BadHours(words=_("“%(time)s” is not a time of day.") % {"time": text})
    return hour * 60 + minute
