"""Text that may enter: no NUL, no lone surrogates; the same rule for both databases."""

import math
from typing import Any

from fieldops.lib.errors import Invalid

MAX_DEPTH = 32
MAX_INT = 2**63 - 1


def is_clean(text: str) -> bool:
    """Tell whether both databases can store `text`."""
    return "\x00" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


def check_json(value: Any, depth: int = 0) -> None:
    """Refuse what JSON allows and a database does not: NUL, surrogates, huge integers, bottomless nesting."""
    if depth > MAX_DEPTH:
        raise Invalid("malformed", "nested too deep")
    if isinstance(value, str) and not is_clean(value):
        raise Invalid("malformed", "NUL or surrogate in text")
    if isinstance(value, int) and abs(value) > MAX_INT:
        raise Invalid("malformed", "integer out of range")
    if isinstance(value, float) and not math.isfinite(value):
        raise Invalid("malformed", "number out of range")  # 1e999, which JSON allows, is infinity
    if isinstance(value, dict):
        for key, item in value.items():
            check_json(key, depth + 1)
            check_json(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            check_json(item, depth + 1)


def refuse_constant(name: str) -> None:
    """Give to `json.loads(parse_constant=…)`: NaN and Infinity are not JSON."""
    raise Invalid("malformed", f"{name} is not JSON")
