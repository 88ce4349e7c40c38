"""Hours by person between two days: all, nights, on holidays; what is planned counts as it stands now."""

import csv
import datetime as dt
import io
import uuid
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from fieldops.lib.clock import LOCAL, local
from fieldops.teams.models import Stint
from fieldops.teams.roster.pattern import days_from
from fieldops.teams.roster.queries import day_start, holidays_of, people_of, turns_of
from fieldops.teams.roster.rules import Turn, clipped_hours

NIGHT = (dt.time(0), dt.time(6))
DANGER = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class PersonHours:
    """One person's hours in a stretch of days."""

    user_id: uuid.UUID
    name: str
    role: str
    hours: float
    nights: int
    holiday_hours: float
    limit: float  # what settings.ROSTER_WEEK_HOURS allows in these days

    @property
    def over(self) -> bool:
        return self.hours > self.limit


def hours_report(center_id: uuid.UUID, first: dt.date, last: dt.date) -> list[PersonHours]:
    """Return everyone's hours from `first` to `last`, both included, by role and name."""
    begin, end = day_start(first), day_start(last + dt.timedelta(days=1))
    people = people_of(center_id)
    turns = turns_of([post.user_id for post in people], begin, end)
    for stint in Stint.objects.filter(shift__center_id=center_id, from_at__lt=end, to_at__gt=begin):
        turns[stint.user_id].append(Turn(stint.from_at, stint.to_at))
    days = days_from(first, (last - first).days + 1)
    offs = {date for date, row in holidays_of(center_id, first, last).items() if row.off}
    limit = settings.ROSTER_WEEK_HOURS * len(days) / 7
    found = []
    for post in people:
        mine = turns.get(post.user_id, [])
        hours = sum(clipped_hours(turn, begin, end) for turn in mine)
        on_holidays = sum(_day_hours(turn, day) for turn in mine for day in offs)
        nights = len({night for turn in mine for night in nights_of(turn) if first <= night <= last})
        found.append(
            PersonHours(
                post.user_id, post.user.name, post.role, round(hours, 2), nights, round(on_holidays, 2),
                round(limit, 2),
            )
        )  # fmt: skip
    return found


def nights_of(turn: Turn) -> set[dt.date]:
    """Return the days whose small hours (00:00–06:00) the turn touches."""
    first, last = local(turn.starts_at).date(), local(turn.ends_at).date()
    return {
        day
        for day in days_from(first, (last - first).days + 1)
        if turn.starts_at < dt.datetime.combine(day, NIGHT[1], LOCAL)
        and turn.ends_at > dt.datetime.combine(day, NIGHT[0], LOCAL)
    }


def _day_hours(turn: Turn, day: dt.date) -> float:
    return clipped_hours(turn, day_start(day), day_start(day + dt.timedelta(days=1)))


def hours_wire(row: PersonHours) -> dict[str, Any]:
    """Return one person's hours."""
    return {
        "user_id": str(row.user_id),
        "name": row.name,
        "role": row.role,
        "hours": row.hours,
        "nights": row.nights,
        "holiday_hours": row.holiday_hours,
        "limit": row.limit,
        "over": row.over,
    }


def hours_csv(rows: list[PersonHours]) -> bytes:
    """Return the report as CSV with a byte order mark, as spreadsheets want it; no cell is a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([_("Name"), _("Role"), _("Hours"), _("Nights"), _("Holiday hours"), _("Limit")])
    for row in rows:
        name = f"'{row.name}" if row.name.startswith(DANGER) else row.name
        writer.writerow([name, row.role, row.hours, row.nights, row.holiday_hours, row.limit])
    return ("\ufeff" + out.getvalue()).encode()
