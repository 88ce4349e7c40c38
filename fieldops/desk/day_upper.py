"""The upper row of the day sheet: funnel, rates, levels, sums, response times, hours."""

from typing import Any

from django.conf import settings
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from fieldops.cases.models import Level
from fieldops.desk.day_format import Figure, duration, percent, points, range_plot
from fieldops.desk.day_sheet import SheetHead
from fieldops.stats import words
from fieldops.stats.arithmetic import permille
from fieldops.stats.figures import on_time_permille
from fieldops.stats.tables import in_order

FUNNEL_ROWS = ("issued", "reached", "visited", "met", "dissuaded", "phone", "visit")
BAR_PX, HOUR_PX = 140, 78
TARGETS_S = {
    "first_call": settings.LEVEL_TARGETS_S["critical"]["first_call"],
    "accept": settings.LADDER_S["critical"][1]["after_s"],
    "arrive": settings.ARRIVE_TARGET_S,
    "met": settings.LEVEL_TARGETS_S["critical"]["visit"],
}


class UpperRow(SheetHead):
    """What came in, what came of it, how fast."""

    @cached_property
    def funnel(self) -> list[dict[str, Any]]:
        issued = self.issued
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
