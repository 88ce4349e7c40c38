"""Beside the day sheet's tables: what is not settled, schools, questions, the cases behind a figure."""

import datetime as dt
from typing import Any

from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from fieldops.cases.models import Level, Stage
from fieldops.desk.day_format import Figure, duration, percent_change
from fieldops.desk.day_sheet import SheetHead
from fieldops.lib.clock import local
from fieldops.lib.money import yuan
from fieldops.stats import words
from fieldops.stats.arithmetic import change_permille
from fieldops.stats.figures import UNKNOWN_TYPE
from fieldops.stats.tables import in_order, type_name

SCHOOLS_SHOWN = 3


class SideColumn(SheetHead):
    """What the figures do not say by themselves."""

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
