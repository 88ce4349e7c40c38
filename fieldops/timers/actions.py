"""Set and cancel timers, in the change that needs it."""

import datetime as dt
import uuid
from typing import Any

from django.db.models import F

from fieldops.audit.actions import append
from fieldops.feed.alarms import settle_alarms
from fieldops.feed.changes import change
from fieldops.lib.db import locked
from fieldops.lib.errors import NotFound
from fieldops.timers.models import Timer


def set_timer(*, key: str, kind: str, due_at: dt.datetime, payload: dict[str, Any]) -> None:
    """Make `kind` due at `due_at`; the same key again moves it."""
    with change():
        fresh = {"kind": kind, "due_at": due_at, "payload": payload, "attempts": 0, "dead_at": None}
        if not _move_timer(key, fresh):
            # Two first sets at once: the unique key lets one make the row, the other waits here and moves it.
            Timer.objects.bulk_create([Timer(key=key, **fresh)], ignore_conflicts=True)
            _move_timer(key, fresh)


def _move_timer(key: str, fresh: dict[str, Any]) -> bool:
    rows = Timer.objects.filter(key=key)
    return rows.update(turn=F("turn") + 1, lease_until=None, lease_by="", **fresh) == 1


def set_timers(*, kind: str, timers: dict[str, tuple[dt.datetime, dict[str, Any]]]) -> None:
    """Set several timers of one kind at once: key → (due, payload); keys already there start anew."""
    with change():
        Timer.objects.filter(key__in=timers).delete()
        Timer.objects.bulk_create(
            [
                Timer(key=key, kind=kind, due_at=due_at, payload=payload)
                for key, (due_at, payload) in timers.items()
            ]
        )


def cancel_timer(*, key: str) -> None:
    """Forget the timer, if it is still there."""
    with change():
        Timer.objects.filter(key=key).delete()


def cancel_timers(*, prefix: str) -> None:
    """Forget every timer whose key begins with `prefix`."""
    with change():
        Timer.objects.filter(key__startswith=prefix).delete()


def retry_dead(
    *, timer_id: int, center_id: uuid.UUID, by_id: uuid.UUID, by_name: str, at: dt.datetime
) -> Timer:
    """Give a centre's dead letter its attempts again, due now, audited; one that lives is left alone.

    Raises NotFound for a timer that is gone or another centre's.
    """
    with change():
        timer = locked(Timer.objects).filter(pk=timer_id).first()
        if timer is None or timer.payload.get("center_id") != str(center_id):
            raise NotFound()
        if timer.dead_at is None:
            return timer

        timer.dead_at, timer.attempts, timer.due_at = None, 0, at
        timer.lease_until, timer.lease_by = None, ""
        timer.save(update_fields=["dead_at", "attempts", "due_at", "lease_until", "lease_by"])

        settle_alarms(prefix=f"timer:{timer.pk}", at=at, by_name=by_name)
        append(
            verb="timer.retry", subject_kind="timer", subject_id=str(timer.pk), at=at, actor_id=by_id,
            center_id=center_id,
        )  # fmt: skip
        return timer
