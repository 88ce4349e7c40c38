"""A sheet's body as tables in the reader's language: the same for CSV and XLSX."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from fieldops.lib.words import joined
from fieldops.playbook.queries import type_short_names
from fieldops.stats import words
from fieldops.stats.arithmetic import permille
from fieldops.stats.figures import UNKNOWN_TYPE, VISIT_EFFECTS, on_time_permille
from fieldops.stats.outcome import EFFECTS
from fieldops.stats.queries import Shown

COUNT, YUAN, SECONDS, RATE, POINTS, TEXT = "count", "yuan", "s", "%", "pp", ""


@dataclass(frozen=True)
class Table:
    """One table: heads of its label columns and of its value columns, each of the latter with its unit."""

    name: str
    title: str
    labels: list[str]
    values: list[tuple[str, str]]  # head, unit
    rows: list[tuple[list[str], list[Any]]]


def tables_of(shown: Shown) -> list[Table]:
    """Return the sheet's tables; a value of None is shown as "—"."""
    names = type_short_names(get_language() or "")
    body = shown.body
    return [_sheet(shown), *(make(body, names) for make in TABLES)]


def type_name(code: str, names: dict[str, str]) -> str:
    """Return the short name of a type; a code the playbook does not know stands for itself."""
    return str(words.UNKNOWN_TYPE) if code == UNKNOWN_TYPE else names.get(code, code)


def in_order(found: dict[str, Any], table: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return the items in the order of the table of words: a stored body has its keys sorted by letter."""
    return [(key, found[key]) for key in table if key in found]


def _sheet(shown: Shown) -> Table:
    """Say which sheet this is: printed on every export."""
    body, sheet = shown.body, shown.sheet
    compared = body["compare"]
    checks = [check["check"] for check in body["checks"] if not check["ok"]]
    agree = _("do not agree: %(checks)s") % {"checks": joined(checks)} if checks else _("agree")
    lines = [
        (_("Centre"), shown.center.name),
        (_("Day"), shown.date.isoformat()),
        (_("Revision"), str(sheet.revision) if sheet else _("preview, not stored")),
        (_("Cut-off"), body["cutoff"]),
        (_("Counted"), str(words.TIME_BASES[body["time_basis"]])),
        (_("From"), body["from"]),
        (_("To"), body["to"]),
        ("SHA-256", sheet.sha256 if sheet else "—"),
        (_("Stored"), sheet.stored_at.isoformat(timespec="seconds") if sheet else "—"),
        (_("Day before"), compared["previous"]["date"]),
        (_("Same day last year"), compared["last_year"]["date"]),
        (_("Totals"), agree),
        (_("For signing"), _("yes") if shown.signable else _("no")),
    ]
    rows = [([label], [value]) for label, value in lines]
    return Table("sheet", _("Sheet"), [_("Item")], [(_("Value"), TEXT)], rows)


def _funnel(body: dict[str, Any], names: dict[str, str]) -> Table:
    changes, issued = body["compare"]["changes"], body["funnel"]["issued"]
    rows = [
        (
            [str(word)],
            [count := body["funnel"][step], permille(count, issued), *_change(changes, f"funnel.{step}")],
        )
        for step, word in words.FUNNEL.items()
    ]
    heads = [(_("cases"), COUNT), (_("share"), RATE), *_change_heads(RATE)]
    return Table("funnel", _("From alert to dissuasion"), [_("Step")], heads, rows)


def _rates(body: dict[str, Any], names: dict[str, str]) -> Table:
    changes, warned = body["compare"]["changes"], body["warned"]
    lines = {
        "on_time_permille": (_("First step in time"), on_time_permille(body)),
        "warned_permille": (
            _("Became a case within 30 days of warning"),
            permille(warned["filed"], warned["people"]),
        ),
    }
    rows = [([label], [value, *_change(changes, name)]) for name, (label, value) in lines.items()]
    return Table("rates", _("Rates"), [_("Rate")], [(_("share"), RATE), *_change_heads(POINTS)], rows)


def _types(body: dict[str, Any], names: dict[str, str]) -> Table:
    compared = body["compare"]
    before = compared["previous"]["figures"]
    heads = [*((str(words.EFFECTS[e]), COUNT) for e in EFFECTS), (_("total"), COUNT), (_("prevented"), YUAN)]
    heads += [(_("day before"), COUNT), *_change_heads(RATE)]
    listed = [(type_name(r["type"], names), f"type.{r['type']}", r) for r in body["types"]]
    listed.append((_("Total"), "funnel.issued", body["types_total"]))
    rows = [
        (
            [label],
            [
                *(row[effect] for effect in EFFECTS),
                row["total"],
                row["prevented_fen"],
                before.get(figure, 0),
                *_change(compared["changes"], figure),
            ],
        )
        for label, figure, row in listed
    ]
    return Table("types", _("Scam type × effect"), [_("Type (confirmed)")], heads, rows)


def _confirmed(body: dict[str, Any], names: dict[str, str]) -> Table:
    rows = [
        ([type_name(row["alert"], names), type_name(row["confirmed"], names)], [row["cases"]])
        for row in body["confirmed"]
    ]
    labels = [_("Type of the alert"), _("Type (confirmed)")]
    return Table("confirmed", _("Alert type × confirmed type"), labels, [(_("cases"), COUNT)], rows)


def _teams(body: dict[str, Any], names: dict[str, str]) -> Table:
    heads = [(str(words.VISITS[name]), COUNT) for name in ("visits", *VISIT_EFFECTS)]
    heads += [(_("arrival 50%"), SECONDS), (_("arrival 90%"), SECONDS)]
    listed = [(row["call_sign"], row) for row in body["teams"]] + [(_("Total"), body["teams_total"])]
    rows = [
        (
            [label],
            [*(row[n] for n in ("visits", *VISIT_EFFECTS)), row["arrive"]["p50_s"], row["arrive"]["p90_s"]],
        )
        for label, row in listed
    ]
    return Table("teams", _("Team × effect"), [_("Team")], heads, rows)


def _sums(body: dict[str, Any], names: dict[str, str]) -> Table:
    rows: list[tuple[list[str], list[Any]]] = []
    for kind, word in words.SUMS.items():
        row = body["sums"][kind]
        rows.append(([str(word), _("all")], [row["cases"], row["fen"]]))
        for basis, part in in_order(row.get("basis", {}), words.BASIS):
            rows.append(([str(word), str(words.BASIS[basis])], [part["cases"], part["fen"]]))
    heads = [(_("cases"), COUNT), (_("yuan"), YUAN)]
    return Table("sums", _("Sums by basis"), [_("Sum"), _("Basis")], heads, rows)


def _response(body: dict[str, Any], names: dict[str, str]) -> Table:
    compared = body["compare"]
    rows = []
    for name, word in words.RESPONSE.items():
        row = body["response"][name]
        bases = [compared[base]["figures"].get(f"response.{name}") for base in ("previous", "last_year")]
        rows.append(([str(word)], [row["n"], row["p50_s"], row["p90_s"], row["p95_s"], *bases]))
    heads = [(_("measured"), COUNT), ("50%", SECONDS), ("90%", SECONDS), ("95%", SECONDS)]
    heads += [(_("day before, 50%"), SECONDS), (_("last year, 50%"), SECONDS)]
    return Table("response", _("Response times"), [_("From → to")], heads, rows)


def _counts(
    name: str, title: Callable[[], str], label: Callable[[], str], rows: Iterable[tuple[str, Any]]
) -> Table:
    return Table(name, title(), [label()], [(_("cases"), COUNT)], [([str(text)], [n]) for text, n in rows])


def _hours(body: dict[str, Any], names: dict[str, str]) -> Table:
    rows = [(f"{hour:02d}", count) for hour, count in enumerate(body["hours"])]
    return _counts("hours", lambda: _("By hour of issue"), lambda: _("Hour"), rows)


def _levels(body: dict[str, Any], names: dict[str, str]) -> Table:
    rows = [(words.LEVELS[level], count) for level, count in in_order(body["levels"], words.LEVELS)]
    return _counts("levels", lambda: _("By level"), lambda: _("Level"), rows)


def _schools(body: dict[str, Any], names: dict[str, str]) -> Table:
    """Every school of the month so far; the day's own cases beside them."""
    of_day = {row["school"]: row["cases"] for row in body["schools"]}
    heads = [(_("cases"), COUNT), (_("month so far"), COUNT), (_("same days last year"), COUNT)]
    rows = [
        ([row["name"]], [of_day.get(row["school"], 0), row["cases"], row["last_year"]])
        for row in body["schools_month"]["rows"]
    ]
    return Table("schools", _("By school"), [_("School")], heads, rows)


def _calls(body: dict[str, Any], names: dict[str, str]) -> Table:
    rows = [(words.CALLS[result], count) for result, count in in_order(body["calls"], words.CALLS)]
    return Table(
        "calls",
        _("Calls by result"),
        [_("Result")],
        [(_("calls"), COUNT)],
        [([str(t)], [n]) for t, n in rows],
    )


def _told(body: dict[str, Any], names: dict[str, str]) -> Table:
    rows = [(words.CHANNELS[channel], count) for channel, count in in_order(body["told"], words.CHANNELS)]
    return _counts("told", lambda: _("Told outside"), lambda: _("Who"), rows)


def _not_settled(body: dict[str, Any], names: dict[str, str]) -> Table:
    rows = [(word, body["not_settled"][name]) for name, word in words.NOT_SETTLED.items()]
    return _counts("not_settled", lambda: _("Not settled yet"), lambda: _("Item"), rows)


def _left_out(body: dict[str, Any], names: dict[str, str]) -> Table:
    rows = [(words.LEFT_OUT[reason], count) for reason, count in in_order(body["left_out"], words.LEFT_OUT)]
    return _counts("left_out", lambda: _("Left out"), lambda: _("Reason"), rows)


def _change(changes: dict[str, Any], figure: str) -> list[int | None]:
    change = changes.get(figure, {})
    return [change.get("pop"), change.get("yoy")]


def _change_heads(unit: str) -> list[tuple[str, str]]:
    return [(_("vs day before"), unit), (_("vs last year"), unit)]


TABLES: list[Callable[[dict[str, Any], dict[str, str]], Table]] = [
    _funnel,
    _rates,
    _types,
    _confirmed,
    _teams,
    _sums,
    _response,
    _hours,
    _levels,
    _schools,
    _calls,
    _told,
    _not_settled,
    _left_out,
]
