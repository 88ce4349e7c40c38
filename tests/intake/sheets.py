"""Tables of alerts as files, and what goes wrong with them, made on the spot."""

import csv
import io
import zipfile
from collections.abc import Sequence
from typing import Any

import xlsxwriter
from openpyxl import Workbook

HEADER = ["编号", "签发时间", "等级", "类别", "姓名", "电话", "证件号", "地点", "涉险金额", "备注"]


def row(number: int, **cells: Any) -> list[Any]:
    """Return a sound row; keywords are headers."""
    values: dict[str, Any] = {
        "编号": f"YJ-{number:05d}",
        "签发时间": "2026-11-19 08:30",
        "等级": "高危",
        "类别": "电话",
        "姓名": "王庆和",
        "电话": f"1380000{number % 10_000:04d}",
        "证件号": "",
        "地点": "",
        "涉险金额": "60000",
        "备注": "",
    }
    return list({**values, **cells}.values())


def csv_file(
    *rows: Sequence[Any], header: Sequence[str] = HEADER, encoding: str = "utf-8", delimiter: str = ","
) -> bytes:
    """Return a CSV file."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue().encode(encoding)


def xlsx_file(*rows: Sequence[Any], header: Sequence[str] = HEADER) -> bytes:
    """Return an Excel file."""
    book = Workbook()
    book.active.append(list(header))
    for cells in rows:
        book.active.append(list(cells))
    return saved(book)


def office_file(*rows: Sequence[Any], header: Sequence[str] = HEADER) -> bytes:
    """Return an Excel file as Excel itself lays it out, its words in a part of their own."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, cells in enumerate([header, *rows]):
            sheet.write_row(number, 0, cells)
    return out.getvalue()


def saved(book: Workbook) -> bytes:
    """Return the bytes of a workbook."""
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def with_part(content: bytes, name: str, change: Any) -> bytes:
    """Return the Excel file with one of its parts replaced by `change(part)`."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            data = old.read(part)
            new.writestr(part, change(data) if part == name else data)
    return out.getvalue()
