"""The columns an alert table may have: one literal table."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fieldops.intake.import_cells import (
    BadCell,
    Known,
    one_of,
    read_amount,
    read_degrees,
    read_id_number,
    read_phone,
    read_place,
    read_scam_type,
    read_school,
    read_text,
    read_time,
)
from fieldops.intake.import_reading import Formula
from fieldops.lib.masks import mask_id, mask_name, mask_phone

LEVELS = {"critical": ("特危",), "high": ("高危",), "medium": ("中危",), "low": ("低危",)}
FAMILIES = {
    "phone": ("电话", "電話", "电话类", "電話類"),
    "net": ("网络", "網絡", "網路", "网络类", "網絡類"),
    "money": ("资金", "資金", "资金类", "資金類"),
}
ID_TYPES = {
    "id_card": ("身份证", "身份證", "居民身份证", "居民身份證"),
    "residence_permit": ("居住证", "居住證", "港澳台居民居住证", "港澳台居民居住證"),
    "foreign_permanent": ("永居证", "永居證", "外国人永久居留身份证", "外國人永久居留身份證"),
    "passport": ("护照", "護照"),
    "other": ("其他",),
}
SYSTEMS = {"wgs84": ("WGS-84",), "gcj02": ("GCJ-02", "高德", "腾讯", "騰訊")}


@dataclass(frozen=True)
class Column:
    """One column: where its value goes in an alert's body, and how a cell of it is read.

    `names` are what it may be headed: simplified, traditional, English, then others.
    """

    path: str
    names: tuple[str, ...]
    read: Callable[[Any, Known], Any]
    required: bool = False
    mask: Callable[[str], str] | None = None
    about: Any = ""


def _keep_one(text: str) -> str:
    return f"{text[:1]}{'*' * (min(len(text), 8) - 1)}"


COLUMNS: tuple[Column, ...] = (
    Column(
        "external_id",
        ("编号", "編號", "external_id", "预警编号", "預警編號"),
        read_text,
        required=True,
        about=gettext_lazy("The alert's number; the same number again is the same alert."),
    ),
    Column(
        "issued_at",
        ("签发时间", "簽發時間", "issued_at"),
        read_time,
        required=True,
        about=gettext_lazy("Date and time in China: 2026-11-20 01:10."),
    ),
    Column(
        "level",
        ("等级", "等級", "level", "级别", "級別", "预警等级", "預警等級"),
        one_of(LEVELS),
        required=True,
        about="特危、高危、中危、低危",
    ),
    Column("family", ("类别", "類別", "family"), one_of(FAMILIES), required=True, about="电话、网络、资金"),
    Column(
        "source",
        ("来源", "來源", "source"),
        read_text,
        about=gettext_lazy("Who found it; empty: what is said at the import."),
    ),
    Column(
        "scam_type",
        ("诈骗类型", "詐騙類型", "scam_type"),
        read_scam_type,
        about=gettext_lazy("A code or a name of the list."),
    ),
    Column("person.name", ("姓名", "姓名", "name"), read_text, mask=mask_name),
    Column(
        "person.phone",
        ("电话", "電話", "phone", "联系电话", "聯繫電話", "手机号", "手機號"),
        read_phone,
        required=True,
        mask=mask_phone,
        about=gettext_lazy("A mobile number has 11 digits; a landline its area code."),
    ),
    Column(
        "person.id_type",
        ("证件类型", "證件類型", "id_type"),
        one_of(ID_TYPES),
        about="身份证、居住证、永居证、护照、其他",
    ),
    Column(
        "person.id_number",
        ("证件号", "證件號", "id_number", "身份证号", "身份證號"),
        read_id_number,
        mask=mask_id,
        about=gettext_lazy("Format the column as text, or Excel loses the last digits."),
    ),
    Column("person.address", ("地址", "地址", "address", "住址"), read_text, mask=_keep_one),
    Column(
        "person.school_code",
        ("学校代码", "學校代碼", "school_code"),
        read_school,
        about=gettext_lazy("The code of a school of this centre."),
    ),
    Column(
        "place.text",
        ("地点", "地點", "place_text", "现在位置", "現在位置"),
        read_place,
        about=gettext_lazy("Where he is, as far as the alert knows."),
    ),
    Column("place.lng", ("经度", "經度", "lng"), read_degrees, about="107.3901"),
    Column("place.lat", ("纬度", "緯度", "lat"), read_degrees, about="29.7012"),
    Column("place.crs", ("坐标系", "坐標系", "crs"), one_of(SYSTEMS), about="WGS-84, GCJ-02"),
    Column(
        "amount_at_risk_fen",
        ("涉险金额", "涉險金額", "amount"),
        read_amount,
        about=gettext_lazy("Yuan: 60000, 60,000.50 or 6.00 万."),
    ),
    Column("note", ("备注", "備註", "note"), read_text),
)

BY_NAME = {name.casefold(): column for column in COLUMNS for name in column.names}


def column_of(header: str) -> Column | None:
    """Return the column a header means; a mark of duty and a unit in brackets do not count."""
    bare = re.sub(r"[（(].*[)）]|[*＊\s]", "", header)
    return BY_NAME.get(bare.casefold())


def read_cell(column: Column, cell: Any, known: Known) -> Any:
    """Return the cell's value, None when it is empty. Raises BadCell."""
    if isinstance(cell, Formula):
        hint = _("Copy the column and paste it as values.")
        raise BadCell("formula", _("This cell computes its value, or failed to."), hint)
    if cell is None or cell == "":
        if column.required:
            raise BadCell("required", _("This may not be empty."))
        return None
    return column.read(cell, known)


def shown(column: Column, cell: Any) -> str:
    """Return what was written, as an error list may show it: personal data masked."""
    text = "" if cell is None else cell.text if isinstance(cell, Formula) else str(cell)
    return (column.mask(text) if column.mask else text)[:40]
