"""Find the person an alert means, or add one; merge two found to be one, with undo."""

import datetime as dt
import uuid
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q
from pypinyin import Style, lazy_pinyin

from fieldops.audit.actions import append
from fieldops.cases.models import Case, Person, PersonToken
from fieldops.cases.numbers import birth_year_of, normal_phone, sex_of
from fieldops.feed.changes import change
from fieldops.lib.errors import NotFound, WrongState
from fieldops.lib.ids import new_id
from fieldops.lib.masks import mask_id, mask_name, mask_phone
from fieldops.lib.sealed import blind, seal_row
from fieldops.places.models import Place
from fieldops.teams.actor import Actor


@dataclass(frozen=True)
class Who:
    """What an alert says of a person, in clear; lives only in memory."""

    name: str = ""
    phone: str = ""
    id_type: str = ""
    id_number: str = ""
    address: str = ""
    sex: str = ""
    relatives: list[dict[str, str]] = field(default_factory=list)
    school: Place | None = None


def find_or_add_person(*, center_id: uuid.UUID, who: Who, at: dt.datetime) -> Person:
    """Return the person meant: ID number equal, or phone equal and name equal or missing.

    A phone that meets another name is a new person, marked *possible duplicate*.
    """
    with change():
        found = _match(center_id, who)
        if found:
            return found
        return _add(center_id, who, at)


def _match(center_id: uuid.UUID, who: Who) -> Person | None:
    people = Person.objects.filter(center_id=center_id, merged_into__isnull=True)
    if who.id_number:
        by_id = people.filter(id_index=blind("id", who.id_number.upper())).order_by("made_at").first()
        if by_id:
            return by_id
    if not who.phone:
        return None
    by_phone = people.filter(phone_index=blind("phone", normal_phone(who.phone)))
    if who.id_number:
        by_phone = by_phone.filter(id_index="")
    same_name = Q(name_index="") | Q(name_index=blind("name", who.name)) if who.name else Q()
    return by_phone.filter(same_name).order_by("made_at").first()


def _add(center_id: uuid.UUID, who: Who, at: dt.datetime) -> Person:
    phone = normal_phone(who.phone)
    person = Person(
        id=new_id(),
        center_id=center_id,
        name_mask=mask_name(who.name),
        phone_mask=mask_phone(phone),
        id_mask=mask_id(who.id_number),
        phone_index=blind("phone", phone) if phone else "",
        id_index=blind("id", who.id_number.upper()) if who.id_number else "",
        name_index=blind("name", who.name) if who.name else "",
        sex=who.sex or sex_of(who.id_number),
        birth_year=birth_year_of(who.id_number),
        school=who.school,
        possible_duplicate_of=_near_match(center_id, phone),
        made_at=at,
    )
    seal_row(person, sealed_content(who, phone))
    person.save(force_insert=True)
    PersonToken.objects.bulk_create(
        [PersonToken(person=person, token=blind("token", token)) for token in sorted(name_tokens(who.name))]
    )
    return person


def sealed_content(who: Who, phone: str) -> dict[str, Any]:
    """Return what a person's sealed column holds."""
    return {
        "name": who.name,
        "phone": phone,
        "phone_raw": who.phone,
        "id_type": who.id_type,
        "id_number": who.id_number,
        "address": who.address,
        "relatives": who.relatives,
    }


def _near_match(center_id: uuid.UUID, phone: str) -> Person | None:
    if not phone:
        return None
    people = Person.objects.filter(
        center_id=center_id, phone_index=blind("phone", phone), merged_into__isnull=True
    )
    return people.order_by("made_at").first()


def name_tokens(name: str) -> set[str]:
    """Return what a name may be searched by: itself, its characters, its pinyin initials."""
    if not name:
        return set()
    initials = "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).lower()
    return {name, *name, initials}


def merge_people(*, keep_id: uuid.UUID, drop_id: uuid.UUID, by: Actor, at: dt.datetime) -> Person:
    """Say that two persons are one: `drop` points to `keep`; refused while both have an open case."""
    with change():
        people = {
            p.pk: p
            for p in Person.objects.select_for_update().filter(pk__in=[keep_id, drop_id]).order_by("pk")
        }
        if len(people) != 2 or people[keep_id].center_id != people[drop_id].center_id:
            raise NotFound()
        if Case.objects.filter(person_id__in=people, closed_at__isnull=True).count() > 1:
            raise WrongState("both_open")

        people[drop_id].merged_into = people[keep_id]
        people[drop_id].save(update_fields=["merged_into"])

        _audit_merge("person.merge", people[drop_id], by, at, {"into": str(keep_id)})
        return people[keep_id]


def unmerge_person(*, person_id: uuid.UUID, by: Actor, at: dt.datetime) -> Person:
    """Undo a merge; harmless when there is none. Raises NotFound."""
    with change():
        person = Person.objects.select_for_update().filter(pk=person_id).first()
        if person is None:
            raise NotFound()

        person.merged_into = None
        person.save(update_fields=["merged_into"])

        _audit_merge("person.unmerge", person, by, at, {})
        return person


def _audit_merge(verb: str, person: Person, by: Actor, at: dt.datetime, extra: dict[str, str]) -> None:
    append(
        verb=verb,
        subject_kind="person",
        subject_id=person.pk,
        at=at,
        actor_id=by.user_id,
        center_id=person.center_id,
        extra=extra,
    )
