"""Prune what every reader has had time to take: 14 days or 5,000 events per recipient."""

import datetime as dt

from django.conf import settings
from django.db import transaction

from fieldops.feed.models import FeedHead, FeedRow
from fieldops.lib.db import locked
from fieldops.lib.passes import each


def prune(*, at: dt.datetime) -> int:
    """Delete rows past the retention and beyond the count; return how many. Readers behind get `too_old`."""
    oldest = at - dt.timedelta(days=settings.FEED_RETENTION_DAYS)
    deleted: list[int] = []
    names = FeedHead.objects.values_list("recipient", flat=True)
    each(names, lambda name: deleted.append(_prune_one(name, oldest)))
    return sum(deleted)


def _prune_one(recipient: str, oldest: dt.datetime) -> int:
    with transaction.atomic():
        head = locked(FeedHead.objects).get(recipient=recipient)
        rows = FeedRow.objects.filter(recipient=recipient)
        by_age = rows.filter(at__lt=oldest).order_by("-seq").values_list("seq", flat=True).first() or 0
        to = max(by_age, head.last - settings.FEED_RETENTION_EVENTS, head.pruned_to)
        if to == head.pruned_to:
            return 0
        deleted, _ = rows.filter(seq__lte=to).delete()
        head.pruned_to = to
        head.save(update_fields=["pruned_to"])
        return deleted
