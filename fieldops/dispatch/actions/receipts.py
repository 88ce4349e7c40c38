"""Delivered and seen: facts per person, committed in batches as phones report them."""

import datetime as dt
import uuid
from collections.abc import Iterable

from fieldops.cases.telling import lock_case, tell
from fieldops.dispatch.models import LIVE, AssignmentMember, MessageReceipt
from fieldops.dispatch.telling import crew_recipients, lock_assignment, save_assignment, tell_assignment
from fieldops.dispatch.wire import message_wire
from fieldops.feed.changes import change
from fieldops.feed.models import FeedRow
from fieldops.feed.models import user as user_recipient


def mark_delivered(*, user_id: uuid.UUID, cursor: int, at: dt.datetime) -> None:
    """Mark what the user's phone has on disk: everything whose feed number is ≤ `cursor`."""
    offers = AssignmentMember.objects.filter(
        user_id=user_id, delivered_at__isnull=True, assignment__status__in=LIVE
    )
    waiting = set(offers.values_list("assignment_id", flat=True))
    messages = MessageReceipt.objects.filter(user_id=user_id, delivered_at__isnull=True)
    waiting |= set(messages.values_list("message_id", flat=True))
    if not waiting:
        return
    there = FeedRow.objects.filter(
        recipient=user_recipient(user_id),
        seq__lte=cursor,
        subject_id__in=waiting,
        kind__in=["assignment.offered", "message.sent"],
    )
    _mark(user_id, there.values_list("subject_id", flat=True), "delivered_at", at)


def mark_seen(*, user_id: uuid.UUID, ids: Iterable[uuid.UUID], at: dt.datetime) -> None:
    """Mark assignments and messages as shown to the user; shown implies delivered."""
    _mark(user_id, ids, "seen_at", at)


def _mark(user_id: uuid.UUID, ids: Iterable[uuid.UUID], column: str, at: dt.datetime) -> None:
    for subject_id in sorted(set(ids)):
        _mark_offer(user_id, subject_id, column, at)
        _mark_message(user_id, subject_id, column, at)


def _mark_offer(user_id: uuid.UUID, assignment_id: uuid.UUID, column: str, at: dt.datetime) -> None:
    mine = AssignmentMember.objects.filter(
        user_id=user_id, assignment_id=assignment_id, **{f"{column}__isnull": True}
    )
    if not mine.exists():
        return
    with change() as changed:
        _, row = lock_assignment(assignment_id)
        if not mine.update(**{column: at}):
            return
        AssignmentMember.objects.filter(
            user_id=user_id, assignment_id=assignment_id, delivered_at__isnull=True
        ).update(delivered_at=at)
        save_assignment(row)
        tell_assignment(changed, row, "assignment.receipt", at=at)


def _mark_message(user_id: uuid.UUID, message_id: uuid.UUID, column: str, at: dt.datetime) -> None:
    mine = MessageReceipt.objects.filter(
        user_id=user_id, message_id=message_id, **{f"{column}__isnull": True}
    )
    receipt = mine.select_related("message__assignment").first()
    if receipt is None:
        return
    with change() as changed:
        case = lock_case(receipt.message.assignment.case_id)
        if not mine.update(**{column: at}):
            return
        MessageReceipt.objects.filter(pk=receipt.pk, delivered_at__isnull=True).update(delivered_at=at)
        message = receipt.message
        message.refresh_from_db()
        message.version += 1
        message.save(update_fields=["version"])
        crew = crew_recipients(message.assignment)
        subject = ("message", message.pk)
        tell(
            changed,
            case,
            "message.receipt",
            subject,
            message.version,
            message_wire(message),
            at=at,
            also=crew,
        )
