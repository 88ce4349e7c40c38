"""Passes for tests: one that fails, one that leaves a beat."""

from fieldops.timers.models import TimerBeat


def fail(*, at):
    """Fail every time."""
    raise ValueError("this pass fails")


def beat(*, at):
    """Leave a trace."""
    TimerBeat.objects.update_or_create(name="pass", defaults={"at": at})
