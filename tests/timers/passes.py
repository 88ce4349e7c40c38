"""Passes for tests: one that fails, one that leaves a beat, two between which a timer must run."""

from fieldops.audit.models import AuditRow
from fieldops.timers.actions import set_timer
from fieldops.timers.models import TimerBeat


def fail(*, at):
    """Fail every time."""
    raise ValueError("this pass fails")


def beat(*, at):
    """Leave a trace."""
    TimerBeat.objects.update_or_create(name="pass", defaults={"at": at})


def put(*, at):
    """Take so long that meanwhile a timer is due."""
    set_timer(key="meanwhile", kind="note", due_at=at, payload={"id": "meanwhile"})


def look(*, at):
    """Leave a trace if that timer has run."""
    if AuditRow.objects.filter(verb="timer.ran", subject_id="meanwhile").exists():
        TimerBeat.objects.update_or_create(name="saw it", defaults={"at": at})
