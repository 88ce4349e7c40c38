"""The day sheet's figures as the page shows them: words, links, plots. Reads a body, decides nothing."""

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from fieldops.cases.models import Level, Stage
from fieldops.desk.day_format import Figure, duration, percent, percent_change, points, range_plot, signed
from fieldops.lib.clock import local
from fieldops.lib.money import wan, yuan
from fieldops.playbook.queries import type_short_names
from fieldops.stats import words
from fieldops.stats.arithmetic import change_permille, permille
from fieldops.stats.figures import UNKNOWN_TYPE, VISIT_EFFECTS, on_time_permille
from fieldops.stats.outcome import EFFECTS
from fieldops.stats.queries import Shown
from fieldops.stats.tables import in_order, type_name

FUNNEL_ROWS = ("issued", "reached", "visited", "met", "dissuaded", "phone", "visit")
BAR_PX, HOUR_PX = 140, 78
TARGETS_S = {
    "first_call": settings.LEVEL_TARGETS_S["critical"]["first_call"],
    "accept": settings.LADDER_S["critical"][1]["after_s"],
    "arrive": settings.ARRIVE_TARGET_S,
    "met": settings.LEVEL_TARGETS_S["critical"]["visit"],
}
SCHOOLS_SHOWN = 3
CHANGES_SAID = ("funnel.phone", "funnel.visit", "sum.prevented_fen", "sum.lost_fen", "funnel.issued")


class Sheet:
    """What the template asks for, in the reader's language."""

    def __init__(self, shown: Shown, here: str) -> None:
        self.shown, self.body, self.here = shown, shown.body, here
        self.compared = shown.body["compare"]
        self.zh = (get_language() or "").startswith("zh")
        self.names = type_short_names(get_language() or "")

    # Head

    @property
    def heading(self) -> str:
        return date_format(self.shown.date, _("l j F Y"))

    @property
    def basis(self) -> str:
        return _("cut-off %(cutoff)s, %(basis)s; day before %(before)s, last year %(year)s") % {
            "cutoff": self.body["cutoff"],
            "basis": words.TIME_BASES[self.body["time_basis"]],
            "before": self.compared["previous"]["date"][5:],
            "year": self.compared["last_year"]["date"],
        }

    @property
    def hash(self) -> str:
        sha = self.shown.sheet.sha256 if self.shown.sheet else ""
        return f"{sha[:4]} {sha[4:8]}…" if sha else ""

    @property
    def changes(self) -> str:
        """Say what this revision changed, the figures a reader asks for first."""
        sheet = self.shown.sheet
        if sheet is None or not sheet.changes:
            return ""
        said = [self._changed(name, *sheet.changes[name]) for name in CHANGES_SAID if name in sheet.changes]
        if not said:
            said = [_("%(n)s figures differ") % {"n": len(sheet.changes)}]
        late = _("%(n)s late reports") % {"n": sheet.late_reports} if sheet.late_reports else ""
        return _(", ").join(said) + (f" ({late})" if late else "")

    def _changed(self, name: str, before: int | None, after: int | None) -> str:
        group, _dot, key = name.partition(".")
        by = (after or 0) - (before or 0)
        if group == "sum":
            amount = signed(self.money(abs(by)).text, by)
            return f"{words.SUMS[key.removesuffix('_fen')]} {amount} {self.money_head}"
        return f"{words.FUNNEL[key]} {signed(str(abs(by)), by)}"

    @property
    def other_revisions(self) -> list[dict[str, Any]]:
        mine = self.shown.sheet.revision if self.shown.sheet else None
        link = f"/day?date={self.shown.date.isoformat()}&revision="
        return [{"number": n, "href": f"{link}{n}"} for n in self.shown.revisions if n != mine][:3]

    # Small parts

    @property
    def money_head(self) -> str:
        return _("10,000 yuan") if self.zh else _("yuan")

    def count(self, n: int, figure: str) -> Figure:
        """Return a count that opens its cases; zero has none to open."""
        return Figure(str(n), self.link(figure), zero=False) if n else Figure("0", zero=True)

    def link(self, figure: str) -> str:
        return f"{self.here}&{urlencode({'figure': figure})}#cases"

    def money(self, fen: int) -> Figure:
        if not fen:
            return Figure("0", zero=True)
        return Figure(wan(fen) if self.zh else yuan(fen), exact=f"¥{yuan(fen)}")

    def change(self, figure: str, span: str) -> str:
        return percent_change(self.compared["changes"].get(figure, {}).get(span))

    def base(self, span: str, figure: str) -> int | None:
        value: int | None = self.compared[span]["figures"].get(figure)
        return value

    # Upper row

    @cached_property
    def funnel(self) -> list[dict[str, Any]]:
        issued = self.body["funnel"]["issued"]
        return [
            {
                "label": words.FUNNEL[step],
                "part": step in ("phone", "visit"),
                "strong": step in ("issued", "dissuaded"),
                "bar": round(BAR_PX * count / issued) if issued else 0,
                "count": self.count(count, f"funnel.{step}"),
                "share": percent(permille(count, issued)),
                "pop": self.change(f"funnel.{step}", "pop"),
                "yoy": self.change(f"funnel.{step}", "yoy"),
            }
            for step in FUNNEL_ROWS
            for count in [self.body["funnel"][step]]
        ]

    @property
    def issued(self) -> int:
        issued: int = self.body["funnel"]["issued"]
        return issued

    @cached_property
    def rates(self) -> list[dict[str, Any]]:
        warned = self.body["warned"]
        filed = permille(warned["filed"], warned["people"])
        return [
            self._rate(
                _("First step in time"), "on_time_permille", on_time_permille(self.body), "funnel.overdue"
            ),
            self._rate(
                _("Became a case within 30 days of warning"), "warned_permille", filed, "warned.filed"
            ),
        ]

    def _rate(self, label: str, name: str, value: int | None, figure: str) -> dict[str, Any]:
        change = self.compared["changes"][name]
        opens = bool(self.shown.refs["figures"].get(figure))
        return {
            "label": label,
            "value": Figure(percent(value), self.link(figure) if opens else ""),
            "pop": points(change["pop"]),
            "yoy": points(change["yoy"]),
        }

    @cached_property
    def levels(self) -> list[dict[str, Any]]:
        return [
            {"label": Level(level).label, "count": self.count(n, f"level.{level}")}
            for level, n in in_order(self.body["levels"], words.LEVELS)
        ]

    @cached_property
    def sums(self) -> list[dict[str, Any]]:
        return [
            {
                "label": words.SUMS[kind],
                "count": self.count(row["cases"], f"sum.{kind}"),
                "sum": self.money(row["fen"]),
                "basis": [
                    {
                        "label": words.BASIS[basis],
                        "count": self.count(part["cases"], f"sum.{kind}.{basis}"),
                        "sum": self.money(part["fen"]),
                    }
                    for basis, part in in_order(row["basis"], words.BASIS)
                ],
            }
            for kind, row in in_order(self.body["sums"], words.SUMS)
            if kind != "then_lost"
        ]

    @property
    def then_lost(self) -> dict[str, Any]:
        row = self.body["sums"]["then_lost"]
        return {"count": self.count(row["cases"], "sum.then_lost"), "sum": self.money(row["fen"])}

    @cached_property
    def response(self) -> list[dict[str, Any]]:
        return [
            {
                "label": words.RESPONSE[name],
                "p50": Figure(duration(row["p50_s"]), self.link(f"response.{name}") if row["n"] else ""),
                "p90": duration(row["p90_s"]),
                "p95": duration(row["p95_s"]),
                "previous": duration(self.base("previous", f"response.{name}")),
                "last_year": duration(self.base("last_year", f"response.{name}")),
                "plot": range_plot(row, TARGETS_S[name]),
            }
            for name, row in in_order(self.body["response"], words.RESPONSE)
        ]

    @cached_property
    def hours(self) -> list[dict[str, Any]]:
        most = max(self.body["hours"], default=0) or 1
        return [
            {
                "x": 4 + 20 * hour,
                "middle": 11 + 20 * hour,
                "y": 100 - round(HOUR_PX * n / most),
                "height": round(HOUR_PX * n / most),
                "above": 96 - round(HOUR_PX * n / most),
                "label": f"{hour:02d}" if hour % 3 == 0 else "",
                "hour": f"{hour:02d}",
                "count": n,
                "href": self.link(f"hour.{hour:02d}") if n else "",
            }
            for hour, n in enumerate(self.body["hours"])
        ]

    # Lower row

    @property
    def effect_heads(self) -> list[Any]:
        return [words.EFFECTS[effect] for effect in EFFECTS]

    @cached_property
    def types(self) -> list[dict[str, Any]]:
        return [
            self._type(type_name(row["type"], self.names), row["type"], row) for row in self.body["types"]
        ]

    @cached_property
    def types_total(self) -> dict[str, Any]:
        return self._type(_("Total"), "all", self.body["types_total"], compared="funnel.issued")

    def _type(self, label: str, code: str, row: dict[str, Any], compared: str = "") -> dict[str, Any]:
        compared = compared or f"type.{code}"
        return {
            "label": label,
            "code": code if code not in ("all", UNKNOWN_TYPE) else "",
            "effects": [self.count(row[effect], f"type.{code}.{effect}") for effect in EFFECTS],
            "total": self.count(row["total"], f"type.{code}.total"),
            "prevented": self.money(row["prevented_fen"]),
            "previous": self.base("previous", compared) or 0,
            "yoy": self.change(compared, "yoy"),
        }

    @property
    def closes(self) -> dict[str, Any]:
        """Write the sum out in sight; the first total that does not close is named instead."""
        wrong = [check for check in self.body["checks"] if not check["ok"]]
        if wrong:
            return {"ok": False, "sum": "+".join(map(str, wrong[0]["parts"])), "whole": wrong[0]["whole"]}
        parts = [self.body["types_total"][effect] for effect in EFFECTS]
        return {"ok": True, "sum": "+".join(str(n) for n in parts if n) or "0", "whole": self.issued}

    @cached_property
    def retyped(self) -> list[dict[str, Any]]:
        """Alert type → confirmed type, where they differ."""
        rows = [row for row in self.body["confirmed"] if row["alert"] != row["confirmed"]]
        return [
            {
                "alert": type_name(row["alert"], self.names),
                "confirmed": type_name(row["confirmed"], self.names),
                "count": self.count(row["cases"], f"confirmed.{row['alert']}.{row['confirmed']}"),
            }
            for row in sorted(rows, key=lambda row: -row["cases"])
        ][:5]

    @property
    def visit_heads(self) -> list[Any]:
        return [words.VISITS[name] for name in ("visits", *VISIT_EFFECTS)]

    @property
    def arrival_heads(self) -> list[dict[str, str]]:
        return [
            {"text": pgettext("column", "p50"), "title": _("arrival 50%")},
            {"text": pgettext("column", "p90"), "title": _("arrival 90%")},
        ]

    @cached_property
    def teams(self) -> list[dict[str, Any]]:
        return [self._team(row["call_sign"], row["team"], row) for row in self.body["teams"]]

    @cached_property
    def teams_total(self) -> dict[str, Any]:
        return self._team(_("Total"), "all", self.body["teams_total"])

    def _team(self, label: str, team: str, row: dict[str, Any]) -> dict[str, Any]:
        mine = [phone for phone in self.shown.on_phones if team in ("all", phone["team"])]
        return {
            "label": label,
            "counts": [self.count(row[name], f"team.{team}.{name}") for name in ("visits", *VISIT_EFFECTS)],
            "p50": duration(row["arrive"]["p50_s"]),
            "p90": duration(row["arrive"]["p90_s"]),
            "unsent": sum(phone["pending"] for phone in mine),
        }

    @property
    def visits_close(self) -> bool:
        return all(c["ok"] for c in self.body["checks"] if c["check"].startswith(("visits", "team")))

    @cached_property
    def not_settled(self) -> list[dict[str, Any]]:
        row, out = self.body["not_settled"], self.body["left_out"]
        lines = [
            {"label": words.NOT_SETTLED[name], "count": self.count(row[name], name), "more": more}
            for name, more in (
                ("open", self._open_more()),
                ("disputed", self._disputes()),
                ("unreported", ""),
                ("called_off_reports", ""),
            )
            if row[name] or name in ("open", "disputed")
        ]
        lines.append(
            {
                "label": _("Still on phones"),
                "count": self._unsent(),
                "more": self._unsent_more(),
                "warn": True,
            }
        )
        total = sum(out.values())
        lines.append(
            {"label": _("Left out"), "count": Figure(str(total), zero=not total), "parts": self._left_out()}
        )
        return lines

    def _open_more(self) -> str:
        row = self.body["not_settled"]
        if not row["open"]:
            return ""
        levels = _(", ").join(
            f"{Level(level).label} {n}" for level, n in in_order(row["open_levels"], words.LEVELS)
        )
        return _("%(levels)s; oldest %(time)s") % {"levels": levels, "time": duration(row["open_oldest_s"])}

    def _disputes(self) -> str:
        disputes = self.body["not_settled"]["disputes"]
        if not disputes:
            return ""
        first = disputes[0]
        fields = _(", ").join(str(words.FIELDS[name]) for name in first["fields"])
        return _("%(number)s: reports differ in %(fields)s") % {"number": first["number"], "fields": fields}

    def _unsent(self) -> Figure:
        total = sum(phone["pending"] for phone in self.shown.on_phones)
        return Figure(str(total), zero=not total)

    def _unsent_more(self) -> str:
        phones = self.shown.on_phones
        if not phones:
            return ""
        oldest = min((phone["oldest_at"] for phone in phones if phone["oldest_at"]), default="")
        at = f"{local(dt.datetime.fromisoformat(oldest)):%H:%M}" if oldest else "—"
        teams = _(", ").join(sorted({phone["call_sign"] for phone in phones}))
        if not self.shown.sheet:
            return _("%(teams)s, oldest %(at)s") % {"teams": teams, "at": at}
        coming = max(self.shown.revisions) + 1
        values = {"teams": teams, "at": at, "n": coming}
        return _("%(teams)s, oldest %(at)s; will make revision %(n)s") % values

    def _left_out(self) -> list[dict[str, Any]]:
        rows = in_order(self.body["left_out"], words.LEFT_OUT)
        return [{"label": words.LEFT_OUT[r], "count": self.count(n, f"left_out.{r}")} for r, n in rows if n]

    @property
    def month(self) -> str:
        days = {"first": 1, "last": self.shown.date.day}
        return _("%(first)s–%(last)s this month, same days last year; cases") % days

    @cached_property
    def schools(self) -> list[dict[str, Any]]:
        """The schools with most cases, and the others in one row."""
        rows = self.body["schools_month"]["rows"]
        single = rows if len(rows) <= SCHOOLS_SHOWN else rows[: SCHOOLS_SHOWN - 1]
        shown = [
            {
                "label": row["name"],
                "count": self.count(row["cases"], f"school_month.{row['school']}"),
                "last_year": row["last_year"],
                "yoy": percent_change(change_permille(row["cases"], row["last_year"])),
            }
            for row in single
        ]
        rest = rows[len(single) :]
        if rest:
            now, before = sum(row["cases"] for row in rest), sum(row["last_year"] for row in rest)
            shown.append(
                {
                    "label": _("other %(n)s schools") % {"n": len(rest)},
                    "count": Figure(str(now), zero=not now),
                    "last_year": before,
                    "yoy": percent_change(change_permille(now, before)),
                }
            )
        return shown

    @cached_property
    def questions(self) -> list[str]:
        return [
            _("%(sum)s: %(now)s, the day before %(before)s. Is that right?")
            % {
                "sum": words.SUMS[asked["sum"]],
                "now": f"¥{yuan(asked['now_fen'])}",
                "before": f"¥{yuan(asked['before_fen'])}",
            }
            for asked in self.body["questions"]
        ]

    def opened(self, cases: list[dict[str, str]]) -> list[dict[str, Any]]:
        """Put the cases behind a figure into words."""
        return [{**case, **self._in_words(case)} if "id" in case else {**case} for case in cases]

    def _in_words(self, case: dict[str, str]) -> dict[str, Any]:
        return {
            "type": type_name(case["scam_type"] or UNKNOWN_TYPE, self.names),
            "level_name": Level(case["level"]).label,
            "stage_name": Stage(case["stage"]).label,
        }
