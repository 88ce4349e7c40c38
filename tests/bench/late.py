"""What the timers' measurement does inside the server's environment."""

import datetime as dt
from typing import Any

from fieldops.audit.actions import append
from fieldops.audit.models import AuditRow
from fieldops.lib.clock import now
from fieldops.teams.actions import open_installation
from fieldops.timers.actions import set_timers
from fieldops.timers.models import Timer
from tests import make


def note(payload: dict[str, Any], at: dt.datetime) -> None:
    """Write down by how much this timer is late, as a row."""
    late = now() - dt.datetime.fromisoformat(payload["due"])
    append(verb="bench.late", subject_kind="timer", subject_id=f"{late.total_seconds():.3f}", at=at)


def fill() -> None:
    """Make a town to answer requests about."""
    open_installation(at=now())
    make.town()


def put(count: int, over_s: float) -> None:
    """Set so many timers, due evenly over so many seconds."""
    at, spacing = now() + dt.timedelta(seconds=1), over_s / count
    moments = [at + dt.timedelta(seconds=number * spacing) for number in range(count)]
    batch = AuditRow.objects.count()
    keys = {f"bench:{batch}:{n}": (due, {"due": due.isoformat()}) for n, due in enumerate(moments)}
    set_timers(kind="bench.note", timers=keys)


def left() -> int:
    """Return how many have not run yet."""
    return Timer.objects.filter(kind="bench.note").count()


def late(count: int) -> list[str]:
    """Return the lateness of the last batch, in seconds."""
    rows = AuditRow.objects.filter(verb="bench.late").order_by("-pk")[:count]
    return list(rows.values_list("subject_id", flat=True))
