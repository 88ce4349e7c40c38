"""Carry rings out in the test's own thread: what the pool does after the commit."""

import datetime as dt
from unittest.mock import patch

from fieldops.dispatch import ring_calls
from fieldops.dispatch.models import Assignment, RingAttempt
from fieldops.dispatch.ring import ring_crew
from fieldops.dispatch.telling import lock_assignment
from fieldops.feed.changes import change
from fieldops.timers.loop import run_timer
from fieldops.timers.models import Timer


def ring(row: Assignment, *names: str, why: str = "not_delivered", at: dt.datetime) -> list[RingAttempt]:
    """Ring these of the crew, as the ladder does."""
    with change():
        _, locked = lock_assignment(row.pk)
        members = [member for member in locked.members.select_related("user") if member.name in names]
        return ring_crew(assignment=locked, members=members, why=why, at=at)


def carry_out(at: dt.datetime) -> None:
    """Let the rings' due timers hand them over, then call the gateway for each; no ladder moves meanwhile."""
    before = dict(RingAttempt.objects.values_list("pk", "tries"))
    for timer_id in Timer.objects.filter(kind="dispatch.ring", due_at__lte=at).values_list("pk", flat=True):
        run_timer(timer_id, by="test", at=at)
    for attempt in RingAttempt.objects.filter(outcome="waiting"):
        if attempt.tries == before[attempt.pk]:
            continue  # nothing handed it over
        with patch.object(ring_calls.connections, "close_all"):  # the test's own connection stays
            ring_calls.call_out(attempt.pk, attempt.tries)
