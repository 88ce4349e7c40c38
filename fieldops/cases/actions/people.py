"""Find the person an alert means and fill in what it knows, or add one."""

import datetime as dt
import uuid
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet

from fieldops.cases.models import Person, PersonToken
from fieldops.cases.numbers import birth_year_of, normal_id, normal_name, normal_phone, sex_of
from fieldops.feed.changes import change
from fieldops.lib.db import locked
from fieldops.lib.ids import new_id
from fieldops.lib.masks import mask_id, mask_name, mask_phone
from fieldops.lib.sealed import blind, open_row, seal_row
from fieldops.places.models import Place


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

    A phone that meets another name is a new person, marked *possible duplicate*. What was not known of a
    person is filled in, and the newest alert's phone is the one to call.
    """
    with change():
        found = _match(center_id, who)
        if found is None:
            return _add(center_id, who, at)
        person = locked(Person.objects).get(pk=found.merged_into_id or found.pk)
        _fill_in(person, who)
        return person


def _match(center_id: uuid.UUID, who: Who) -> Person | None:
    people = Person.objects.filter(center_id=center_id).order_by("made_at")
    if who.id_number:
        by_id = people.filter(pk__in=_ids(id_index=index_of("id", normal_id(who.id_number)))).first()
        if by_id:
            return by_id
    phone = normal_phone(who.phone)
    if not phone:
        return None
    by_phone = _with_phone(people, phone)
    if who.id_number:
        by_phone = by_phone.filter(id_index="")
    name = index_of("name", normal_name(who.name))
    same_name = Q(name_index="") | Q(name_index=name) if name else Q()
    return by_phone.filter(same_name).first()


def _with_phone(people: QuerySet[Person], phone: str) -> QuerySet[Person]:
    """Narrow to who has, or had, this phone."""
    index = blind("phone", phone)
    had = PersonToken.objects.filter(token=index).values_list("person_id", flat=True)
    return people.filter(pk__in={*_ids(phone_index=index), *had})


def _ids(**index: str) -> list[uuid.UUID]:
    """Return who has this blind index, looked up by itself: asked together, SQLite walks the whole centre."""
    return list(Person.objects.filter(**index).values_list("pk", flat=True))


def _add(center_id: uuid.UUID, who: Who, at: dt.datetime) -> Person:
    person = Person(
        id=new_id(),
        center_id=center_id,
        school=who.school,
        possible_duplicate_of=_near_match(center_id, normal_phone(who.phone)),
        made_at=at,
    )
    _put(person, sealed_content(who), who.sex)
    person.save(force_insert=True)
    _add_tokens(person, who.name)
    return person


def _fill_in(person: Person, who: Who) -> None:
    """Add what this alert knows and the person's row does not; a phone that was replaced still finds him."""
    held, said = open_row(person), sealed_content(who)
    fresh = {key: value for key, value in said.items() if value and not held.get(key)}
    moved = said["phone"] and held.get("phone") not in ("", said["phone"])
    if moved:
        fresh |= {"phone": said["phone"], "phone_raw": said["phone_raw"]}
        PersonToken.objects.create(person=person, token=person.phone_index)
    if not fresh and (person.school_id or who.school is None):
        return
    if "name" in fresh:
        _add_tokens(person, who.name)
    person.school = person.school or who.school
    _put(person, {**held, **fresh}, who.sex or person.sex)
    person.save(
        update_fields=[
            "sealed", "name_mask", "phone_mask", "id_mask", "name_index", "phone_index", "id_index", "sex",
            "birth_year", "school",
        ]
    )  # fmt: skip


def _put(person: Person, content: dict[str, Any], sex: str) -> None:
    """Seal the content, and set the masks and indexes that follow from it."""
    seal_row(person, content)
    name, phone, number = content["name"], content["phone"], content["id_number"]
    person.name_mask, person.phone_mask, person.id_mask = mask_name(name), mask_phone(phone), mask_id(number)
    person.name_index = index_of("name", normal_name(name))
    person.phone_index = index_of("phone", phone)
    person.id_index = index_of("id", normal_id(number))
    person.sex = sex_of(number) if sex in ("", "unknown") else sex
    person.birth_year = birth_year_of(number)


def _add_tokens(person: Person, name: str) -> None:
    tokens = [PersonToken(person=person, token=blind("token", token)) for token in sorted(name_tokens(name))]
    PersonToken.objects.bulk_create(tokens)


def index_of(kind: str, value: str) -> str:
    """Return the blind index; of nothing, nothing: two unknowns are not equal."""
    return blind(kind, value) if value else ""


def sealed_content(who: Who) -> dict[str, Any]:
    """Return what a person's sealed column holds."""
    return {
        "name": who.name,
        "phone": normal_phone(who.phone),
        "phone_raw": who.phone,
        "id_type": who.id_type,
        "id_number": who.id_number,
        "address": who.address,
        "relatives": who.relatives,
    }


def _near_match(center_id: uuid.UUID, phone: str) -> Person | None:
    if not phone:
        return None
    near = _with_phone(Person.objects.filter(center_id=center_id), phone).order_by("made_at").first()
    return near.merged_into or near if near else None


def name_tokens(name: str) -> set[str]:
    """Return what a name may be searched by: itself, its characters, its pinyin initials."""
    if not name:
        return set()
    # Here and not above: its dictionary is a quarter of a second of every start.
    from pypinyin import Style, lazy_pinyin

    initials = "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).lower()
    return {name, *name, initials}
