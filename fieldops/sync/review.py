"""What a phone sent that a person must judge: accepted as a fact, or set aside with a reason."""

import datetime as dt
import json
import uuid
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext_lazy as _

from fieldops.audit.actions import append
from fieldops.cases.actions.reveal import check_looks
from fieldops.cases.telling import lock_case, save_case, tell_case, write_line
from fieldops.dispatch.models import Assignment
from fieldops.dispatch.queries import of_crew
from fieldops.feed.alarms import settle_alarms
from fieldops.feed.changes import Change, change
from fieldops.feed.models import desk
from fieldops.lib.db import locked
from fieldops.lib.errors import Invalid, NotFound, WrongState
from fieldops.lib.sealed import open_row
from fieldops.outcomes.actions import decide_report, set_report_aside
from fieldops.outcomes.facts import add_note
from fieldops.outcomes.models import VisitReport
from fieldops.sync.carrying import read_envelope
from fieldops.sync.kept import Source, apply_kept, words_of
from fieldops.sync.models import Quarantined, RefusedCommand, ReviewItem, SyncCommand
from fieldops.sync.wire import item_wire
from fieldops.teams.actor import Actor, actor
from fieldops.teams.models import User

Kind = ReviewItem.Kind
SOURCES: dict[str, type[Source]] = {
    Kind.FLAGGED: SyncCommand,
    Kind.DEAD_LETTER: SyncCommand,
    Kind.REFUSED: RefusedCommand,
    Kind.QUARANTINED: Quarantined,
}
REPORTS = frozenset({"report", "correct", "conclude"})


class CannotAccept(WrongState):
    """It cannot be carried out, and belongs to no case that could keep its words (409 `cannot_accept`)."""

    code = "cannot_accept"
    words = _("This cannot be taken over by itself. Enter it by hand, then set it aside with a reason.")


def keep_for_review(
    *,
    kind: str,
    source: Source,
    user: User,
    code: str,
    at: dt.datetime,
    type: str = "",
    subject: tuple[str, str] | None = None,
) -> ReviewItem | None:
    """Put what a phone sent before the supervisor; once per source. None for someone without a centre."""
    if user.center_id is None:
        return None
    with change() as changed:
        row = _assignment_of(subject, user)
        fresh = {
            "center_id": user.center_id,
            "code": code,
            "type": type,
            "user": user,
            "device_id": source.device_id,
            "case_id": row.case_id if row else None,
            "assignment": row,
            "received_at": at,
        }
        item, made = ReviewItem.objects.get_or_create(kind=kind, source_id=source.pk, defaults=fresh)
        if made:
            _publish(changed, item, at)
        return item


def decide_item(*, item_id: uuid.UUID, decision: str, reason: str, by: Actor, at: dt.datetime) -> ReviewItem:
    """Accept what a phone sent as a fact, or set it aside with a reason; the same again is harmless.

    Raises NotFound, Invalid without a reason, WrongState `decided` when it was decided otherwise,
    CannotAccept where nothing can be made of it.
    """
    if decision == ReviewItem.Decision.SET_ASIDE and not reason.strip():
        raise Invalid("reason_wanted", errors={"reason": ["Say why."]})
    with change() as changed:
        item = _lock(item_id)
        if item.decision == decision:
            return item
        if item.decision:
            raise WrongState("decided", by_name=item.decided_by.name if item.decided_by else "")

        effect = EFFECTS[decision]
        item.result = effect(item, by, at)
        item.decision, item.reason = decision, reason.strip()
        item.decided_at, item.decided_by_id = at, by.user_id
        item.version += 1
        item.save(update_fields=["decision", "reason", "decided_at", "decided_by", "result", "version"])
        settle_alarms(prefix=_alarm_key(item), at=at, by_name=by.name)

        append(
            verb=f"review.{decision}", subject_kind="review", subject_id=item.pk, at=at, reason=item.reason,
            actor_id=by.user_id, center_id=item.center_id,
        )  # fmt: skip
        _write_line(changed, item, by, at)
        _publish(changed, item, at)
        return item


def open_item(*, item_id: uuid.UUID, reason: str, by: Actor, at: dt.datetime) -> dict[str, Any]:
    """Return what the phone sent, in clear; the look is audited, with its typed reason, before the read.

    Raises TooManyReveals past 20 looks by typed reason in an hour, with an alarm on the desk.
    """
    check_looks(center_id=ReviewItem.objects.only("center_id").get(pk=item_id).center_id, by=by, at=at)
    with change():
        item = _lock(item_id)
        append(
            verb="review.open", subject_kind="review", subject_id=item.pk, at=at, reason=reason,
            actor_id=by.user_id, center_id=item.center_id,
        )  # fmt: skip
    text = open_row(source_of(item))
    envelope = read_envelope(text)
    if envelope is None:
        return {"id": str(item.pk), "text": text[:4000], "args": None, "occurred_at": None}
    said = json.loads(text)
    return {
        "id": str(item.pk),
        "text": "",
        "args": said.get("args"),
        "occurred_at": said.get("occurred_at"),
    }


def source_of(item: ReviewItem) -> Source:
    """Return the row an item is about."""
    return SOURCES[item.kind].objects.get(pk=item.source_id)


# What a decision does, by decision.


def _accept(item: ReviewItem, by: Actor, at: dt.datetime) -> dict[str, Any]:
    if item.kind == Kind.FLAGGED:
        if report := _report_of(item):
            decide_report(report_id=report.pk, by=by, at=at)
        return {"outcome": "flagged", "as": "stored"}
    source = source_of(item)
    done = apply_kept(source=source, user=item.user, at=at)
    if done:
        return {"outcome": done.outcome, "code": done.code, "as": "command"}
    if item.case_id is None:
        raise CannotAccept()
    add_note(
        case_id=item.case_id, note_id=item.pk, text=words_of(item.type, source), at=item.received_at,
        by=actor(item.user, estimated=True),
    )  # fmt: skip
    return {"outcome": "applied", "as": "note"}


def _set_aside(item: ReviewItem, by: Actor, at: dt.datetime) -> dict[str, Any]:
    report = _report_of(item) if item.kind == Kind.FLAGGED else None
    if report:
        set_report_aside(report_id=report.pk, by=by, at=at)
    return {}


EFFECTS: dict[str, Callable[[ReviewItem, Actor, dt.datetime], dict[str, Any]]] = {
    ReviewItem.Decision.ACCEPT: _accept,
    ReviewItem.Decision.SET_ASIDE: _set_aside,
}


def _report_of(item: ReviewItem) -> VisitReport | None:
    if item.type not in REPORTS or item.assignment_id is None:
        return None
    return VisitReport.objects.filter(assignment_id=item.assignment_id, author_id=item.user_id).first()


def _assignment_of(subject: tuple[str, str] | None, user: User) -> Assignment | None:
    """Return the assignment a command is about: only one its sender is or was on."""
    try:
        kind, pk = (subject[0], uuid.UUID(str(subject[1]))) if subject else ("", None)
    except ValueError:
        return None
    if pk is None or kind not in ("assignment", "case"):
        return None
    named = {"pk": pk} if kind == "assignment" else {"case_id": pk}
    return of_crew(user.pk, **named).order_by("-offered_at").first()


def _lock(item_id: uuid.UUID) -> ReviewItem:
    """Return the item under its lock; its case is locked before it, as everywhere. Raises NotFound."""
    found = ReviewItem.objects.filter(pk=item_id).first()
    if found is None:
        raise NotFound()
    if found.case_id:
        lock_case(found.case_id)
    locked(ReviewItem.objects).filter(pk=item_id).only("pk").first()
    return ReviewItem.objects.select_related("user", "decided_by", "case", "assignment__team").get(pk=item_id)


def _write_line(changed: Change, item: ReviewItem, by: Actor, at: dt.datetime) -> None:
    if item.case_id is None:
        return
    case = lock_case(item.case_id)
    code = "review.accepted" if item.decision == ReviewItem.Decision.ACCEPT else "review.set_aside"
    line = write_line(
        case, code, by=by, at=at, name=by.name, author=item.user.name, what=item.type, reason=item.reason
    )
    save_case(case)
    tell_case(changed, case, "case.changed", at=at, line=line)


def _alarm_key(item: ReviewItem) -> str:
    """Return what the alarms about this begin with."""
    if item.kind == Kind.FLAGGED:
        return f"late_fact:{item.assignment_id}:{item.user_id}"
    return f"dead_letter:{item.source_id}"


def _publish(changed: Change, item: ReviewItem, at: dt.datetime) -> None:
    changed.publish(
        "review.changed",
        subject=("review", item.pk),
        version=item.version,
        at=at,
        body=item_wire(item),
        recipients=[desk(item.center_id)],
    )
