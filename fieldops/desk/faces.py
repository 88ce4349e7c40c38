"""How times and sums look (desk.md §3, §7): one face each, the same on the server and in live.js."""

import datetime as dt

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from fieldops.lib.clock import local
from fieldops.lib.money import wan

HOUR_S = 3600
SOON_S = 300
DAY_TIME_S = 20 * 3600  # beyond it the hour is noise: the day is shown


def is_english() -> bool:
    """Tell whether the reader reads English."""
    return (get_language() or "").startswith("en")


def minutes(seconds: float) -> str:
    """4:40; over an hour `1 h 20 min`."""
    whole = int(abs(seconds))
    if whole >= HOUR_S:
        return _("%(hours)s h %(minutes)s min") % {"hours": whole // 3600, "minutes": whole % 3600 // 60}
    return f"{whole // 60}:{whole % 60:02d}"


def clock_class(due: dt.datetime, at: dt.datetime) -> str:
    """Return how urgent a clock is: over, soon, near or far."""
    left = (due - at).total_seconds()
    if left < 0:
        return "over"
    if left < SOON_S:
        return "soon"
    return "near" if left < HOUR_S else "far"


def clock_face(due: dt.datetime, at: dt.datetime) -> str:
    """Under an hour it counts down; later it shows the time; past due it says so."""
    left = (due - at).total_seconds()
    if left < 0:
        return _("+%(time)s") % {"time": minutes(left)}
    if left < HOUR_S:
        return minutes(left)
    here = local(due)
    return _("by %(time)s") % {"time": f"{here:%H:%M}" if left < DAY_TIME_S else f"{here:%m-%d}"}


def moment(when: dt.datetime, at: dt.datetime) -> str:
    """15:42 today, 11-19 15:42 otherwise."""
    here, today = local(when), local(at)
    return f"{here:%H:%M}" if here.date() == today.date() else f"{here:%m-%d %H:%M}"


def ago(when: dt.datetime, at: dt.datetime) -> str:
    """12 s, 4 min, 2 h: how long since."""
    seconds = max(0, int((at - when).total_seconds()))
    if seconds < 60:
        return _("%(n)s s") % {"n": seconds}
    if seconds < HOUR_S:
        return _("%(n)s min") % {"n": seconds // 60}
    if seconds < 48 * HOUR_S:
        return _("%(n)s h") % {"n": seconds // HOUR_S}
    return _("%(n)s d") % {"n": seconds // (24 * HOUR_S)}


def sum_short(fen: int | None) -> str:
    """On strips: 6 万, 0.32 万; ¥60k in English. Nothing for nothing."""
    if not fen:
        return ""
    if is_english():
        return f"¥{_trim(fen / 100_000, 1)}k" if fen >= 100_000 else f"¥{fen // 100}"
    return f"{_trim(fen / 1_000_000, 2)} 万"


def sum_full(fen: int | None) -> str:
    """On the case: 6.00 万; ¥60,000 in English; a dash where it was never said."""
    if fen is None:
        return "—"
    if is_english():
        return f"¥{fen // 100:,}"
    return f"{wan(fen)} 万" if fen else "0"


def _trim(value: float, places: int) -> str:
    text = f"{value:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
