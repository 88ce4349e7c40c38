"""One way to put a line on the timeline and tell those whose work the case is."""

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any

from django.db import OperationalError, transaction
from django.utils.translation import gettext_lazy as _

from fieldops.cases.clock import loss_clock
from fieldops.cases.lines import LINES
from fieldops.cases.models import Case, CaseEvent, CaseFollower
from fieldops.cases.wire import case_wire, line_wire
from fieldops.feed.changes import Change, change
from fieldops.feed.models import desk
from fieldops.feed.models import user as user_recipient
from fieldops.lib.clock import now
from fieldops.lib.db import locked, rows_are_locked
from fieldops.lib.errors import Invalid, NotFound
from fieldops.teams.actor import Actor

# What nearly every change reads of a case besides its row: joined, not asked for one by one.
CARRIED = ("person", "whereabouts__place", "calling__by")


def lock_case(case_id: uuid.UUID | str) -> Case:
    """Return the case under its row lock: the first lock of every change on a case. Raises NotFound."""
    rows = Case.objects.filter(pk=case_id)
    if rows_are_locked():
        # First the lock, then the read: joined to the locking read, PostgreSQL gives the row as it is now,
        # but what it points to as it was before the wait: a call opened meanwhile would be no call.
        list(locked(rows).only("pk"))
    case = rows.select_related(*CARRIED).first()
    if case is None:
        raise NotFound()
    return case


def lock_case_now(case_id: uuid.UUID) -> bool:
    """Lock the case if nobody holds it: for whoever holds another already and must not wait for this one.

    SQLite has one writer, so there nobody else holds anything.
    """
    try:
        with transaction.atomic():
            rows = locked(Case.objects, nowait=True).filter(pk=case_id)
            return rows.values_list("pk", flat=True).first() is not None
    except OperationalError:
        return False


def refuse_closed(case: Case) -> None:
    """Raise Invalid (409 `closed`) where only an open case can be worked on."""
    if case.closed_at:
        raise Invalid("closed", _("This case is closed."), status=409)


def refuse_while_calling(case: Case, by: Actor) -> None:
    """Raise Invalid (409 `calling`, who) while somebody is on the phone with the person."""
    call = case.calling
    if call is None:
        return
    raise Invalid(
        "calling",
        _("Somebody is already on the phone with this person."),
        status=409,
        by=str(call.by_id),
        by_name=call.by.name,
        mine=call.by_id == by.user_id,
        call_id=str(call.pk),
    )


def recipients_of(case: Case) -> list[str]:
    """Return the desk and whoever follows the case now."""
    return [desk(case.center_id), *(user_recipient(user_id) for user_id in case.follower_ids)]


def follow(case: Case, user_ids: Iterable[uuid.UUID], *, at: dt.datetime) -> None:
    """Make the case the work of these people: they may reach it and hear of it."""
    rows = [CaseFollower(case=case, user_id=user_id, since=at) for user_id in user_ids]
    CaseFollower.objects.bulk_create(rows, ignore_conflicts=True)
    case.forget_followers()


def unfollow(case: Case, user_ids: Iterable[uuid.UUID]) -> None:
    """Take the case out of these people's reach again, and what was opened of it out of their feeds."""
    ids = list(user_ids)
    with change() as changed:
        gone, _rows = CaseFollower.objects.filter(case=case, user_id__in=ids).delete()
        case.forget_followers()
        if gone:  # who never followed was never shown anything
            changed.close_secrets([user_recipient(user_id) for user_id in ids], case_id=case.pk)


def write_line(
    case: Case,
    code: str,
    *,
    by: Actor,
    at: dt.datetime,
    also: Any = None,
    **params: Any,
) -> dict[str, Any]:
    """Append a line to the case's timeline and return its wire shape; `also` may hold a `by` of its own."""
    if code not in LINES:
        raise LookupError(f"unknown timeline code {code}")
    line = CaseEvent.objects.create(
        case=case,
        at=at,
        recorded_at=now(),
        code=code,
        params={**params, **(also or {})},
        actor_id=by.user_id,
        actor_name=by.name,
        by_voice=by.by_voice,
        estimated=by.estimated,
    )
    return line_wire(line)


def save_case(case: Case, *fields: str) -> None:
    """Save named fields with a new version and the loss clock recomputed."""
    case.due_at, case.due_for = loss_clock(case)
    case.version += 1
    case.save(update_fields=[*fields, "due_at", "due_for", "version"])


def tell_case(
    changed: Change, case: Case, kind: str, *, at: dt.datetime, line: dict[str, Any] | None = None
) -> None:
    """Publish the case itself."""
    tell(changed, case, kind, ("case", case.pk), case.version, case_wire(case), at=at, line=line)


def tell(
    changed: Change,
    case: Case,
    kind: str,
    subject: tuple[str, Any],
    version: int,
    body: dict[str, Any],
    *,
    at: dt.datetime,
    line: dict[str, Any] | None = None,
    also: list[str] | None = None,
) -> None:
    """Publish something of a case to everyone whose work it is (and `also`)."""
    recipients = [*recipients_of(case), *(also or [])]
    changed.publish(
        kind, subject=subject, version=version, at=at, body=body, recipients=recipients, line=line
    )
