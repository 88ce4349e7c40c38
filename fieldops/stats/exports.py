"""Sheets as files: JSON, CSV, XLSX; text that a spreadsheet would run as a formula is made plain."""

import csv
import io
import json
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _

from fieldops.stats import words
from fieldops.stats.queries import Shown
from fieldops.stats.tables import COUNT, POINTS, RATE, SECONDS, TEXT, YUAN, Table, tables_of
from fieldops.stats.wire import shown_wire

FORMATS = ("json", "csv", "xlsx")
MEDIA = {
    "json": "application/json; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
BOM = "\ufeff"  # without it Excel reads UTF-8 as the system's code page
# A cell that begins so is a formula to some spreadsheet; TAB and CR are skipped by others before they look.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# Number formats: durations are days to a spreadsheet, so that they can be averaged there.
NUMBER_FORMATS = {COUNT: "0", YUAN: "#,##0.00", SECONDS: "[m]:ss", RATE: "0.0%", POINTS: "0.0", TEXT: "@"}


def plain(text: str) -> str:
    """Return text no spreadsheet takes for a formula: an apostrophe before a first sign that could be one."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def file_name(days: list[Shown], form: str) -> str:
    """Return a name that says centre, day and revision."""
    first, last = days[0], days[-1]
    span = first.date.isoformat() if len(days) == 1 else f"{first.date.isoformat()}_{last.date.isoformat()}"
    which = (
        f"-r{first.sheet.revision}"
        if len(days) == 1 and first.sheet
        else "-preview"
        if len(days) == 1
        else ""
    )
    return f"daysheet-{first.center.code}-{span}{which}.{form}"


def write(days: list[Shown], form: str) -> bytes:
    """Return the file; a stored revision gives the same JSON and CSV bytes each time."""
    return WRITERS[form](days)


def _json(days: list[Shown]) -> bytes:
    docs = [shown_wire(shown) for shown in days]
    whole: Any = docs[0] if len(docs) == 1 else {"sheets": docs}
    return json.dumps(whole, ensure_ascii=False, sort_keys=True, indent=1).encode()


def _csv(days: list[Shown]) -> bytes:
    """One line a figure: day, revision, table, row, column, value, unit."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    heads = (_("Day"), _("Revision"), _("Table"), _("Row"), _("Column"), _("Value"), _("Unit"))
    writer.writerow([plain(head) for head in heads])
    for shown in days:
        revision = shown.sheet.revision if shown.sheet else ""
        for table in tables_of(shown):
            for row in _csv_rows(table):
                writer.writerow([shown.date.isoformat(), revision, *row])
    return (BOM + out.getvalue()).encode()


def _csv_rows(table: Table) -> list[list[Any]]:
    return [
        [plain(table.title), plain(" → ".join(labels)), plain(head), _csv_value(value, unit), _unit(unit)]
        for labels, values in table.rows
        for (head, unit), value in zip(table.values, values, strict=True)
    ]


def _csv_value(value: Any, unit: str) -> str:
    if value is None:
        return "—"
    if unit == TEXT:
        return plain(str(value))
    if unit == YUAN:
        return f"{value // 100}.{value % 100:02d}"
    # Thousandths are tenths of a percent, or of a percentage point.
    return f"{value / 10:.1f}" if unit in (RATE, POINTS) else str(value)


def _unit(unit: str) -> str:
    return {COUNT: "", YUAN: _("yuan"), SECONDS: _("seconds"), RATE: "%", POINTS: _("pp"), TEXT: ""}[unit]


def _xlsx(days: list[Shown]) -> bytes:
    """One worksheet a table, a frozen head, real numbers; the day in front where there are several."""
    out = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(out, options)
    formats = {unit: book.add_format({"num_format": form}) for unit, form in NUMBER_FORMATS.items()}
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True})
    by_day = [(shown, tables_of(shown)) for shown in days]
    for place, table in enumerate(by_day[0][1]):
        page = book.add_worksheet(_page_name(table.title))
        rows = [(shown, tables[place].rows) for shown, tables in by_day]
        _fill(page, table, rows, head, formats, dated=len(days) > 1)
        page.set_footer(f"&L{_footer(days)}&R&P / &N")
        page.set_landscape()
        page.set_paper(9)
    book.close()
    return out.getvalue()


def _fill(
    page: Any, table: Table, days: list[Any], head: Any, formats: dict[str, Any], *, dated: bool
) -> None:
    heads = [
        *([_("Day"), _("Revision")] if dated else []),
        *table.labels,
        *(title for title, _unit in table.values),
    ]
    for column, title in enumerate(heads):
        page.write_string(0, column, title, head)
    page.freeze_panes(1, (2 if dated else 0) + len(table.labels))
    page.set_column(0, len(heads) - 1, 13)
    if table.name == "sheet":
        page.set_column(0, len(heads) - 1, 24)
    line = 0
    for shown, rows in days:
        for labels, values in rows:
            line += 1
            before = (
                [shown.date.isoformat(), str(shown.sheet.revision if shown.sheet else "—")] if dated else []
            )
            for column, text in enumerate([*before, *labels]):
                page.write_string(line, column, text)
            for column, (value, (_title, unit)) in enumerate(zip(values, table.values, strict=True)):
                _put(page, line, len(before) + len(labels) + column, value, unit, formats[unit])


def _put(page: Any, line: int, column: int, value: Any, unit: str, form: Any) -> None:
    """Write a number as a number; what a spreadsheet should show differently is scaled, never made text."""
    if value is None or unit == TEXT:
        page.write_string(line, column, "—" if value is None else str(value))
        return
    scale = {YUAN: 100, SECONDS: 86400, RATE: 1000, POINTS: 10}.get(unit, 1)
    page.write_number(line, column, value / scale, form)


def _page_name(title: str) -> str:
    """Return a title a worksheet may have."""
    return "".join(char for char in title if char not in "[]:*?/\\")[:31]


def _footer(days: list[Shown]) -> str:
    """Print revision, cut-off, time basis and hash at the foot of every page; `&` alone is a code there."""
    body, sheet = days[0].body, days[0].sheet
    basis = words.TIME_BASES[body["time_basis"]]
    which = (
        f"{_('Revision')} {sheet.revision} · sha256 {sheet.sha256[:16]}"
        if sheet
        else _("preview, not stored")
    )
    text = f"{days[0].center.name} {days[0].date} · {which} · {_('Cut-off')} {body['cutoff']} · {basis}"
    return text.replace("&", "&&")[:240]


WRITERS = {"json": _json, "csv": _csv, "xlsx": _xlsx}
