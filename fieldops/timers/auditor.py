"""The auditor: any timer five minutes late is raised, and an outside URL hears that the loop lives."""

import datetime as dt
import logging
import threading

import httpx
from django.conf import settings

from fieldops.feed.alarms import raise_alarm
from fieldops.lib.passes import each
from fieldops.timers.models import Timer

log = logging.getLogger(__name__)


def late_timers(at: dt.datetime) -> list[Timer]:
    """Return timers due longer ago than they may be."""
    limit = at - dt.timedelta(seconds=settings.TIMER_LATE_S)
    return list(Timer.objects.filter(dead_at__isnull=True, due_at__lt=limit).order_by("due_at")[:100])


def raise_late_timers(*, at: dt.datetime) -> None:
    """Raise an alarm per late timer at its centre; tell the outside heartbeat that the loop went round."""
    each(late_timers(at), lambda timer: _raise(timer, at))
    if settings.AUDITOR_HEARTBEAT_URL:
        call_heartbeat(settings.AUDITOR_HEARTBEAT_URL)


def _raise(timer: Timer, at: dt.datetime) -> None:
    center = timer.payload.get("center_id")
    if center:
        params = {"kind": timer.kind, "late_s": int((at - timer.due_at).total_seconds())}
        raise_alarm(center_id=center, kind="timer_late", key=f"timer_late:{timer.pk}", at=at, params=params)


calling = threading.Lock()


def call_heartbeat(url: str) -> None:
    """Call it from a thread of its own, one call at a time: timers do not wait for an outside that hangs."""
    if calling.acquire(blocking=False):
        threading.Thread(target=_call, args=(url,), name="heartbeat", daemon=True).start()


def _call(url: str) -> None:
    try:
        with httpx.Client(trust_env=False, timeout=3) as client:
            client.get(url)
    except httpx.HTTPError as error:
        log.warning("heartbeat URL did not answer: %s", type(error).__name__)
    finally:
        calling.release()
