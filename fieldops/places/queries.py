"""Read places: which station is responsible, what is near, whom to tell first."""

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from fieldops.places.geometry import check_lng_lat
from fieldops.places.hours import on_duty
from fieldops.places.models import Contact, Place, PlaceKind
from fieldops.places.shapes import shapes_of
from fieldops.teams.access import CENTER_ROLES, reach, visible
from fieldops.teams.models import Center, User

NEAR_M = 1_000

# What a person can be at; a station answers for its whole precinct, a district for everything.
SPOTS = (PlaceKind.SCHOOL, PlaceKind.CAMPUS, PlaceKind.COMMUNITY, PlaceKind.BANK_BRANCH)

# The administrator draws places; he sees them and no case.
PLACE_ROLES = CENTER_ROLES | {"admin"}


@dataclass(frozen=True)
class ContactNow:
    """A contact and whether he is on duty at the asked time."""

    contact: Contact
    on_duty: bool


def places_for(user: User) -> QuerySet[Place]:
    """Return the places in use that the user may reach."""
    return visible(Place.objects.filter(retired_at=None), user, roles=PLACE_ROLES)


def place_for(user: User, pk: object) -> Place:
    """Return one place within reach. Raises NotFound."""
    return reach(Place.objects.all(), user, pk, roles=PLACE_ROLES)


def editable_places(places: QuerySet[Place], user: User) -> QuerySet[Place]:
    """Narrow to the user's centre; an operator without a post keeps all."""
    return places.filter(center=user.center_id) if user.center_id else places


def search(places: QuerySet[Place], text: str) -> QuerySet[Place]:
    """Narrow by words in name, code or address."""
    for word in text.split():
        places = places.filter(Q(name__icontains=word) | Q(code__iexact=word) | Q(address__icontains=word))
    return places


def listed(
    user: User,
    *,
    kind: str = "",
    text: str = "",
    near: tuple[float, float] | None = None,
    within_m: float = NEAR_M,
) -> list[tuple[Place, float | None]]:
    """Return (place, metres or None) within the user's reach: by distance from `near`, else by name."""
    rows = (
        search(places_for(user), text)
        .select_related("parent")
        .prefetch_related("contacts", "parent__contacts")
    )
    if kind:
        rows = rows.filter(kind=kind)
    if near is None or user.center_id is None:
        return [(place, None) for place in rows.order_by("kind", "name", "pk")]
    metres = dict(shapes_of(user.center_id).near(*near, within_m))
    found: list[tuple[Place, float | None]] = [
        (place, metres[place.pk]) for place in rows.filter(pk__in=metres)
    ]
    return sorted(found, key=lambda item: (item[1] or 0.0, item[0].name))


def station_for(lng: float, lat: float, center: Center | uuid.UUID) -> Place | None:
    """Return the station whose precinct holds the point, or None. Raises BadGeometry."""
    lng, lat = check_lng_lat(lng, lat)
    found = shapes_of(_id(center)).covering(lng, lat, PlaceKind.STATION)
    return Place.objects.filter(pk=found[0]).first() if found else None


def places_near(
    lng: float,
    lat: float,
    center: Center | uuid.UUID,
    within_m: float = NEAR_M,
    kinds: Iterable[str] = (),
) -> list[tuple[Place, float]]:
    """Return (place, metres) within reach of the point, nearest first. Raises BadGeometry."""
    lng, lat = check_lng_lat(lng, lat)
    metres = dict(shapes_of(_id(center)).near(lng, lat, within_m))
    rows = Place.objects.filter(pk__in=metres)
    wanted = list(kinds)
    if wanted:
        rows = rows.filter(kind__in=wanted)
    return sorted(((place, metres[place.pk]) for place in rows), key=lambda item: (item[1], item[0].name))


def place_near(
    lng: float,
    lat: float,
    center: Center | uuid.UUID,
    within_m: float = 100,
    kinds: Iterable[str] = (),
) -> Place | None:
    """Return the nearest place of these kinds (left out: of any a person can be at), or None."""
    found = places_near(lng, lat, center, within_m, kinds or SPOTS)
    return found[0][0] if found else None


def school_by_code(code: str, center: Center | uuid.UUID) -> Place | None:
    """Return the centre's school or campus with this code; a campus stands for its school's contacts too."""
    kinds = (PlaceKind.SCHOOL, PlaceKind.CAMPUS)
    rows = Place.objects.filter(center_id=_id(center), kind__in=kinds, code=code, retired_at=None)
    return rows.order_by("-kind").first() if code else None


def contacts_in_order(place: Place, at: dt.datetime) -> list[ContactNow]:
    """Return whom to tell, those on duty at `at` first; a place without contacts gives its parent's."""
    rows = list(place.contacts.all())
    if not rows and place.parent is not None:
        return contacts_in_order(place.parent, at)
    asked = [ContactNow(contact, on_duty(contact.hours, at)) for contact in rows]
    return sorted(asked, key=lambda now: not now.on_duty)


def _id(center: Center | uuid.UUID) -> uuid.UUID:
    return center.pk if isinstance(center, Center) else center
