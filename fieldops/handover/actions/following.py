"""When the people of a running crew change, its work in hand follows them (docs/decisions/0045)."""

import datetime as dt
import uuid

from fieldops.audit.actions import append
from fieldops.cases.actions import open_person
from fieldops.cases.models import Case
from fieldops.cases.telling import unfollow, write_line
from fieldops.dispatch.models import LIVE, TAKEN, Assignment, AssignmentMember, FormerMember
from fieldops.dispatch.telling import follow_case, lock_assignment, save_assignment, tell_assignment
from fieldops.dispatch.wire import assignment_wire
from fieldops.feed.changes import Change, change
from fieldops.feed.models import user as user_recipient
from fieldops.lib.db import locked
from fieldops.sync.handover import hand_over
from fieldops.teams.actor import Actor
from fieldops.teams.models import Shift, ShiftMember, User


def follow_crew(*, shift_id: uuid.UUID, by: Actor, at: dt.datetime) -> list[Assignment]:
    """Bring who is asked and who is on it in line with the crew's present people; return what changed.

    A joiner is asked like the others and reads the case once the crew has it; who left is told that it is no
    longer his, and his phone lets go of it. In line already: nothing happens.
    """
    with change() as changed:
        live = Assignment.objects.filter(shift_id=shift_id, status__in=LIVE)
        ids = list(live.order_by("case_id", "pk").values_list("pk", flat=True))
        found = [_follow(changed, pk, by, at) for pk in ids]
        return [row for row in found if row]


def _follow(changed: Change, assignment_id: uuid.UUID, by: Actor, at: dt.datetime) -> Assignment | None:
    case, row = lock_assignment(assignment_id)
    locked(Shift.objects).get(pk=row.shift_id)
    crew = {
        m.user_id: m.user for m in ShiftMember.objects.filter(shift_id=row.shift_id).select_related("user")
    }
    asked = {member.user_id: member for member in row.members.all()}
    joiners = [crew[pk] for pk in sorted(set(crew) - set(asked))]
    leavers = [asked[pk] for pk in sorted(set(asked) - set(crew))]
    if row.status not in LIVE or not (joiners or leavers):
        return None

    AssignmentMember.objects.filter(pk__in=[member.pk for member in leavers]).delete()
    FormerMember.objects.bulk_create(
        [FormerMember(assignment=row, user_id=member.user_id, left_at=at) for member in leavers],
        ignore_conflicts=True,
    )
    AssignmentMember.objects.bulk_create(
        [AssignmentMember(assignment=row, user=user, name=user.name) for user in joiners]
    )
    row = lock_assignment(assignment_id)[1]
    save_assignment(row)
    if row.status in TAKEN:
        unfollow(row.case, [member.user_id for member in leavers])
        follow_case(row, at)

    _tell(changed, case, row, joiners, leavers, by, at)
    return row


def _tell(
    changed: Change,
    case: Case,
    row: Assignment,
    joiners: list[User],
    leavers: list[AssignmentMember],
    by: Actor,
    at: dt.datetime,
) -> None:
    taken = row.status in TAKEN
    for user in joiners if taken else []:
        append(
            verb="person.open_for_crew", subject_kind="person", subject_id=case.person_id, at=at,
            actor_id=user.pk, center_id=case.center_id, extra={"assignment": str(row.pk), "via": "joined"},
        )  # fmt: skip
    line = write_line(
        case,
        "crew.changed",
        by=by,
        at=at,
        team=row.team.call_sign,
        joined=[user.name for user in joiners],
        left=[member.name for member in leavers],
    )
    secret = open_person(case) if taken else None
    tell_assignment(changed, row, "assignment.changed", at=at, line=line, secret=secret)
    # Who left hears it once more: a body without him is what takes it off his phone.
    changed.publish(
        "assignment.changed",
        subject=("assignment", row.pk),
        version=row.version,
        at=at,
        body=assignment_wire(row),
        recipients=[user_recipient(member.user_id) for member in leavers],
    )
    if taken and joiners:
        hand_over(assignment=row, at=at, to=[user_recipient(user.pk) for user in joiners])
