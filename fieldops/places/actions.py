"""Write places; each write counts the place's version up, which is what the search trees compare."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from fieldops.audit.actions import append
from fieldops.feed.changes import change
from fieldops.lib.db import locked
from fieldops.lib.errors import Invalid
from fieldops.places.geojson import Feature
from fieldops.places.models import Contact, Place
from fieldops.teams.actor import SYSTEM, Actor
from fieldops.teams.models import Center


def load_places(*, center: Center, data: Sequence[Feature], at: dt.datetime, by: Actor = SYSTEM) -> int:
    """Bring the centre's places up to `data`, known by kind and code, and return how many rows changed.

    Running it again changes none; places that `data` does not name stay. All or nothing: raises Invalid when
    a parent is not there.
    """
    with change():
        known = {f"{place.kind}:{place.code}": place for place in _locked(center)}

        changed = 0
        for feature in data:
            place, touched = _renew(center, feature, known.get(feature.key))
            known[feature.key] = place
            changed += touched
        for feature in data:
            changed += _set_parent(known[feature.key], feature, known)
            changed += _renew_contacts(known[feature.key], feature)

        if changed:
            _record("places.loaded", center.pk, center.pk, by, at, {"changed": changed})
        return changed


def save_place(*, place: Place, by: Actor, at: dt.datetime) -> Place:
    """Write a place that has been checked (the admin's form), counting its version up."""
    with change():
        stored = locked(Place.objects).filter(pk=place.pk).first()

        place.version = stored.version + 1 if stored else 1
        place.save(force_insert=stored is None)

        _record("place.changed" if stored else "place.added", place.center_id, place.pk, by, at, {})
        return place


def _locked(center: Center) -> list[Place]:
    return list(locked(Place.objects).filter(center=center).exclude(code="").order_by("pk"))


def _renew(center: Center, feature: Feature, found: Place | None) -> tuple[Place, bool]:
    fields: dict[str, Any] = {name: getattr(feature, name) for name in ("name", "address", "point", "area")}
    if found is None:
        return Place.objects.create(center=center, kind=feature.kind, code=feature.code, **fields), True
    touched = [name for name, value in fields.items() if getattr(found, name) != value]
    for name in touched:
        setattr(found, name, fields[name])
    if touched:
        _save(found, touched)
    return found, bool(touched)


def _set_parent(place: Place, feature: Feature, known: dict[str, Place]) -> bool:
    if feature.parent and feature.parent not in known:
        raise Invalid(errors={feature.key: _("“%(parent)s” is not there.") % {"parent": feature.parent}})
    parent = known[feature.parent] if feature.parent else None
    if place.parent_id == (parent.pk if parent else None):
        return False
    place.parent = parent
    _save(place, ["parent"])
    return True


def _renew_contacts(place: Place, feature: Feature) -> int:
    """Make the contacts those of the feature, in its order; return how many rows changed."""
    old = {contact.order: contact for contact in place.contacts.all()}
    changed = 0
    for order, wanted in enumerate(feature.contacts, start=1):
        contact = old.pop(order, None) or Contact(place=place, order=order)
        if contact._state.adding or any(getattr(contact, name) != value for name, value in wanted.items()):
            for name, value in wanted.items():
                setattr(contact, name, value)
            contact.save()
            changed += 1
    gone = Contact.objects.filter(pk__in=[contact.pk for contact in old.values()])
    return changed + gone.delete()[0]


def _save(place: Place, fields: list[str]) -> None:
    place.version += 1
    place.save(update_fields=[*fields, "version", "changed_at"])


def _record(
    verb: str, center_id: uuid.UUID, subject_id: uuid.UUID, by: Actor, at: dt.datetime, extra: dict[str, Any]
) -> None:
    append(
        verb=verb,
        subject_kind="place",
        subject_id=subject_id,
        at=at,
        actor_id=by.user_id,
        actor_kind=by.kind,
        center_id=center_id,
        extra=extra,
    )
