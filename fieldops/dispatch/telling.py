"""Shared beats of this room's actions: lock in order, save, publish."""

import datetime as dt
import uuid
from typing import Any

from fieldops.cases.models import Case
from fieldops.cases.telling import follow, lock_case, recipients_of, unfollow
from fieldops.cases.wire import case_wire
from fieldops.dispatch.models import Assignment
from fieldops.dispatch.wire import assignment_wire
from fieldops.feed.changes import Change
from fieldops.feed.models import desk
from fieldops.feed.models import user as user_recipient
from fieldops.lib.db import locked
from fieldops.lib.errors import NotFound


def lock_assignment(assignment_id: uuid.UUID) -> tuple[Case, Assignment]:
    """Lock the case, then the assignment, and return both fresh. Raises NotFound."""
    case_id = Assignment.objects.filter(pk=assignment_id).values_list("case_id", flat=True).first()
    if case_id is None:
        raise NotFound()
    case = lock_case(case_id)
    rows = locked(Assignment.objects).select_related("team", "shift", "offered_by", "case")
    assignment = rows.get(pk=assignment_id)
    assignment.case = case
    return case, assignment


def save_assignment(assignment: Assignment, *fields: str) -> None:
    """Save named fields with a new version."""
    assignment.version += 1
    assignment.save(update_fields=[*fields, "version"])


def tell_assignment(
    changed: Change,
    assignment: Assignment,
    kind: str,
    *,
    at: dt.datetime,
    line: dict[str, Any] | None = None,
    secret: dict[str, Any] | None = None,
) -> None:
    """Publish the assignment to the desk and its crew; `secret` goes to the crew alone.

    The line goes with it to those who may read the timeline: the desk, and the crew while the case is theirs.
    Another crew on the case hears the line, not the assignment: it must never look like an offer to them.
    """
    case = assignment.case
    crew = crew_recipients(assignment)
    readers = set(recipients_of(case))
    body = assignment_wire(assignment)
    subject = ("assignment", assignment.pk)

    def publish(recipients: set[str], line: dict[str, Any] | None) -> None:
        secrets = dict.fromkeys(crew, secret) if secret else None
        changed.publish(
            kind,
            subject=subject,
            version=assignment.version,
            at=at,
            body=body,
            recipients=recipients,
            line=line,
            secrets=secrets,
        )

    publish(readers & {desk(case.center_id), *crew}, line)
    if outside := set(crew) - readers:
        publish(outside, None)
    if line and (others := readers - {desk(case.center_id), *crew}):
        tell_line(changed, case, others, at=at, line=line)


def tell_line(
    changed: Change, case: Case, recipients: set[str], *, at: dt.datetime, line: dict[str, Any]
) -> None:
    """Put a line of one crew's work on the timeline of the others who are on the case."""
    changed.publish(
        "case.changed",
        subject=("case", case.pk),
        version=case.version,
        at=at,
        body=case_wire(case),
        recipients=recipients,
        line=line,
    )


def crew_recipients(assignment: Assignment) -> list[str]:
    """Return the feed recipients of the people the offer went to."""
    return [user_recipient(member.user_id) for member in assignment.members.all()]


def follow_case(assignment: Assignment, at: dt.datetime) -> None:
    """Make the case the crew's own work."""
    follow(assignment.case, [member.user_id for member in assignment.members.all()], at=at)


def unfollow_case(assignment: Assignment) -> None:
    """Take the case out of the crew's reach again."""
    unfollow(assignment.case, [member.user_id for member in assignment.members.all()])
