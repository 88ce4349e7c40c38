"""Opening personal data: by the work itself, or by a typed reason."""

import datetime as dt
import uuid
from typing import Any

from django.utils.translation import gettext_lazy as _

from fieldops.audit.actions import append
from fieldops.audit.models import AuditRow
from fieldops.cases.actions.notices import told_relatives
from fieldops.cases.models import Case
from fieldops.cases.telling import lock_case, tell_case, write_line
from fieldops.cases.wire import secret_wire
from fieldops.feed.alarms import raise_alarm
from fieldops.feed.changes import change
from fieldops.lib.errors import Problem
from fieldops.lib.masks import mask_middle, mask_phone, mask_tail
from fieldops.lib.sealed import open_row
from fieldops.teams.actor import Actor

REVEALS_AN_HOUR = 20
A_SHIFT = dt.timedelta(hours=12)
# What counts together against it: a case's person, and what a phone sent that waits for review.
TYPED_LOOKS = ("person.reveal", "review.open")
MASK_OF = {"phones": mask_phone, "accounts": mask_tail, "sites": mask_middle, "apps": mask_middle}


class TooManyReveals(Problem):
    """Looking by typed reason is limited; looking by the work itself is not."""

    status = 429
    code = "too_many_reveals"
    words = _("Too many looks by typed reason this hour; a supervisor has been told.")


def open_person(case: Case) -> dict[str, Any]:
    """Return the secret of a case; the caller has audited why."""
    return secret_wire(case, open_row(case.person), suspects_of(case))


def suspects_of(case: Case) -> list[str]:
    """Return what the alert said of suspects, masked."""
    opened = open_row(case) or {}
    return [MASK_OF[kind](value) for kind, values in opened.get("suspects", {}).items() for value in values]


def reveal_person(*, case_id: uuid.UUID, reason: str, by: Actor, at: dt.datetime) -> dict[str, Any]:
    """Show a case's personal data for a typed reason; the audit row is written before the data is read.

    Raises TooManyReveals past 20 in an hour, with an alarm on the desk.
    """
    check_looks(center_id=Case.objects.only("center_id").get(pk=case_id).center_id, by=by, at=at)
    with change() as changed:
        case = lock_case(case_id)

        append(
            verb="person.reveal",
            subject_kind="person",
            subject_id=case.person_id,
            at=at,
            actor_id=by.user_id,
            center_id=case.center_id,
            reason=reason,
        )
        line = write_line(case, "revealed", by=by, at=at, reason=reason)
        tell_case(changed, case, "case.changed", at=at, line=line)
        secret = open_person(case)
        return {**secret, "relatives": [*secret["relatives"], *told_relatives(case)]}


def look_at_case(*, case: Case, by: Actor, at: dt.datetime) -> None:
    """Record that somebody opened a case's page."""
    with change():
        append(
            verb="case.look",
            subject_kind="case",
            subject_id=case.pk,
            at=at,
            actor_id=by.user_id,
            center_id=case.center_id,
        )


def keep_looking(*, case: Case, by: Actor, at: dt.datetime) -> None:
    """Record a look at parts of a case, unless this person's shift has one: an open page reads them often."""
    since = at - A_SHIFT
    known = AuditRow.objects.filter(
        subject_kind="case", subject_id=str(case.pk), verb="case.look", actor_id=by.user_id, at__gt=since
    )
    if not known.exists():
        look_at_case(case=case, by=by, at=at)


def check_looks(*, center_id: uuid.UUID, by: Actor, at: dt.datetime) -> None:
    """Refuse one more look by typed reason past 20 in an hour, and ring the desk.

    Called outside the change of the look itself: the alarm stays when the look is refused.
    """
    since = at - dt.timedelta(hours=1)
    looks = AuditRow.objects.filter(actor_id=by.user_id, verb__in=TYPED_LOOKS, at__gt=since)
    if looks.count() < REVEALS_AN_HOUR:
        return
    params = {"name": by.name, "count": REVEALS_AN_HOUR}
    raise_alarm(
        center_id=center_id, kind="bulk_reveal", key=f"bulk_reveal:{by.user_id}", at=at, params=params
    )
    raise TooManyReveals()
