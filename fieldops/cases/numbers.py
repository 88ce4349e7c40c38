"""Numbers people give each other: ID cards, phones. Keep raw, refuse nothing that could be real."""

import re
import unicodedata

ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ID_CHECKS = "10X98765432"


def normal_phone(raw: str) -> str:
    """Return ASCII digits only, a mobile's without 86 before it; other numbers stay as they are."""
    digits = re.sub(r"[^0-9+]", "", unicodedata.normalize("NFKC", raw))
    digits = re.sub(r"^(\+|00)?86(?=1[3-9]\d{9}$)", "", digits)
    return digits.lstrip("+")


def normal_id(raw: str) -> str:
    """Return an ID number as it is compared: no blanks, plain capital letters."""
    return "".join(unicodedata.normalize("NFKC", raw).split()).upper()


def normal_name(raw: str) -> str:
    """Return a name as it is compared: plain letters, no blanks."""
    return "".join(unicodedata.normalize("NFKC", raw).split())


def is_mobile(phone: str) -> bool:
    """Tell whether `phone` is a mainland mobile number."""
    return bool(re.fullmatch(r"1[3-9]\d{9}", phone))


def id_number_is_valid(number: str) -> bool:
    """Check an 18-digit ID number's check digit (GB 11643); a 15-digit one only for its shape."""
    number = normal_id(number)
    if re.fullmatch(r"\d{15}", number):
        return True
    if not re.fullmatch(r"\d{17}[\dX]", number):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], ID_WEIGHTS, strict=True))
    return ID_CHECKS[total % 11] == number[17]


def birth_year_of(number: str) -> int | None:
    """Return the birth year an ID number carries."""
    if re.fullmatch(r"\d{17}[\dXx]", number):
        return int(number[6:10])
    return 1900 + int(number[6:8]) if re.fullmatch(r"\d{15}", number) else None


def sex_of(number: str) -> str:
    """Return the sex an ID number carries."""
    if re.fullmatch(r"\d{17}[\dXx]", number):
        return "male" if int(number[16]) % 2 else "female"
    return ("male" if int(number[14]) % 2 else "female") if re.fullmatch(r"\d{15}", number) else "unknown"
