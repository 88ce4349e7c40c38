"""Check coordinates and GeoJSON before they enter; refusals are words a person can act on. Pure."""

import math
from typing import Any

from django.utils.translation import gettext as _
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry
from shapely.validation import explain_validity

from fieldops.lib.errors import Problem

# A ring of more positions than any precinct needs; it bounds what one row can cost.
MAX_POSITIONS = 20_000


class BadGeometry(Problem):
    """A coordinate or a shape that cannot be on the map."""

    status = 400
    code = "bad_geometry"


def check_lng_lat(lng: Any, lat: Any) -> tuple[float, float]:
    """Return the pair as floats; refuse what is no number, out of range, or written as lat, lng."""
    if not _is_number(lng) or not _is_number(lat):
        raise BadGeometry(words=_("A coordinate is not a number."))
    if abs(lat) > 90 and abs(lng) <= 90:
        raise BadGeometry(words=_("The latitude is beyond 90: write longitude first, then latitude."))
    if abs(lng) > 180 or abs(lat) > 90:
        raise BadGeometry(words=_("The coordinate is not on the earth."))
    return float(lng), float(lat)


def check_point(value: Any) -> None:
    """Refuse a GeoJSON value that is not one sound point."""
    _check_type(value, "Point")
    _check_position(value.get("coordinates"))


def check_area(value: Any) -> None:
    """Refuse a GeoJSON value that is not one sound polygon: closed rings that do not cross themselves."""
    _check_type(value, "Polygon")
    rings = value.get("coordinates")
    if not isinstance(rings, list) or not rings:
        raise BadGeometry(words=_("The area has no outline."))
    for ring in rings:
        _check_ring(ring)
    area = shape(value)
    if not area.is_valid:
        # shapely says it in English: "Self-intersection[107.35 29.65]"; the place is what helps.
        where = explain_validity(area).partition("[")[2].rstrip("]").replace(" ", ", ")
        raise BadGeometry(words=_("The outline crosses or touches itself near %(where)s.") % {"where": where})
    if area.area == 0:
        raise BadGeometry(words=_("The area has no extent."))


def as_shape(value: dict[str, Any]) -> BaseGeometry:
    """Return a checked GeoJSON geometry as shapely's."""
    return shape(value)


def _check_type(value: Any, wanted: str) -> None:
    if not isinstance(value, dict) or value.get("type") != wanted:
        raise BadGeometry(words=_("This is not a GeoJSON %(type)s.") % {"type": wanted})


def _check_ring(ring: Any) -> None:
    if not isinstance(ring, list) or not 4 <= len(ring) <= MAX_POSITIONS:
        raise BadGeometry(words=_("An outline needs at least three corners and must come back to the first."))
    for position in ring:
        _check_position(position)
    if ring[0] != ring[-1]:
        raise BadGeometry(words=_("The outline does not come back to its first corner."))


def _check_position(position: Any) -> None:
    if not isinstance(position, list) or len(position) != 2:
        raise BadGeometry(words=_("A position is two numbers: longitude, latitude."))
    check_lng_lat(*position)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
