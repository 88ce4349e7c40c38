"""What a timer of this room does when due, and what the timers' thread looks for."""

import datetime as dt
import uuid
from typing import Any

from django.db.models import Q, QuerySet

from fieldops.feed.alarms import raise_alarm
from fieldops.feed.models import Alarm
from fieldops.handover.actions import follow_crew
from fieldops.handover.models import Handover, HandoverStatus
from fieldops.lib.clock import iso
from fieldops.lib.passes import each
from fieldops.teams.actor import Actor
from fieldops.teams.models import DeskShift, Shift

GRACE = dt.timedelta(minutes=15)
LOOK_BACK = dt.timedelta(hours=12)


def crew_changed(payload: dict[str, Any], at: dt.datetime) -> None:
    """The people of a running crew changed: its work follows."""
    by_id = uuid.UUID(payload["by"]) if payload.get("by") else None
    by = Actor(by_id, payload.get("by_name", ""), "user" if by_id else "system")
    follow_crew(shift_id=uuid.UUID(payload["shift_id"]), by=by, at=at)


def find_unsigned(*, at: dt.datetime) -> None:
    """Raise, once each, rostered turns that ended a quarter of an hour ago and were never signed over.

    Only at a centre that signs handovers: one that has not begun to would be flooded.
    """
    signing = Handover.objects.filter(signed_at__isnull=False).values("center_id")
    ended = Q(line__isnull=False, ends_at__lt=at - GRACE, ends_at__gt=at - LOOK_BACK, center_id__in=signing)
    signed = [HandoverStatus.SIGNED, HandoverStatus.ACCEPTED]
    for model in (Shift, DeskShift):
        field = "shift" if model is Shift else "desk_shift"
        over = Handover.objects.filter(status__in=signed, **{f"{field}__isnull": False})
        turns: QuerySet[Any] = (
            model.objects.filter(ended).exclude(pk__in=over.values(field)).select_related("line")
        )
        each(turns, lambda turn: _raise_once(turn, at))


def _raise_once(turn: Shift | DeskShift, at: dt.datetime) -> None:
    key = f"handover_due:{turn.pk}"
    if Alarm.objects.filter(key=key).exists():
        return  # said once; acknowledged is acknowledged
    params = {"line": turn.line.name if turn.line else "", "ended_at": iso(turn.ends_at)}
    raise_alarm(center_id=turn.center_id, kind="handover_due", key=key, at=at, params=params)
