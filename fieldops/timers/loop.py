"""The loop: claim with a lease, run inside one change, delete in the same transaction.

At least once outside, exactly once in the database. It survives a database restart: whatever fails is caught
out here, the connection closed, and the next round comes after a pause.
"""

import datetime as dt
import logging
import os
import socket
import threading
import time
from typing import Any

from django.conf import settings
from django.db import close_old_connections
from django.db.models import Q
from django.utils.module_loading import import_string

from fieldops.feed.alarms import raise_alarm
from fieldops.feed.changes import change
from fieldops.lib.clock import now
from fieldops.lib.db import give_up_connection
from fieldops.timers.handlers import UnknownKind, handler_of
from fieldops.timers.models import Timer, TimerBeat

log = logging.getLogger(__name__)

ROUND_S = 0.25
BEAT_S = 5.0
BATCH = 50
BACK_OFF_S = (1, 2, 5, 10, 20, 30, 60, 60, 60)


class TimerLoop:
    """One thread's worth of timers; as many processes as wanted may run one each."""

    def __init__(self, stop: threading.Event) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}:{threading.get_ident()}"
        self._stop = stop
        # By the clock that only goes forward: a wall clock set back must not stop the beat.
        self._passes: dict[str, float] = {}
        self._beat_due = time.monotonic()

    def run(self) -> None:
        """Go round until stopped; nothing a round raises ends the loop."""
        failures = 0
        while not self._stop.is_set():
            try:
                worked = self.round()
                failures = 0
            except Exception:
                failures += 1
                worked = False
                log.exception("timers: round failed (%s in a row)", failures)
                give_up_connection()
            if not worked:
                self._stop.wait(min(ROUND_S * 2 ** min(failures, 10), 5.0))
        give_up_connection()

    def round(self) -> bool:
        """Run one batch of due timers, and one more after each pass that is due; tell whether one was full.

        Timers come first and in between: they wait for one slow pass at most, never for all of them in a row.
        """
        close_old_connections()
        full = self._run_batch()
        for path in self._passes_due():
            if self._stop.is_set():
                return False
            self._run_pass(path)
            full = self._run_batch() or full
        close_old_connections()
        return full

    def _run_batch(self) -> bool:
        self._beat()
        ids = due_ids(now())
        for timer_id in ids:
            if self._stop.is_set():
                return False
            run_timer(timer_id, by=self.name, at=now())
        return len(ids) == BATCH

    def _beat(self) -> None:
        if time.monotonic() >= self._beat_due:
            TimerBeat.objects.update_or_create(name=self.name, defaults={"at": now()})
            self._beat_due = time.monotonic() + BEAT_S

    def _passes_due(self) -> list[str]:
        return [path for path in settings.TIMER_PASSES if time.monotonic() >= self._passes.get(path, 0.0)]

    def _run_pass(self, path: str) -> None:
        self._passes[path] = time.monotonic() + settings.TIMER_PASSES[path]
        try:
            import_string(path)(at=now())
        except Exception:
            log.exception("timers: pass %s failed", path)
            give_up_connection()


def due_ids(at: dt.datetime) -> list[int]:
    """Return timers that are due and free, the longest due first."""
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=at)
    due = Timer.objects.filter(free, dead_at__isnull=True, due_at__lte=at)
    return list(due.order_by("due_at").values_list("pk", flat=True)[:BATCH])


def run_timer(timer_id: int, *, by: str, at: dt.datetime) -> bool:
    """Claim one timer and do what it says; tell whether it was ours and done."""
    if not _claim(timer_id, by, at):
        return False  # another worker got there first
    try:
        return _run_claimed(timer_id, by, at)
    except Exception as error:
        log.exception("timer %s failed", timer_id)
        _record_failure(timer_id, by, at, error)
        return False


def run_due(*, at: dt.datetime, by: str = "test") -> int:
    """Run everything due at `at` once, and what that made due; return how many ran (tests, commands)."""
    done = 0
    while ids := due_ids(at):
        ran = sum(run_timer(timer_id, by=by, at=at) for timer_id in ids)
        if not ran:
            break
        done += ran
    return done


def _claim(timer_id: int, by: str, at: dt.datetime) -> bool:
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=at)
    until = at + dt.timedelta(seconds=settings.TIMER_LEASE_S)
    claimed = Timer.objects.filter(free, pk=timer_id, dead_at__isnull=True, due_at__lte=at)
    return claimed.update(lease_until=until, lease_by=by) == 1


def _run_claimed(timer_id: int, by: str, at: dt.datetime) -> bool:
    """Check the lease, do the effect and delete the timer in one transaction."""
    timer = Timer.objects.filter(pk=timer_id, lease_by=by).first()
    if timer is None:
        return False
    handler = handler_of(timer.kind)
    with change():
        handler(timer.payload, at)
        # Last of all, and only if the lease is still ours and nobody set the key anew: deleting locks the
        # row, so a second worker whose lease began after ours ran out waits here, and finds nothing.
        gone, _ = Timer.objects.filter(pk=timer_id, lease_by=by, turn=timer.turn).delete()
        if not gone and Timer.objects.filter(pk=timer_id, turn=timer.turn).exists():
            raise LeaseLost(timer.key)
    return True


class LeaseLost(Exception):
    """The lease ran out while working; the effect is rolled back and the new holder does it."""


def _record_failure(timer_id: int, by: str, at: dt.datetime, error: Exception) -> None:
    timer = Timer.objects.filter(pk=timer_id, lease_by=by).first()
    if timer is None:
        return
    attempts = timer.attempts + 1
    dead = attempts >= settings.TIMER_ATTEMPTS or isinstance(error, UnknownKind)
    wait = BACK_OFF_S[min(attempts, len(BACK_OFF_S)) - 1]
    Timer.objects.filter(pk=timer_id, lease_by=by, turn=timer.turn).update(
        attempts=attempts,
        last_error=f"{type(error).__name__}: {error}"[:300],
        due_at=at + dt.timedelta(seconds=wait),
        lease_until=None,
        lease_by="",
        dead_at=at if dead else None,
    )
    if dead:
        _alarm_dead(timer, at)


def _alarm_dead(timer: Timer, at: dt.datetime) -> None:
    """A dead letter is for a person to see; timers without a centre in their payload show in /readyz only."""
    center: Any = timer.payload.get("center_id")
    if center:
        raise_alarm(
            center_id=center, kind="timer_dead", key=f"timer:{timer.pk}", at=at, params={"kind": timer.kind}
        )
