"""Raise what lacks on the roster, and settle it when it is filled."""

import datetime as dt
import uuid

from django.conf import settings

from fieldops.feed.alarms import raise_alarm, settle_alarms
from fieldops.feed.changes import change
from fieldops.feed.models import Alarm
from fieldops.lib.clock import iso
from fieldops.teams.roster.queries import gaps


def raise_gaps(*, center_id: uuid.UUID, at: dt.datetime, anew: bool = False) -> int:
    """Put the gaps of the next settings.ROSTER_GAP_DAYS on the desk as one alarm; return how many.

    A gap somebody has acknowledged is not raised again until it changes, or `anew` (the daily timer).
    """
    ahead: int = settings.ROSTER_GAP_DAYS
    with change():
        key = f"roster_gap:{center_id}"
        found = gaps(center_id, at=at)
        params = {
            "count": len(found),
            "people": sum(cell.missing for cell in found),
            "days": ahead,
            "gaps": [
                {"line": cell.line.name, "day": cell.day.isoformat(), "missing": cell.missing,
                 "starts_at": iso(cell.starts_at)}
                for cell in found[:5]
            ],
        }  # fmt: skip
        last = Alarm.objects.filter(key=key).order_by("-raised_at", "-pk").first()
        if last and last.params == params and not (anew and last.acknowledged_at and found):
            return len(found)
        settle_alarms(prefix=key, at=at)
        if found:
            raise_alarm(center_id=center_id, kind="roster_gap", key=key, at=at, params=params)
        return len(found)
