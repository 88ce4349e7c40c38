"""Read assignments for a user, and for the board; whom to ring when a crew is silent."""

import datetime as dt
import uuid

from django.db.models import Exists, OuterRef, QuerySet

from fieldops.cases.models import Case
from fieldops.dispatch.models import LIVE, Assignment, AssignmentMember, FormerMember, Message
from fieldops.places.queries import contacts_in_order, station_for
from fieldops.teams.access import reach, visible
from fieldops.teams.models import DeskShift, Role, User

RELATED = ("team", "shift", "case", "offered_by")


def assignments_for(user: User) -> QuerySet[Assignment]:
    """Return the assignments a user may reach, newest first."""
    rows = visible(Assignment.objects.all(), user).select_related(*RELATED).prefetch_related("members")
    return rows.order_by("-offered_at")


def assignment_for(user: User, assignment_id: object) -> Assignment:
    """Return one assignment within reach or raise the same NotFound as for none."""
    return reach(Assignment.objects.select_related(*RELATED), user, assignment_id)


def of_crew(user_id: uuid.UUID, **named: object) -> QuerySet[Assignment]:
    """Return the assignments this person is on, or was when he left the crew: his facts of them count.

    What he may read is another question (teams.access).
    """
    mine = {"assignment": OuterRef("pk"), "user_id": user_id}
    on_it, was_on_it = AssignmentMember.objects.filter(**mine), FormerMember.objects.filter(**mine)
    return Assignment.objects.filter(Exists(on_it) | Exists(was_on_it), **named)


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


def desk_owners(center_id: uuid.UUID, at: dt.datetime) -> list[User]:
    """Return who owns the desk's shift at `at`, the one who came last first."""
    rows = DeskShift.objects.filter(center_id=center_id, starts_at__lte=at, ends_at__gt=at)
    return [row.owner for row in rows.select_related("owner").order_by("-starts_at")]


def supervisors_on(center_id: uuid.UUID, at: dt.datetime) -> list[User]:
    """Return the supervisors who own the desk's shift now; where none does, all of the centre."""
    everyone = list(
        User.objects.filter(posts__center_id=center_id, posts__role=Role.SUPERVISOR, is_active=True)
        .order_by("username")
        .distinct()
    )
    owners = {owner.pk for owner in desk_owners(center_id, at)}
    return [user for user in everyone if user.pk in owners] or everyone


def station_numbers(case: Case, at: dt.datetime) -> list[dict[str, str]]:
    """Return the numbers of the station whose precinct he is in, in order."""
    where = case.whereabouts
    if where is None or where.lng_lat is None:
        return []
    station = station_for(*where.lng_lat, case.center_id)
    if station is None:
        return []
    people = [found.contact for found in contacts_in_order(station, at)]
    return [{"name": f"{station.name} {person.name}".strip(), "phone": person.phone} for person in people]
