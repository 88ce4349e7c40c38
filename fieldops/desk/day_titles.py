"""What the list of cases behind a figure is called, by the figure's key."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from fieldops.cases.models import Level
from fieldops.stats import words
from fieldops.stats.tables import type_name

Names = dict[str, str]
Body = dict[str, Any]


def title_of(figure: str, body: Body, names: Names) -> str:
    """Name a figure by its key; a key nobody knows is shown as it is."""
    group, *rest = figure.split(".")
    try:
        return TITLES[group](body, names, *rest)
    except (KeyError, TypeError, ValueError, StopIteration):
        return figure


def _team(body: Body, names: Names, team: str, name: str) -> str:
    signs = {row["team"]: row["call_sign"] for row in body["teams"]} | {"all": _("All teams")}
    return f"{signs[team]} · {words.VISITS[name]}"


def _type(body: Body, names: Names, code: str, effect: str) -> str:
    whose = _("All types") if code == "all" else type_name(code, names)
    return f"{whose} · {_('total') if effect == 'total' else words.EFFECTS[effect]}"


def _sum(body: Body, names: Names, kind: str, basis: str = "") -> str:
    return f"{words.SUMS[kind]} · {words.BASIS[basis]}" if basis else str(words.SUMS[kind])


def _school(body: Body, names: Names, school: str) -> str:
    rows = [*body["schools_month"]["rows"], *body["schools"]]
    return str(next(row["name"] for row in rows if row["school"] == school))


def _confirmed(body: Body, names: Names, alert: str, confirmed: str = "") -> str:
    if not confirmed:
        return _("Type changed")
    return f"{type_name(alert, names)} → {type_name(confirmed, names)}"


def _hour(body: Body, names: Names, hour: str) -> str:
    return _("Issued %(hour)s:00–%(hour)s:59") % {"hour": f"{int(hour):02d}"}


def _word(table: dict[str, Any]) -> Callable[..., str]:
    return lambda body, names, key: str(table[key])


def _unsettled(key: str) -> Callable[..., str]:
    return lambda body, names: str(words.NOT_SETTLED[key])


TITLES: dict[str, Callable[..., str]] = {
    "funnel": _word(words.FUNNEL),
    "type": _type,
    "team": _team,
    "sum": _sum,
    "response": _word(words.RESPONSE),
    "hour": _hour,
    "level": lambda body, names, level: str(Level(level).label),
    "school": _school,
    "school_month": _school,
    "confirmed": _confirmed,
    "told": _word(words.CHANNELS),
    "left_out": lambda body, names, reason: f"{_('Left out')} · {words.LEFT_OUT[reason]}",
    "warned": lambda body, names, filed: _("Became a case within 30 days of warning"),
    **{key: _unsettled(key) for key in words.NOT_SETTLED},
}
