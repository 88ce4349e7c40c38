"""Wire shapes of places and contacts."""

from collections.abc import Iterable
from typing import Any

from fieldops.places.models import Contact, Place
from fieldops.places.queries import ContactNow


def contact_wire(contact: Contact, on_duty: bool | None = None) -> dict[str, Any]:
    """Return one contact; duty numbers of staff, not personal data of a person at risk."""
    return {
        "id": str(contact.pk),
        "order": contact.order,
        "role": contact.role,
        "name": contact.name,
        "phone": contact.phone,
        "hours": contact.hours,
        "on_duty": on_duty,
    }


def place_wire(
    place: Place, contacts: Iterable[ContactNow] = (), metres: float | None = None
) -> dict[str, Any]:
    """Return one place; `distance_m` only where the reader named a point."""
    lng, lat = place.lng_lat or (None, None)
    wire: dict[str, Any] = {
        "id": str(place.pk),
        "kind": place.kind,
        "name": place.name,
        "code": place.code,
        "address": place.address,
        "lng": lng,
        "lat": lat,
        "parent": str(place.parent_id) if place.parent_id else None,
        "has_area": place.area is not None,
        "version": place.version,
        "contacts": [contact_wire(now.contact, now.on_duty) for now in contacts],
    }
    return wire if metres is None else {**wire, "distance_m": round(metres)}


def place_feature(place: Place) -> dict[str, Any]:
    """Return the place as a GeoJSON feature for maps, without contacts."""
    parts = [part for part in (place.point, place.area) if part]
    geometry = parts[0] if len(parts) == 1 else {"type": "GeometryCollection", "geometries": parts}
    return {
        "type": "Feature",
        "id": str(place.pk),
        "properties": {"kind": place.kind, "code": place.code, "name": place.name, "address": place.address},
        "geometry": geometry if parts else None,
    }
