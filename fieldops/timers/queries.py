"""Read timers: what failed for good, what is late, who runs them."""

import datetime as dt
import uuid

from fieldops.timers.models import Timer, TimerBeat

MOST = 100
# A loop beats every five seconds; one silent for longer is not counted on.
BEAT_OLD = dt.timedelta(seconds=25)


def dead_timers(center_id: uuid.UUID) -> list[Timer]:
    """Return the centre's dead letters, the oldest first."""
    rows = Timer.objects.filter(dead_at__isnull=False, payload__center_id=str(center_id))
    return list(rows.order_by("dead_at")[:MOST])


def failing_timers(center_id: uuid.UUID) -> list[Timer]:
    """Return the centre's timers that failed and will be tried again, the next first."""
    rows = Timer.objects.filter(dead_at__isnull=True, attempts__gt=0, payload__center_id=str(center_id))
    return list(rows.order_by("due_at")[:MOST])


def loops_alive(at: dt.datetime) -> list[TimerBeat]:
    """Return the loops that went round just now."""
    return list(TimerBeat.objects.filter(at__gt=at - BEAT_OLD).order_by("name"))


def waiting_keys(prefix: str) -> set[str]:
    """Return the keys beginning with `prefix` that have not run."""
    return set(Timer.objects.filter(key__startswith=prefix).values_list("key", flat=True))
