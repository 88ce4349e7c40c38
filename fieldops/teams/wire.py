"""Wire shapes of shifts and devices."""

import datetime as dt
from typing import Any, Protocol

from django.conf import settings

from fieldops.lib.clock import iso, now
from fieldops.teams.models import Device, Shift, ShiftMember, User
from fieldops.teams.queries import live_device

CLOCK_OFF_MS = 120_000
CLOCK_TRUST = dt.timedelta(hours=12)
STORAGE_FULL = 0.8


class Rings(Protocol):
    """What of a phone tells whether it can ring."""

    @property
    def last_seen_at(self) -> dt.datetime: ...
    @property
    def can_ring(self) -> bool: ...
    @property
    def ring_problem(self) -> str: ...


def ring_state(device: Rings | None, at: dt.datetime) -> tuple[bool, str]:
    """Return whether a phone can ring now and, if not, the reason code.

    A phone that has been silent for settings.HEARTBEAT_LOST_S is `offline`, whatever it last said.
    """
    if device is None:
        return False, "no_phone"
    if at - device.last_seen_at > dt.timedelta(seconds=settings.HEARTBEAT_LOST_S):
        return False, "offline"
    if not device.can_ring:
        return False, device.ring_problem or "untested"
    return True, ""


def clock_suspect(device: Device, at: dt.datetime) -> bool:
    """Tell whether the phone's clock is more than two minutes off, or was not compared for 12 hours."""
    if device.offset_ms is None or device.clock_at is None:
        return False  # never compared: nothing is known against it
    return abs(device.offset_ms) > CLOCK_OFF_MS or at - device.clock_at > CLOCK_TRUST


def storage_full(device: Device) -> bool:
    """Tell whether more than four fifths of the phone's storage are used: the next photos will not fit."""
    return device.used_mb is not None and device.used_mb > STORAGE_FULL * (device.quota_mb or 0)


def member_wire(member: ShiftMember, at: dt.datetime) -> dict[str, Any]:
    """Return one crew member as desk and crew-mate see him."""
    device = live_device(member.user)
    can_ring, problem = ring_state(device, at)
    return {
        "user_id": str(member.user_id),
        "name": member.user.name,
        "duty": member.duty,
        "since": iso(member.since),
        "can_ring": can_ring,
        "ring_problem": problem or None,
        "heard_at": iso(device.heard_at) if device else None,
        "unsent": device.pending if device else 0,
        "oldest_unsent_at": iso(device.oldest_pending_at) if device else None,
    }


def shift_wire(shift: Shift, at: dt.datetime | None = None) -> dict[str, Any]:
    """Return the crew: team, hours, people."""
    at = at or now()
    members = sorted(shift.members.all(), key=lambda member: member.user.username)
    return {
        "id": str(shift.pk),
        "version": shift.version,
        "team": {"id": str(shift.team_id), "call_sign": shift.team.call_sign},
        "starts_at": iso(shift.starts_at),
        "ends_at": iso(shift.ends_at),
        "members": [member_wire(member, at) for member in members],
    }


def device_wire(device: Device, at: dt.datetime) -> dict[str, Any]:
    """Return what the desk knows of a phone."""
    can_ring, problem = ring_state(device, at)
    return {
        "id": str(device.pk),
        "version": device.version,
        "user_id": str(device.user_id),
        "user_name": device.user.name,
        "app": device.app,
        "last_seen_at": iso(device.last_seen_at),
        "can_ring": can_ring,
        "ring_problem": problem or None,
        "readiness": device.readiness or None,
        "pending": device.pending,
        "oldest_pending_at": iso(device.oldest_pending_at),
        "pending_kinds": device.pending_kinds,
        "stuck": device.stuck,
        "offset_ms": device.offset_ms,
        "clock_suspect": clock_suspect(device, at),
        "persisted": device.persisted,
        "used_mb": device.used_mb,
        "quota_mb": device.quota_mb,
        "storage_lost_at": iso(device.storage_lost_at),
        "checked_at": iso(device.checked_at),
        "check_missing": device.check_missing,
        "released_at": iso(device.released_at),
        "revoked_at": iso(device.revoked_at),
        "wiped_at": iso(device.wiped_at),
    }


def user_wire(user: User) -> dict[str, Any]:
    """Return the signed-in person."""
    return {"id": str(user.pk), "username": user.username, "name": user.name, "role": user.role}
