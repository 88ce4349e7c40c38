"""How days, hours and rules of the roster look."""

import datetime as dt

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from fieldops.desk.faces import is_english
from fieldops.teams.roster.rules import Check


def weekday(day: dt.date) -> str:
    """Mon, 周一."""
    names = [
        pgettext("weekday", "Mon"), pgettext("weekday", "Tue"), pgettext("weekday", "Wed"),
        pgettext("weekday", "Thu"), pgettext("weekday", "Fri"), pgettext("weekday", "Sat"),
        pgettext("weekday", "Sun"),
    ]  # fmt: skip
    return names[day.weekday()]


def day_face(day: dt.date) -> str:
    """24 Nov, 11 月 24 日."""
    month = date_format(day, "M") if is_english() else str(day.month)
    return _("%(day)s %(month)s") % {"month": month, "day": day.day}


def hours_face(starts: dt.time, minutes: int) -> str:
    """24 h, 08:30; else from–to."""
    if minutes == 24 * 60:
        return _("24 h, %(time)s") % {"time": f"{starts:%H:%M}"}
    ends = (dt.datetime.combine(dt.date(2000, 1, 1), starts) + dt.timedelta(minutes=minutes)).time()
    return f"{starts:%H:%M}–{ends:%H:%M}"


def rule_words(check: Check) -> str:
    """Say a rule with the hours found."""
    found = {
        "hours": f"{check.hours:g}" if check.hours is not None else "—",
        "limit": f"{check.limit or 0:g}",
    }
    words = {
        "overlap": _("no other shift then"),
        "rest": _("rest at least %(limit)s h: %(hours)s h"),
        "week": _("week at most %(limit)s h: %(hours)s h"),
    }
    if check.code == "overlap" and not check.ok:
        return _("on another shift then")
    return words[check.code] % found
