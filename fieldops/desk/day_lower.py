"""The lower row of the day sheet: scam type × effect and team × effect, with totals that close."""

from typing import Any

from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from fieldops.desk.day_format import duration
from fieldops.desk.day_sheet import SheetHead
from fieldops.stats import words
from fieldops.stats.figures import UNKNOWN_TYPE, VISIT_EFFECTS
from fieldops.stats.outcome import EFFECTS
from fieldops.stats.tables import type_name


class LowerRow(SheetHead):
    """Two tables, and the sentence that adds them up."""

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
