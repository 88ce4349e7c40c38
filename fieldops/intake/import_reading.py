"""Read an uploaded table, CSV or XLSX, without trusting it: rows of plain cells, or a clear refusal. Pure.

What a file may cost is decided before it is opened: bytes first, then the zip's own directory, then rows.
"""

import csv
import datetime as dt
import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from xml.parsers import expat

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fieldops.lib.errors import Problem
from fieldops.lib.text import is_clean

MAX_COLUMNS = 64
MAX_PARTS = 500
# Excel's own last row. openpyxl fills gaps with empty rows, and a part of two lines may name any number.
LAST_ROW = 1_048_576
# An honest sheet of 10,000 rows unpacks to about 15 MB, packed 8 to 20 times smaller.
MAX_UNPACKED = 80 * 1024 * 1024
MAX_RATIO = 60
SMALL = 2 * 1024 * 1024
ZIP_ENTRY = b"PK\x01\x02"

Cell = str | int | float | bool | dt.datetime | dt.date | dt.time | dt.timedelta | None


class Unreadable(Problem):
    """The file as a whole cannot be taken (400); `code` says why."""

    status = 400
    code = "file_unreadable"
    words = gettext_lazy("This file cannot be read.")


@dataclass(frozen=True)
class Formula:
    """A cell that computes: its value is whatever the last program left there, so it is refused."""

    text: str


@dataclass(frozen=True)
class Sheet:
    """The header and the rows that are not blank, each with its number as the sheet shows it."""

    header: list[str]
    rows: list[tuple[int, list[Any]]]


def read_sheet(content: bytes) -> Sheet:
    """Return the table in `content`, told apart by its first bytes, not by its name. Raises Unreadable."""
    if len(content) > settings.IMPORT_MAX_BYTES:
        limit = settings.IMPORT_MAX_BYTES // (1024 * 1024)
        raise Unreadable(
            "file_too_large", _("The file is larger than %(limit)d MB.") % {"limit": limit}, status=413
        )
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable(
            "old_excel", _("This is an old or a locked Excel file; save it as .xlsx without password.")
        )
    rows = _xlsx_rows(content) if content.startswith(b"PK") else _csv_rows(content)
    return _collect(rows)


def _collect(rows: Iterator[tuple[int, list[Any]]]) -> Sheet:
    header: list[str] | None = None
    kept: list[tuple[int, list[Any]]] = []
    for number, cells in rows:
        if all(cell is None or cell == "" for cell in cells):
            continue
        if len(cells) > MAX_COLUMNS:
            raise Unreadable(
                "too_many_columns", _("The table has more than %(limit)d columns.") % {"limit": MAX_COLUMNS}
            )
        if header is None:
            header = [str(cell or "") for cell in cells]
            continue
        if len(kept) == settings.IMPORT_MAX_ROWS:
            words = _("The file has more than %(limit)d rows; divide it.") % {
                "limit": settings.IMPORT_MAX_ROWS
            }
            raise Unreadable("too_many_rows", words)
        kept.append((number, cells))
    if header is None or not kept:
        raise Unreadable("file_empty", _("The file has no rows below a header."))
    return Sheet(header, kept)


# --- CSV ----------------------------------------------------------------------------------------------------

BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
CHINESE_ENCODINGS = (("gb18030", "GBK"), ("big5", "Big5"))


def _csv_rows(content: bytes) -> Iterator[tuple[int, list[Any]]]:
    text = _decode(content)
    if not is_clean(text):
        raise Unreadable("nul", _("The file contains NUL bytes; it is no text file."))
    first = text.split("\n", 1)[0]
    delimiter = max(",\t;", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            words = _("Row %(row)d is no proper CSV: quotes do not match.") % {"row": number}
            raise Unreadable("csv_malformed", words, row=number) from error
        stripped = [cell.strip("\ufeff\u3000\xa0 \t\r\n") for cell in cells]
        yield number, [Formula(cell) if cell.startswith("=") else cell for cell in stripped]


def _decode(content: bytes) -> str:
    """Return the text. UTF-8, or UTF-16 that says so; anything else is named and refused, never guessed."""
    encoding = next((name for bom, name in BOMS if content.startswith(bom)), "utf-8")
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        seems = next((name for codec, name in CHINESE_ENCODINGS if _decodes(content, codec)), "?")
        words = _(
            "This file is not UTF-8 (it seems to be %(encoding)s). "
            "In Excel choose “CSV UTF-8 (comma delimited)”, or send .xlsx."
        ) % {"encoding": seems}
        raise Unreadable("encoding", words, encoding=seems) from error


def _decodes(content: bytes, codec: str) -> bool:
    try:
        content.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


# --- XLSX ---------------------------------------------------------------------------------------------------


def _xlsx_rows(content: bytes) -> Iterator[tuple[int, list[Any]]]:
    refuse_bomb(content)
    # Here and not above: a quarter of a second of every start, for the desk's rare sheet.
    from openpyxl import load_workbook

    try:
        book = load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        for number, row in enumerate(sheet.iter_rows(), start=1):
            if number > LAST_ROW:
                raise Unreadable("xlsx_broken", _("This Excel file is damaged; save it again."))
            if row:
                yield number, _trimmed([_plain(cell) for cell in row])
    except Problem:
        raise
    except Exception as error:
        # A broken workbook makes openpyxl raise whatever it stumbles over.
        raise Unreadable("xlsx_broken", _("This Excel file is damaged; save it again.")) from error


def refuse_bomb(content: bytes) -> None:
    """Judge a zip by its directory alone: how many parts, how much they unpack to. Raises Unreadable.

    Then by the head of each part: a document type may define entities, and no honest workbook has one.
    """
    bomb = Unreadable(
        "xlsx_bomb", _("This Excel file unpacks to far more than a table of alerts; it is refused.")
    )
    if content.count(ZIP_ENTRY) > MAX_PARTS:
        raise bomb
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            # A part cannot unpack to more than its entry says: reading stops there.
            unpacked = sum(part.file_size for part in archive.infolist())
            if unpacked > MAX_UNPACKED or unpacked > max(SMALL, MAX_RATIO * len(content)):
                raise bomb
            if any(_has_doctype(archive, part) for part in archive.infolist()):
                raise Unreadable("xlsx_entities", _("This Excel file may hold entities; it is refused."))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, RuntimeError, zlib.error) as error:
        raise Unreadable("xlsx_broken", _("This Excel file is damaged; save it again.")) from error


class _Found(Exception):
    """The parser has seen a document type (True) or the first element (False)."""


def _has_doctype(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    """Tell whether an XML part has a document type, whatever its encoding; stop at its first element."""
    if not part.filename.endswith((".xml", ".rels", ".vml")):
        return False
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = lambda *about: _found(True)
    parser.StartElementHandler = lambda *about: _found(False)
    try:
        with archive.open(part) as stream:
            parser.ParseFile(stream)
    except _Found as found:
        return bool(found.args[0])
    except expat.ExpatError:
        return False  # no XML: openpyxl will say so
    return False


def _found(doctype: bool) -> None:
    raise _Found(doctype)


def _plain(cell: Any) -> Any:
    if cell.data_type == "f":
        return Formula(str(cell.value))
    if cell.data_type == "e":
        return Formula(str(cell.value))
    value = cell.value
    return value.strip("\u3000\xa0 \t\r\n") if isinstance(value, str) else value


def _trimmed(cells: list[Any]) -> list[Any]:
    while cells and cells[-1] in (None, ""):
        cells.pop()
    return cells
