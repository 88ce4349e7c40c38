"""Handlers for tests: they note that they ran, set their own key anew, fail, or hold on until told."""

import datetime as dt
import threading
from typing import Any

from fieldops.audit.actions import append
from fieldops.timers.actions import set_timer
from fieldops.timers.models import Timer

TABLE = {
    name: f"tests.timers.recorder.{name}"
    for name in ("note", "note_again", "note_and_fail", "hold", "take_lease")
}
inside = threading.Event()
go_on = threading.Event()


def note(payload: dict[str, Any], at: dt.datetime) -> None:
    """Leave one trace in the database, in the timer's own change."""
    append(verb="timer.ran", subject_kind="timer", subject_id=payload.get("id", ""), at=at)


def note_again(payload: dict[str, Any], at: dt.datetime) -> None:
    """Set the own key anew while running."""
    note(payload, at)
    set_timer(key="again", kind="note", due_at=at + dt.timedelta(hours=1), payload=payload)


def note_and_fail(payload: dict[str, Any], at: dt.datetime) -> None:
    """Do half of it, then fail."""
    note(payload, at)
    raise ValueError("half done")


def hold(payload: dict[str, Any], at: dt.datetime) -> None:
    """Do it, and stay in the transaction until told to go on."""
    inside.set()
    go_on.wait(10)
    note(payload, at)


def take_lease(payload: dict[str, Any], at: dt.datetime) -> None:
    """Do it, while the lease runs out and another worker takes it."""
    note(payload, at)
    Timer.objects.filter(key=payload["key"]).update(lease_by="another")
