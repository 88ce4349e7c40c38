"""The geometry checks as Django model validators, for the admin's forms."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError

from fieldops.places.geometry import BadGeometry, check_area, check_point
from fieldops.places.hours import BadHours, parse_hours


def point_is_sound(value: Any) -> None:
    """Refuse a bad point in words."""
    _in_words(check_point, value, BadGeometry)


def area_is_sound(value: Any) -> None:
    """Refuse a bad area in words."""
    _in_words(check_area, value, BadGeometry)


def hours_can_be_read(value: str) -> None:
    """Refuse hours the parser does not know."""
    _in_words(parse_hours, value, BadHours)


def _in_words(
    check: Callable[[Any], object], value: Any, problem: type[BadGeometry] | type[BadHours]
) -> None:
    try:
        check(value)
    except problem as refusal:
        raise ValidationError(str(refusal.words), code=refusal.code) from refusal
