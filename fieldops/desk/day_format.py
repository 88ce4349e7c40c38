"""How the day sheet writes numbers: signs, units, "—", and where a plot's marks stand. Pure."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

# Where the dashed target stands in the plot of response times, and where it ends.
TARGET_X, LEFT_X, RIGHT_X = 54, 4, 156


@dataclass(frozen=True)
class Figure:
    """A number on the page; one with cases behind it is a link to them."""

    text: str
    href: str = ""
    exact: str = ""
    zero: bool = False


def percent(value: int | None) -> str:
    """Return thousandths as a percentage with one decimal; "—" when there is none."""
    return "—" if value is None else f"{value / 10:.1f}%"


def percent_change(value: int | None) -> str:
    """Return a change in thousandths with its sign; "—" for a base of zero."""
    return "—" if value is None else f"{signed(f'{abs(value) / 10:.1f}', value)}%"


def points(value: int | None) -> str:
    """Return tenths of a percentage point with their sign and unit."""
    if value is None:
        return "—"
    return _("%(points)s pp") % {"points": signed(f"{abs(value) / 10:.1f}", value)}


def duration(seconds: int | None) -> str:
    """Return `min:s`, or hours and minutes from an hour on."""
    if seconds is None:
        return "—"
    if seconds < 3600:
        return f"{seconds // 60}:{seconds % 60:02d}"
    return _("%(hours)s h %(minutes)s") % {"hours": seconds // 3600, "minutes": f"{seconds % 3600 // 60:02d}"}


def signed(text: str, value: int) -> str:
    """Put a true sign before a number; nothing before zero."""
    return f"+{text}" if value > 0 else f"−{text}" if value < 0 else text


def range_plot(row: dict[str, Any], target_s: int) -> dict[str, int] | None:
    """Place p50, p90 and p95 on a line scaled to the row's own target; what is beyond the line ends at it."""
    if not row["n"]:
        return None
    scale = (TARGET_X - LEFT_X) / target_s
    places = {p: min(RIGHT_X, round(LEFT_X + scale * row[f"{p}_s"])) for p in ("p50", "p90", "p95")}
    return {**places, "target": TARGET_X}
