"""Read a holiday file: CSV (date,name,isOffDay), JSON (a list of days, or {"days": […]}), or iCalendar. Pure.

All or nothing: BadHolidays carries what is wrong by row. In iCalendar a summary ending in 班 or (班) is a
working day that makes up for a holiday; every other all-day event is a day off.
"""

import csv
import datetime as dt
import io
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from icalendar import Calendar
from rest_framework.exceptions import ParseError

from fieldops.lib.clock import in_our_time
from fieldops.lib.errors import Invalid, Problem
from fieldops.lib.parsers import parse_json

TRUE = {"true", "1", "yes", "是", "休"}
FALSE = {"false", "0", "no", "否", "班"}
MOST = 1000
LONGEST = dt.timedelta(days=31)


class BadHolidays(Problem):
    """The file cannot be read, or rows of it are wrong (400 `bad_holidays`)."""

    status = 400
    code = "bad_holidays"

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(words=_("Nothing was loaded: the holiday file has mistakes."), errors=errors)


@dataclass(frozen=True)
class HolidayRow:
    """One day: off, or a working day that makes up for one."""

    date: dt.date
    name: str
    off: bool


def read_holidays(text: str) -> list[HolidayRow]:
    """Return the days of a file's text, in order. Raises BadHolidays."""
    text = text.lstrip("\ufeff").strip()
    try:
        if text.startswith("BEGIN:VCALENDAR"):
            raw = _from_ics(text)
        elif text.startswith(("{", "[")):
            raw = _from_json(text)
        else:
            raw = _from_csv(text)
    except (ValueError, KeyError, AttributeError, TypeError, OverflowError, csv.Error) as error:
        raise BadHolidays({"file": str(error)}) from error
    return _checked(raw)


def _from_csv(text: str) -> list[tuple[str, Any, Any, Any]]:
    rows = csv.DictReader(io.StringIO(text))
    if not {"date", "name", "isOffDay"} <= set(rows.fieldnames or []):
        raise ValueError(_("The first line must be date,name,isOffDay."))
    return [(str(rows.line_num), row["date"], row["name"], row["isOffDay"]) for row in rows]


def _from_json(text: str) -> list[tuple[str, Any, Any, Any]]:
    try:
        data = parse_json(text.encode())
    except (ParseError, Invalid) as error:
        raise ValueError(_("This is not JSON, or too deep.")) from error
    days = data["days"] if isinstance(data, dict) else data
    return [(str(number), row["date"], row["name"], row["isOffDay"]) for number, row in enumerate(days, 1)]


def _from_ics(text: str) -> list[tuple[str, Any, Any, Any]]:
    found = []
    for number, event in enumerate(Calendar.from_ical(text).walk("VEVENT"), 1):
        name = str(event["summary"]).strip()
        first = event.decoded("dtstart")
        last = event.decoded("dtend", None)
        if isinstance(first, dt.datetime):
            first, last = first.date(), None
        count = max(1, (min(last, first + LONGEST) - first).days if last else 1)
        off = not name.rstrip("）) ").endswith("班")
        found += [
            (str(number), (first + dt.timedelta(days=step)).isoformat(), name, off) for step in range(count)
        ]
    return found


def _checked(raw: list[tuple[str, Any, Any, Any]]) -> list[HolidayRow]:
    errors: dict[str, str] = {}
    found: dict[dt.date, HolidayRow] = {}
    for number, date, name, off in raw[: MOST + 1]:
        try:
            row = HolidayRow(_day(date), str(name).strip()[:40], _truth(off))
            if row.date in found and found[row.date] != row:
                raise ValueError(_("The same day stands here twice, differently."))
            found[row.date] = row
        except ValueError as error:
            errors[number] = str(error)
    if len(raw) > MOST or not raw:
        errors["file"] = _("The file holds no days, or too many.")
    if errors:
        raise BadHolidays(errors)
    return sorted(found.values(), key=lambda row: row.date)


def _day(value: Any) -> dt.date:
    day = dt.date.fromisoformat(str(value).strip())
    if not in_our_time(day):
        raise ValueError(_("There is no such day."))
    return day


def _truth(value: Any) -> bool:
    text = str(value).strip().lower()
    if text in TRUE:
        return True
    if text in FALSE:
        return False
    raise ValueError(_("isOffDay must be true or false."))
