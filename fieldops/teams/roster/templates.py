"""Templates: the few patterns centres work by, as lines to be filled with people.

A line of a template: suffix of its name, begins, length in minutes, weekdays, holidays, how far its rotation
is shifted against the first line's.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)
MON_TO_FRI = (0, 1, 2, 3, 4)


@dataclass(frozen=True)
class TemplateLine:
    """One line a template makes."""

    suffix: Any
    starts: dt.time
    minutes: int
    weekdays: tuple[int, ...] = EVERY_DAY
    holidays: str = "work"
    shift_by: int = 0


TEMPLATES: dict[str, tuple[Any, tuple[TemplateLine, ...]]] = {
    "day_long": (_("24 h from 08:30"), (TemplateLine("", dt.time(8, 30), 24 * 60),)),
    "two_shifts": (
        _("Day and night, 12 h each"),
        (
            TemplateLine(pgettext_lazy("shift", "day"), dt.time(8, 30), 12 * 60),
            TemplateLine(pgettext_lazy("shift", "night"), dt.time(20, 30), 12 * 60, shift_by=1),
        ),
    ),
    "three_shifts": (
        _("Three shifts of 8 h"),
        (
            TemplateLine(pgettext_lazy("shift", "early"), dt.time(8, 0), 8 * 60),
            TemplateLine(pgettext_lazy("shift", "late"), dt.time(16, 0), 8 * 60, shift_by=1),
            TemplateLine(pgettext_lazy("shift", "night"), dt.time(0, 0), 8 * 60, shift_by=2),
        ),
    ),
    "weekdays": (
        _("Weekdays 08:30–18:00, holidays off"),
        (TemplateLine("", dt.time(8, 30), 9 * 60 + 30, MON_TO_FRI, "off"),),
    ),
}
