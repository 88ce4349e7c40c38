"""Positions: a lossy channel of their own, newest kept, never in the feed."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.db.models import Q

from fieldops.feed.hub import send_frame
from fieldops.feed.models import desk
from fieldops.lib.clock import iso
from fieldops.teams.models import Position, User
from fieldops.teams.queries import current_shift

TOO_VAGUE_M = 200
TOO_OLD = dt.timedelta(hours=2)


def keep_positions(*, user: User, positions: list[dict[str, Any]], at: dt.datetime) -> int:
    """Keep the newest good fix of a member on shift and show it to the desk; return how many were good."""
    good = [
        fix for fix in positions if fix["acc"] <= TOO_VAGUE_M and at - TOO_OLD < fix["fix_at"] <= at + _skew()
    ]
    shift = current_shift(user, at)
    if not good or shift is None:
        return 0
    newest = max(good, key=lambda fix: fix["fix_at"])
    known = Position.objects.filter(user=user).first()
    if known and known.fix_at >= newest["fix_at"]:
        return len(good)
    fix = {
        "shift": shift,
        "lng": newest["lng"],
        "lat": newest["lat"],
        "accuracy_m": newest["acc"],
        "fix_at": newest["fix_at"],
    }
    Position.objects.update_or_create(user=user, defaults=fix)
    if user.center_id:
        send_frame(desk(user.center_id), {"positions": [position_wire(user, str(shift.pk), newest)]})
    return len(good)


def forget_positions(*, at: dt.datetime) -> int:
    """Delete where people were on shifts that are over; return how many. A visit keeps its times."""
    gone, _ = Position.objects.filter(Q(shift__isnull=True) | Q(shift__ends_at__lte=at)).delete()
    return gone


def position_wire(user: User, shift_id: str, fix: dict[str, Any]) -> dict[str, Any]:
    """Return a fix as the desk's map takes it."""
    return {
        "user_id": str(user.pk),
        "shift_id": shift_id,
        "lng": fix["lng"],
        "lat": fix["lat"],
        "acc": fix["acc"],
        "fix_at": iso(fix["fix_at"]),
    }


def _skew() -> dt.timedelta:
    return dt.timedelta(seconds=settings.HEARTBEAT_LOST_S)
