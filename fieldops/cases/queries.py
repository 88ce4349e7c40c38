"""Read cases for a user, always through `access.visible`."""

import uuid
from typing import Any

from django.db.models import Q, QuerySet

from fieldops.cases.models import CallAttempt, Case, CaseEvent, Notice
from fieldops.cases.numbers import normal_id, normal_phone
from fieldops.cases.wire import call_wire, case_wire, line_wire, notice_wire
from fieldops.lib.clock import iso
from fieldops.lib.sealed import blind
from fieldops.teams.access import reach, visible
from fieldops.teams.models import User

RELATED = ("person", "whereabouts__place", "calling__by")


def cases_for(user: User) -> QuerySet[Case]:
    """Return the cases a user may reach, the next loss first."""
    return visible(Case.objects.all(), user).select_related(*RELATED).order_by("due_at", "pk")


def case_for(user: User, case_id: object) -> Case:
    """Return one case within reach or raise the same NotFound as for none."""
    return reach(Case.objects.select_related(*RELATED), user, case_id)


def reach_case(user: User, case_id: object) -> None:
    """Raise case_for's NotFound unless the case is within reach; for moves that read it under its lock."""
    reach(Case.objects.only("pk"), user, case_id)


def call_for(user: User, call_id: object) -> CallAttempt:
    """Return one call within reach."""
    return reach(CallAttempt.objects.all(), user, call_id)


def notice_for(user: User, notice_id: object) -> Notice:
    """Return one notice within reach."""
    return reach(Notice.objects.all(), user, notice_id)


def open_cases(center_id: uuid.UUID) -> list[Case]:
    """Return what the board shows: every open case of the centre, the next loss first."""
    rows = Case.objects.filter(center_id=center_id, closed_at__isnull=True).select_related(*RELATED)
    return list(rows.order_by("due_at", "pk"))


def search(queryset: QuerySet[Case], text: str) -> QuerySet[Case]:
    """Narrow to cases whose number, phone, ID number, name, one of its characters or initials is `text`."""
    text = text.strip()
    digits = normal_phone(text)
    people = Q(person__tokens__token=blind("token", text)) | Q(
        person__tokens__token=blind("token", text.lower())
    )
    if digits:
        phone = blind("phone", digits)
        people |= Q(person__phone_index=phone) | Q(person__tokens__token=phone)
    people |= Q(person__id_index=blind("id", normal_id(text)))
    return queryset.filter(people | Q(number__icontains=text)).distinct()


def timeline(case: Case) -> list[CaseEvent]:
    """Return the minute sheet's lines, in order."""
    return list(case.lines.order_by("at", "pk"))


def history_of(case: Case) -> list[Case]:
    """Return the person's other cases, newest first, across merged persons."""
    person = case.person.merged_into or case.person
    rows = Case.objects.filter(person__in=person.all_ids).exclude(pk=case.pk)
    return list(rows.select_related(*RELATED).order_by("-received_at"))


def case_detail(case: Case) -> dict[str, Any]:
    """Return one case with everything on its two tracks and its timeline, masked."""
    return {
        **case_wire(case),
        "person_detail": {
            "id_mask": case.person.id_mask,
            "school_id": str(case.person.school_id or "") or None,
            "possible_duplicate_of": str(case.person.possible_duplicate_of_id or "") or None,
            "merged": [str(pk) for pk in case.person.merged.values_list("pk", flat=True)],
        },
        "calls": [call_wire(call) for call in case.calls.select_related("by").order_by("opened_at")],
        "notices": [
            notice_wire(notice) for notice in case.notices.select_related("place").order_by("told_at")
        ],
        "lines": [line_wire(line) for line in timeline(case)],
        "history": [
            {"id": str(c.pk), "number": c.number, "received_at": iso(c.received_at)} for c in history_of(case)
        ],
    }
