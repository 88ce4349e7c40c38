"""Places as a GeoJSON FeatureCollection, in and out: what an operator loads is what the API hands out. Pure.

A feature's properties are `kind, code, name, address, parent ("kind:code"), contacts [{role, name, phone,
hours}]`; its geometry is a Point, a Polygon, or a GeometryCollection of both.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from fieldops.lib.errors import Invalid, Problem
from fieldops.lib.text import check_json, refuse_constant
from fieldops.places.geometry import BadGeometry, check_area, check_point
from fieldops.places.hours import parse_hours
from fieldops.places.models import ContactRole, PlaceKind

FULING = Path(__file__).resolve().parent / "data" / "fuling.json"
TEXTS = {"name": 80, "code": 32, "address": 160}


@dataclass(frozen=True)
class Feature:
    """One place as read, checked."""

    kind: str
    code: str
    name: str
    address: str
    parent: str
    point: dict[str, Any] | None
    area: dict[str, Any] | None
    contacts: list[dict[str, str]] = field(default_factory=list)

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.code}"


def read_features(text: str) -> list[Feature]:
    """Return the places of a FeatureCollection. Raises Invalid with all `errors` by feature number."""
    try:
        value = json.loads(text, parse_constant=refuse_constant)
        features = list(value["features"])
        check_json(value)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Invalid("malformed", _("This is not a GeoJSON FeatureCollection.")) from error
    errors: dict[str, str] = {}
    found: list[Feature] = []
    for number, feature in enumerate(features, start=1):
        try:
            found.append(_read(feature))
        except Problem as problem:
            errors[str(number)] = str(problem.words)
    if errors:
        raise Invalid(errors=errors)
    return found


def fuling() -> list[Feature]:
    """Return the places of the demonstration centre."""
    return read_features(FULING.read_text("utf-8"))


def _read(feature: Any) -> Feature:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(properties, dict):
        raise Invalid(words=_("A feature has no properties."))
    texts = {name: _text(properties, name, limit) for name, limit in TEXTS.items()}
    if properties.get("kind") not in PlaceKind.values:
        raise Invalid(words=_("“%(kind)s” is no kind of place.") % {"kind": properties.get("kind")})
    if not texts["name"] or not texts["code"]:
        raise Invalid(words=_("A place needs a name and a code."))
    point, area = _geometry(feature.get("geometry"))
    return Feature(
        kind=properties["kind"],
        parent=_text(properties, "parent", 64),
        point=point,
        area=area,
        contacts=[_contact(contact) for contact in properties.get("contacts") or []],
        **texts,
    )


def _text(properties: dict[str, Any], name: str, limit: int) -> str:
    value = properties.get(name) or ""
    if not isinstance(value, str) or len(value) > limit:
        raise Invalid(words=_("“%(name)s” is too long or no text.") % {"name": name})
    return value.strip()


def _geometry(value: Any) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    if not isinstance(value, dict):
        raise BadGeometry(words=_("A place needs a point or an area."))
    parts = value.get("geometries") if value.get("type") == "GeometryCollection" else [value]
    point = area = None
    for part in parts or []:
        if isinstance(part, dict) and part.get("type") == "Point":
            check_point(part)
            point = part
        else:
            check_area(part)
            area = part
    return point, area


def _contact(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or value.get("role") not in ContactRole.values:
        raise Invalid(words=_("A contact has no known role."))
    contact = {
        "role": value["role"],
        "name": _text(value, "name", 40),
        "phone": _text(value, "phone", 24),
        "hours": _text(value, "hours", 80),
    }
    if not contact["phone"]:
        raise Invalid(words=_("A contact needs a telephone number."))
    parse_hours(contact["hours"])
    return contact
