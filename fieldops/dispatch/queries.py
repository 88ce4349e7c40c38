"""Read assignments for a user, and for the board."""

import uuid

from django.db.models import QuerySet

from fieldops.cases.models import Case
from fieldops.dispatch.models import LIVE, Assignment, Message
from fieldops.teams.access import reach, visible
from fieldops.teams.models import User

RELATED = ("team", "shift", "case", "offered_by")


def assignments_for(user: User) -> QuerySet[Assignment]:
    """Return the assignments a user may reach, newest first."""
    rows = visible(Assignment.objects.all(), user).select_related(*RELATED).prefetch_related("members")
    return rows.order_by("-offered_at")


def assignment_for(user: User, assignment_id: object) -> Assignment:
    """Return one assignment within reach or raise the same NotFound as for none."""
    return reach(Assignment.objects.select_related(*RELATED), user, assignment_id)


def assignments_of(case: Case) -> list[Assignment]:
    """Return a case's assignments in order."""
    rows = Assignment.objects.filter(case=case).select_related(*RELATED).prefetch_related("members")
    return list(rows.order_by("offered_at"))


def live_assignments(center_id: uuid.UUID) -> list[Assignment]:
    """Return what crews of a centre are asked about or on now."""
    rows = Assignment.objects.filter(center_id=center_id, status__in=LIVE).select_related(*RELATED)
    return list(rows.prefetch_related("members").order_by("offered_at"))


def messages_of(assignment: Assignment) -> list[Message]:
    """Return the words passed in an assignment, in order."""
    rows = (
        Message.objects.filter(assignment=assignment)
        .select_related("assignment")
        .prefetch_related("receipts")
    )
    return list(rows.order_by("sent_at"))
