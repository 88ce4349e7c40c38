"""How far each phone has the feed on its own disk."""

import datetime as dt
import uuid

from fieldops.dispatch.actions import mark_delivered
from fieldops.feed.models import DeviceCursor
from fieldops.feed.models import user as user_recipient
from fieldops.feed.queries import head_of
from fieldops.teams.models import User


def take_cursor(*, user: User, device_id: uuid.UUID, cursor: int, at: dt.datetime) -> None:
    """Remember how far a phone has the feed, and mark what it therefore has as delivered.

    A cursor beyond the head counts the events of a feed that began anew since: it says nothing of this one's,
    and an offer must not pass for delivered by it, or nobody rings.
    """
    if cursor <= head_of(user_recipient(user.pk)).last:
        move_cursor(user=user, device_id=device_id, cursor=cursor, at=at)
        mark_delivered(user_id=user.pk, cursor=cursor, at=at)


def move_cursor(*, user: User, device_id: uuid.UUID, cursor: int, at: dt.datetime) -> None:
    """Remember the phone's cursor; it only moves forward within one generation of the feed."""
    recipient = user_recipient(user.pk)
    gen = head_of(recipient).gen
    fresh = {"recipient": recipient, "gen": gen, "cursor": cursor, "at": at}
    row, made = DeviceCursor.objects.get_or_create(device_id=device_id, defaults=fresh)
    if not made and (row.gen != gen or row.cursor < cursor):
        DeviceCursor.objects.filter(pk=device_id).update(**fresh)
