"""Read the feed: for the hub in one batch, for a pull in pages."""

import uuid
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.conf import settings
from django.db.models import Q

from fieldops.feed.models import Alarm, FeedHead, FeedRow
from fieldops.lib.errors import Problem


class FeedGone(Problem):
    """The reader's place in the feed no longer exists: take a snapshot (410)."""

    status = 410
    code = "gap"


@dataclass(frozen=True)
class Page:
    """A stretch of one recipient's feed."""

    gen: uuid.UUID
    rows: list[FeedRow]
    head: int
    has_more: bool


def rows_after(cursors: dict[str, int], limit: int) -> list[FeedRow]:
    """Return each recipient's rows after its cursor, at most `limit` in all, by recipient and number."""
    if not cursors:
        return []
    wanted = reduce(or_, (Q(recipient=name, seq__gt=after) for name, after in cursors.items()))
    return list(FeedRow.objects.filter(wanted).order_by("recipient", "seq")[:limit])


def heads_of(recipients: list[str]) -> dict[str, int]:
    """Return the last number of each recipient that has one."""
    return dict(FeedHead.objects.filter(recipient__in=recipients).values_list("recipient", "last"))


def head_of(recipient: str) -> FeedHead:
    """Return the recipient's head, making it at the first reader."""
    return FeedHead.objects.get_or_create(recipient=recipient)[0]


def page_after(recipient: str, *, gen: str, after: int, limit: int = 200) -> Page:
    """Return the page of `recipient`'s feed after number `after`.

    Raises FeedGone with code `gen_changed`, `too_old` (pruned) or `gap` (a number from the future).
    """
    head = head_of(recipient)
    if gen != str(head.gen):
        raise FeedGone("gen_changed", reason="gen_changed")
    if after < head.pruned_to:
        raise FeedGone("too_old", reason="too_old")
    if after > head.last:
        raise FeedGone("gap", reason="gap")
    limit = max(1, min(limit, settings.FEED_RETENTION_EVENTS))
    rows = list(FeedRow.objects.filter(recipient=recipient, seq__gt=after).order_by("seq")[: limit + 1])
    return Page(gen=head.gen, rows=rows[:limit], head=head.last, has_more=len(rows) > limit)


def open_alarms(center_id: uuid.UUID) -> list[Alarm]:
    """Return what still rings at this centre, oldest first: rows never slide under a pressing finger."""
    return list(Alarm.objects.filter(center_id=center_id, acknowledged_at__isnull=True).order_by("raised_at"))
