"""Say that two persons are one, and take it back."""

import datetime as dt
import uuid
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fieldops.audit.actions import append
from fieldops.cases.models import Case, Person
from fieldops.cases.telling import lock_case, save_case, tell_case, write_line
from fieldops.feed.changes import Change, change
from fieldops.lib.db import locked
from fieldops.lib.errors import NotFound, WrongState
from fieldops.teams.actor import Actor


def merge_people(*, keep_id: uuid.UUID, drop_id: uuid.UUID, by: Actor, at: dt.datetime) -> Person:
    """Say that two persons are one: `drop` points to `keep`, and later alerts on either mean `keep`.

    Again is harmless. Raises NotFound, WrongState `both_open` while both have an open case, `already_merged`
    where it would make a chain.
    """
    with change() as changed:
        keep, drop = _lock_both(keep_id, drop_id)
        if drop.merged_into_id == keep.pk:
            return keep
        if keep.merged_into_id or drop.merged_into_id or drop.merged.exists():
            raise WrongState("already_merged", _("One of them is already merged; undo that first."))
        ours = Case.objects.filter(person__in=[keep, drop], closed_at__isnull=True)
        open_ids = list(ours.values_list("pk", flat=True))
        if len(open_ids) > 1:
            raise WrongState("both_open", _("Both have an open case; close one first."))

        drop.merged_into = keep
        drop.save(update_fields=["merged_into"])
        if keep.possible_duplicate_of_id == drop.pk:
            keep.possible_duplicate_of = None
            keep.save(update_fields=["possible_duplicate_of"])

        _audit_merge("person.merge", drop, by, at, {"into": str(keep_id)})
        _tell_merge(changed, open_ids, "merged", by, at, name=drop.name_mask)
        return keep


def unmerge_person(*, person_id: uuid.UUID, by: Actor, at: dt.datetime) -> Person:
    """Undo a merge; harmless when there is none. Raises NotFound."""
    with change() as changed:
        person = locked(Person.objects).filter(pk=person_id).first()
        if person is None:
            raise NotFound()
        if person.merged_into_id is None:
            return person

        both = Q(person=person) | Q(person_id=person.merged_into_id)
        open_ids = list(Case.objects.filter(both, closed_at__isnull=True).values_list("pk", flat=True))
        person.merged_into = None
        person.save(update_fields=["merged_into"])

        _audit_merge("person.unmerge", person, by, at, {})
        _tell_merge(changed, open_ids, "unmerged", by, at)
        return person


def _lock_both(keep_id: uuid.UUID, drop_id: uuid.UUID) -> tuple[Person, Person]:
    """Lock two persons of one centre, in sorted order. Raises NotFound."""
    rows = locked(Person.objects).filter(pk__in=[keep_id, drop_id]).order_by("pk")
    people = {person.pk: person for person in rows}
    if len(people) != 2 or people[keep_id].center_id != people[drop_id].center_id:
        raise NotFound()
    return people[keep_id], people[drop_id]


def _tell_merge(
    changed: Change, open_ids: list[uuid.UUID], code: str, by: Actor, at: dt.datetime, **params: Any
) -> None:
    """Put it on the timeline of the open case, where there is one."""
    for case_id in sorted(open_ids):
        case = lock_case(case_id)
        save_case(case)
        line = write_line(case, code, by=by, at=at, **params)
        tell_case(changed, case, "case.changed", at=at, line=line)


def _audit_merge(verb: str, person: Person, by: Actor, at: dt.datetime, extra: dict[str, Any]) -> None:
    append(
        verb=verb,
        subject_kind="person",
        subject_id=person.pk,
        at=at,
        actor_id=by.user_id,
        center_id=person.center_id,
        extra=extra,
    )
