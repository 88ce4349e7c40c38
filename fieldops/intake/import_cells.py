"""How one cell of an alert table is read: to a value, or refused with code, words and what could be written.

Pure; money goes from text to fen without ever being a binary fraction.
"""

import datetime as dt
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from fieldops.cases.numbers import ID_CHECKS, ID_WEIGHTS, normal_phone
from fieldops.intake.forms import AHEAD
from fieldops.lib.clock import LOCAL
from fieldops.lib.text import is_clean
from fieldops.lib.words import joined

MAX_EXACT = 10**15
MAX_PLACE = 120


class BadCell(Exception):
    """This cell cannot be taken: a stable code, what is wrong, and what could be written."""

    def __init__(self, code: str, words: str, hint: str = "") -> None:
        super().__init__(code)
        self.code, self.words, self.hint = code, words, hint


@dataclass(frozen=True)
class Known:
    """What cells are looked up in, read once for a whole file."""

    at: dt.datetime
    schools: frozenset[str]
    scam_types: Mapping[str, str] = field(default_factory=dict)  # any name, folded → code


def read_text(cell: Any, known: Known) -> str:
    """Return the cell as words; a number as it was typed, unless Excel has already lost its end."""
    if isinstance(cell, bool) or not isinstance(cell, str | int | float):
        raise BadCell(
            "not_text", _("This cell holds a date or a logical value."), _("Format the column as text.")
        )
    if not isinstance(cell, str):
        if not abs(cell) < MAX_EXACT:  # nor is what is no number at all
            words = _("Excel keeps only 15 digits of a number; the rest is lost.")
            raise BadCell("digits_lost", words, _("Format the column as text and type it again."))
        cell = format(_exact(cell), "f")
    if not is_clean(cell):
        raise BadCell("not_text", _("This cell holds signs that are no text."))
    return cell


def read_time(cell: Any, known: Known) -> dt.datetime:
    """Return an instant: an Excel date or text, in Asia/Shanghai unless it says otherwise."""
    hint = _("Write it like 2026-11-20 01:10.")
    if isinstance(cell, dt.datetime):
        said = cell
    elif isinstance(cell, str):
        said = _time_of(cell, hint)
    else:
        raise BadCell("not_a_time", _("This is not a date with a time."), hint)
    at = said if said.tzinfo else said.replace(tzinfo=LOCAL)
    if at > known.at + AHEAD:
        raise BadCell("in_the_future", _("This time is still to come."), hint)
    return at


TIME_FORMS = [
    f"{day}{gap}{time}"
    for day in ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日")
    for gap in (" ", "T", "")
    for time in ("%H:%M:%S", "%H:%M")
    if gap or day.endswith("日")
]


def _time_of(text: str, hint: str) -> dt.datetime:
    for form in TIME_FORMS:
        try:
            return dt.datetime.strptime(text, form)  # noqa: DTZ007 (the zone is set by the caller)
        except ValueError:
            continue
    try:
        aware = dt.datetime.fromisoformat(text)
    except ValueError:
        aware = None
    if aware is None or aware.tzinfo is None:
        raise BadCell("not_a_time", _("There is no such date and time."), hint)
    return aware


def read_amount(cell: Any, known: Known) -> int:
    """Return fen, exactly: yuan with at most two decimals, or 万."""
    hint = _("60000, 60,000.50 or 6.00 万")
    if isinstance(cell, bool) or not isinstance(cell, str | int | float) or not _is_finite(cell):
        raise BadCell("not_a_number", _("This is not a sum."), hint)
    text = cell if isinstance(cell, str) else format(_exact(cell), "f")
    found = re.fullmatch(r"[¥￥]?\s*(\d{1,3}(?:,\d{3})+|\d{1,13})(\.\d+)?\s*(万|萬)?\s*元?", text, re.ASCII)
    if not found:
        raise BadCell("not_a_number", _("This is not a sum."), hint)
    whole, rest, wan = found.groups()
    fen = Decimal(whole.replace(",", "") + (rest or "")) * 100 * (10_000 if wan else 1)
    if fen != fen.to_integral_value():
        raise BadCell("too_many_decimals", _("A sum has no more than two decimals."), hint)
    return int(fen)


def read_phone(cell: Any, known: Known) -> str:
    """Return a telephone number as written; a mobile one must have its eleven digits."""
    text = read_text(cell, known)
    digits = normal_phone(text)
    hint = _("A mobile number has 11 digits; a landline its area code.")
    if re.fullmatch(r"1[3-9]\d*", digits) and len(digits) != 11:
        raise BadCell(
            "phone_length", _("A mobile number with %(count)d digits.") % {"count": len(digits)}, hint
        )
    if not re.fullmatch(r"\d{5,20}", digits):
        raise BadCell("not_a_phone", _("This is no telephone number."), hint)
    return text


def read_id_number(cell: Any, known: Known) -> str:
    """Return an ID number; an 18-digit one must have its true check digit (GB 11643)."""
    number = read_text(cell, known).upper()
    if re.fullmatch(r"\d{17}[\dX]", number, re.ASCII):
        total = sum(int(digit) * weight for digit, weight in zip(number[:17], ID_WEIGHTS, strict=True))
        wanted = ID_CHECKS[total % 11]
        if number[17] != wanted:
            words = _("The last digit should be %(digit)s.") % {"digit": wanted}
            raise BadCell("check_digit", words, _("Check the digits."))
    return number


def read_degrees(cell: Any, known: Known) -> float:
    """Return degrees."""
    text = str(cell)
    if isinstance(cell, bool) or not re.fullmatch(r"-?\d{1,3}(\.\d{1,15})?", text, re.ASCII):
        raise BadCell("not_a_number", _("These are no degrees."), "107.3901")
    return float(text)


def read_school(cell: Any, known: Known) -> str:
    """Return the code of a school of this centre."""
    code = read_text(cell, known)
    if code not in known.schools:
        raise BadCell(
            "unknown_school",
            _("There is no such school."),
            _("Add it in the administration, or leave empty."),
        )
    return code


def read_scam_type(cell: Any, known: Known) -> str:
    """Return the code of a scam type, given by code or by any of its names."""
    code = known.scam_types.get(read_text(cell, known).casefold())
    if code is None:
        raise BadCell(
            "unknown_scam_type", _("There is no such scam type."), _("Use a code or a name of the list.")
        )
    return code


def read_place(cell: Any, known: Known) -> str:
    """Return a place in words."""
    text = read_text(cell, known)
    if len(text) > MAX_PLACE:
        raise BadCell("max_length", _("No more than %(limit)d signs.") % {"limit": MAX_PLACE})
    return text


def one_of(table: Mapping[str, tuple[str, ...]]) -> Callable[[Any, Known], str]:
    """Return a reader for a column that takes one of a few words."""
    words = {name.casefold(): code for code, names in table.items() for name in (code, *names)}

    def read(cell: Any, known: Known) -> str:
        found = words.get(read_text(cell, known).casefold())
        if found is None:
            raise BadCell(
                "not_in_list", _("This word is not in the list."), joined(n[0] for n in table.values())
            )
        return found

    return read


def _is_finite(cell: str | int | float) -> bool:
    """Tell whether a cell can be a sum: 1e999 in a file's XML is infinity here."""
    return not isinstance(cell, float) or math.isfinite(cell)


def _exact(number: int | float) -> Decimal:
    """Return the number as its shortest writing says, not as its bits do: 6225.1 is 6225.1."""
    return Decimal(int(number)) if number == int(number) else Decimal(repr(number))
