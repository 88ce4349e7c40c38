"""A day sheet as the page shows it: its head, and the small parts every table is made of."""

from typing import Any
from urllib.parse import urlencode

from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from fieldops.desk.day_format import Figure, percent_change, signed
from fieldops.lib.money import wan, yuan
from fieldops.playbook.queries import type_short_names
from fieldops.stats import words
from fieldops.stats.queries import Shown

CHANGES_SAID = ("funnel.phone", "funnel.visit", "sum.prevented_fen", "sum.lost_fen", "funnel.issued")


class SheetHead:
    """A stored or live sheet in the reader's language."""

    def __init__(self, shown: Shown, here: str) -> None:
        self.shown, self.body, self.here = shown, shown.body, here
        self.compared = shown.body["compare"]
        self.zh = (get_language() or "").startswith("zh")
        self.names = type_short_names(get_language() or "")

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
    def issued(self) -> int:
        issued: int = self.body["funnel"]["issued"]
        return issued

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
