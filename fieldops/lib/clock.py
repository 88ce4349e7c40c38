"""Time: aware UTC inside, Asia/Shanghai for days and faces."""

import datetime as dt
from zoneinfo import ZoneInfo

from django.utils import timezone

LOCAL = ZoneInfo("Asia/Shanghai")
_correction = dt.timedelta(0)


def now() -> dt.datetime:
    """Return the current instant, aware UTC: the host's, corrected to the database's (hostclock.py)."""
    return timezone.now() + _correction


def correction() -> dt.timedelta:
    """Return what is added to the host's own clock."""
    return _correction


def correct(by: dt.timedelta) -> None:
    """From now on add this to the host's own clock."""
    global _correction
    _correction = by


def iso(at: dt.datetime | None) -> str | None:
    """Return `at` as ISO 8601 UTC with milliseconds and `Z`, or None."""
    if at is None:
        return None
    return at.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def local(at: dt.datetime) -> dt.datetime:
    """Return `at` in Asia/Shanghai."""
    return at.astimezone(LOCAL)


def local_day(at: dt.datetime, cutoff: str = "00:00") -> dt.date:
    """Return the working day `at` falls in, when a day begins at `cutoff` (HH:MM, Asia/Shanghai)."""
    return (local(at) - _offset(cutoff)).date()


def day_bounds(day: dt.date, cutoff: str = "00:00") -> tuple[dt.datetime, dt.datetime]:
    """Return the instants at which the working day begins and ends (end excluded)."""
    start = dt.datetime.combine(day, dt.time(0), LOCAL) + _offset(cutoff)
    return start, start + dt.timedelta(days=1)


def in_our_time(day: dt.date) -> bool:
    """Tell whether a day or moment can be shown in every zone and added to: the years 2000 to 2099."""
    return 2000 <= day.year < 2100


def _offset(cutoff: str) -> dt.timedelta:
    hours, minutes = cutoff.split(":")
    return dt.timedelta(hours=int(hours), minutes=int(minutes))
