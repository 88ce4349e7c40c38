"""Import a table of alerts: all rows in one change, or none and every error by row and column."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fieldops.audit.actions import append
from fieldops.feed.changes import change
from fieldops.intake.actions import Taken, canonical_digest, take_alert
from fieldops.intake.forms import AlertIn
from fieldops.intake.import_cells import BadCell, Known
from fieldops.intake.import_columns import COLUMNS, Column, column_of, read_cell, shown
from fieldops.intake.import_reading import Sheet, Unreadable, read_sheet
from fieldops.lib.errors import Problem
from fieldops.lib.words import joined
from fieldops.places.models import Place, PlaceKind
from fieldops.playbook.queries import scam_types
from fieldops.teams.actor import Actor
from fieldops.teams.models import Center

SHOWN_ERRORS = 200


@dataclass(frozen=True)
class CellError:
    """One thing wrong: row as the sheet numbers it, column as its header says, and what could be written."""

    row: int
    column: str
    value: str
    code: str
    words: str
    hint: str = ""


@dataclass(frozen=True)
class Imported:
    """What an import did: new cases, alerts attached to open ones, alerts that were here already."""

    rows: int
    new: int
    attached: int
    again: int


class ImportRefused(Problem):
    """Nothing was written (400); `errors` lists row, column, value, code, words, hint."""

    status = 400
    code = "import_refused"
    words = gettext_lazy("Nothing was written; the list says what is wrong where.")

    def __init__(self, errors: list[CellError]) -> None:
        listed = [asdict(error) for error in errors[:SHOWN_ERRORS]]
        super().__init__(errors=listed, count=len(errors), rows=len({error.row for error in errors}))


@dataclass(frozen=True)
class Row:
    """A row that was read: its number, and its alert as the feed's own form checked it."""

    number: int
    body: dict[str, Any]


@dataclass(frozen=True)
class Table:
    """A sheet whose headers are understood."""

    sheet: Sheet
    columns: list[Column]

    def header(self, path: str) -> str:
        """Return how the file heads the column of this path."""
        pairs = zip(self.sheet.header, self.columns, strict=True)
        return next((header for header, column in pairs if column.path == path), path)


def import_alerts(*, center: Center, content: bytes, source: str, by: Actor, at: dt.datetime) -> Imported:
    """Take every alert of a CSV or XLSX file, or none. Raises Unreadable, ImportRefused."""
    table = table_of(read_sheet(content))
    rows = _checked(table, known_to(center, at), source)

    with change():
        done = _take_all(table, center, rows, at)
        append(
            verb="alerts.import",
            subject_kind="center",
            subject_id=center.pk,
            at=at,
            actor_id=by.user_id,
            center_id=center.pk,
            extra=asdict(done),
        )
        return done


def table_of(sheet: Sheet) -> Table:
    """Say what each header means. Raises Unreadable, naming headers unknown, there twice, or missing."""
    found = [column_of(header) for header in sheet.header]
    unknown = [header or "∅" for header, column in zip(sheet.header, found, strict=True) if column is None]
    if unknown:
        raise _columns("unknown_columns", _("Unknown columns: %(names)s."), unknown)
    columns = [column for column in found if column is not None]
    twice = [name for name, column in zip(sheet.header, columns, strict=True) if columns.count(column) > 1]
    if twice:
        raise _columns("duplicate_columns", _("Columns that are there twice: %(names)s."), twice)
    missing = [column.names[0] for column in COLUMNS if column.required and column not in columns]
    if missing:
        raise _columns("missing_columns", _("Missing columns: %(names)s."), missing)
    return Table(sheet, columns)


def _columns(code: str, words: str, names: list[str]) -> Unreadable:
    return Unreadable(code, words % {"names": joined(names)}, columns=names)


def known_to(center: Center, at: dt.datetime) -> Known:
    """Read once what cells are looked up in."""
    kinds = (PlaceKind.SCHOOL, PlaceKind.CAMPUS)
    schools = Place.objects.filter(center=center, kind__in=kinds, retired_at=None).exclude(code="")
    names: dict[str, str] = {}
    for row in scam_types():
        called = [row.code, row.name_zh_hans, row.name_zh_hant, row.name_en, *row.aliases]
        called += [row.short_zh_hans, row.short_zh_hant, row.short_en]
        for name in called:
            names.setdefault(name.casefold(), row.code)
    return Known(at, frozenset(schools.values_list("code", flat=True)), names)


def _checked(table: Table, known: Known, source: str) -> list[Row]:
    """Return every row as an alert. Raises ImportRefused with the errors of all rows."""
    errors: list[CellError] = []
    rows: list[Row] = []
    seen: dict[tuple[str, str], Row] = {}
    for number, cells in table.sheet.rows:
        body, wrong = _read_row(table, number, cells, known)
        if not wrong:
            body.setdefault("source", source)
            wrong = list(_form_errors(table, number, body))
        if wrong:
            errors += wrong
            continue
        row = Row(number, body)
        first = seen.setdefault((body["source"], body["external_id"]), row)
        if canonical_digest(first.body) != canonical_digest(body):
            words = _("Row %(row)d has the same number with other content.") % {"row": first.number}
            errors.append(_differs(table, row, words))
        rows.append(row)
    if errors:
        raise ImportRefused(errors)
    return rows


def _read_row(
    table: Table, number: int, cells: list[Any], known: Known
) -> tuple[dict[str, Any], list[CellError]]:
    """Read the cells of one row into an alert's body, with what is wrong in them."""
    body: dict[str, Any] = {"person": {}, "place": {}}
    errors: list[CellError] = []
    if len(cells) > len(table.columns):
        errors.append(CellError(number, "", "", "extra_cells", _("This row has more cells than the header.")))
    padded = [*cells, *[None] * (len(table.columns) - len(cells))]
    for header, column, cell in zip(table.sheet.header, table.columns, padded, strict=False):
        try:
            value = read_cell(column, cell, known)
        except BadCell as bad:
            errors.append(CellError(number, header, shown(column, cell), bad.code, bad.words, bad.hint))
            continue
        if value is not None:
            _put(body, column.path, value)
    return body, errors


def _put(body: dict[str, Any], path: str, value: Any) -> None:
    *parents, name = path.split(".")
    for parent in parents:
        body = body[parent]
    body[name] = value


def _form_errors(table: Table, number: int, body: dict[str, Any]) -> Iterator[CellError]:
    """Check the row by the feed's own form, so that a file can bring nothing the feed could not."""
    place = body.pop("place")
    if wrong := _place_problem(place):
        path, words = wrong
        yield CellError(number, table.header(path), "", "place_incomplete", words)
        return
    form = AlertIn(data={**body, "place": place} if "lng" in place else body)
    if not form.is_valid():
        for path, detail in _flat(form.errors):
            yield CellError(number, table.header(path), "", detail.code, str(detail))
        return
    body.update(form.validated_data)
    if place and "lng" not in place:
        # A place in words alone: the feed has no such thing, a table that people fill in does.
        body["place"] = place


def _place_problem(place: dict[str, Any]) -> tuple[str, str] | None:
    """Return what is missing of a place, and the column to say it at."""
    if ("lng" in place) != ("lat" in place):
        return ("place.lat" if "lng" in place else "place.lng"), _("Longitude and latitude go together.")
    if "lng" in place and "text" not in place:
        return "place.text", _("Say the place in words too.")
    if "crs" in place and "lng" not in place:
        return "place.crs", _("Longitude and latitude are missing.")
    return None


def _flat(errors: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(errors, dict):
        for name, inner in errors.items():
            yield from _flat(inner, f"{path}.{name}".lstrip("."))
    else:
        yield from ((path, detail) for detail in errors)


def _take_all(table: Table, center: Center, rows: list[Row], at: dt.datetime) -> Imported:
    """Take the rows inside the open change; a number known with other content refuses them all."""
    counts = {"new": 0, "attached": 0, "again": 0}
    errors: list[CellError] = []
    for row in rows:
        taken = take_alert(center=center, body=row.body, via="import", at=at)
        if taken.alert.conflict_with_id:
            errors.append(_differs(table, row, _("An alert with this number is here with other content.")))
        counts[_kind_of(taken)] += 1
    if errors:
        raise ImportRefused(errors)
    return Imported(len(rows), **counts)


def _kind_of(taken: Taken) -> str:
    if not taken.new:
        return "again"
    return "attached" if taken.alert.attached else "new"


def _differs(table: Table, row: Row, words: str) -> CellError:
    number = row.body["external_id"][:40]
    return CellError(row.number, table.header("external_id"), number, "content_differs", words)
