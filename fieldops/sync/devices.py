"""Phones: who they are, what they hold unsent, whether they can ring."""

import datetime as dt
import uuid
from typing import Any

from django.conf import settings

from fieldops.audit.actions import append
from fieldops.feed.alarms import raise_alarm
from fieldops.feed.changes import Change, change
from fieldops.feed.models import desk
from fieldops.lib.clock import iso
from fieldops.lib.db import locked
from fieldops.lib.errors import NotFound
from fieldops.lib.passes import each
from fieldops.teams.actions import touch_shift
from fieldops.teams.models import Device, User
from fieldops.teams.queries import current_shift
from fieldops.teams.revoked import refusal_of
from fieldops.teams.wire import clock_suspect, device_wire, ring_state, storage_full

MAX_OFFSET_MS = 2**31 - 1
MAX_AGE_S = 400 * 24 * 3600


def register_device(
    *, user: User, device_id: uuid.UUID, epoch: uuid.UUID, name: str, app: str, at: dt.datetime
) -> Device:
    """Register a phone, or greet it again. A new epoch means its storage was lost: the desk is told.

    Raises Revoked.
    """
    with change() as changed:
        device = locked(Device.objects).filter(pk=device_id).first()
        if device is None or device.user_id != user.pk:
            device = _add(user, device_id if device is None else uuid.uuid4(), epoch, at)
        if device.revoked_at:
            raise refusal_of(device)

        lost = device.epoch != epoch
        if lost:
            _storage_lost(device, user, at)
        if device.wiped_at:  # signed in again on the same storage: a new life, without the old leave
            device.wiped_at, device.released_at = None, None
        device.epoch, device.name, device.app, device.last_seen_at = epoch, name, app, at
        device.version += 1
        device.save()

        append(
            verb="device.register", subject_kind="device", subject_id=device.pk, at=at, actor_id=user.pk,
            center_id=user.center_id,
        )  # fmt: skip
        publish_device(changed, device, user, at)
        return device


def same_phone(user: User, device_id: uuid.UUID, before: uuid.UUID | None) -> uuid.UUID:
    """Return which phone this is: an unknown id on a session that knows its phone is that one, emptied.

    A browser that throws its storage away forgets the id with it; its cookie stays.
    """
    if before is None or Device.objects.filter(pk=device_id).exists():
        return device_id
    return before if Device.objects.filter(pk=before, user=user).exists() else device_id


def device_of(user: User, device_id: uuid.UUID, epoch: uuid.UUID | None = None) -> Device:
    """Return the user's phone. Raises NotFound for another's, Revoked for one taken off the list."""
    device = Device.objects.filter(pk=device_id, user=user).first()
    if device is None or (epoch is not None and device.epoch != epoch):
        raise NotFound("unknown_device")
    if device.revoked_at:
        raise refusal_of(device)
    return device


def record_heartbeat(*, device: Device, user: User, beat: dict[str, Any], at: dt.datetime) -> None:
    """Record what the phone says of itself; tell desk and crew only when what they see changes."""
    with change() as changed:
        device = locked(Device.objects).get(pk=device.pk)
        if device.wiped_at:
            return  # a late word of its former life: since then it has forgotten everything
        before = _shown(device, at)
        device.last_seen_at = at
        device.can_ring, device.ring_problem = _bell(beat)
        device.heard_at = beat.get("heard_at") or device.heard_at
        device.readiness = _readiness(beat, device, at)
        device.pending = beat["pending"]
        device.oldest_pending_at = beat.get("oldest_at")
        device.pending_kinds = beat.get("kinds", {})
        device.pending_ids = [str(cmd_id) for cmd_id in beat.get("ids", [])]
        device.stuck = beat["stuck"]
        device.offset_ms = _kept_offset(beat.get("offset_ms"))
        device.clock_at = _measured_at(beat, at)
        device.persisted = beat.get("persisted", device.persisted)
        device.used_mb, device.quota_mb = beat.get("used_mb"), beat.get("quota_mb")
        device.app = beat.get("app") or device.app
        after = _shown(device, at)
        device.version += before != after
        device.save()
        if before != after:
            publish_device(changed, device, user, at)
            tell_crew(user, at)


def report_silent(*, at: dt.datetime) -> None:
    """Tell the desk of phones on duty whose heartbeat has just stopped; once per silence."""
    edge = at - dt.timedelta(seconds=settings.HEARTBEAT_LOST_S)
    silent = Device.objects.filter(
        last_seen_at__lt=edge,
        revoked_at__isnull=True,
        can_ring=True,
        user__shift_memberships__duty="standby",
        user__shift_memberships__shift__ends_at__gt=at,
    )
    each(silent.select_related("user").distinct(), lambda device: _say_silent(device, edge, at))


def _say_silent(device: Device, edge: dt.datetime, at: dt.datetime) -> None:
    with change() as changed:
        # The flag goes down with the news, so the next pass says nothing new.
        fresh = Device.objects.filter(pk=device.pk, can_ring=True, last_seen_at__lt=edge)
        if fresh.update(can_ring=False, ring_problem="offline", version=device.version + 1):
            device.refresh_from_db()
            publish_device(changed, device, device.user, at)
            tell_crew(device.user, at)


def touch(*, device: Device, at: dt.datetime) -> None:
    """Note that the phone was heard of, at most every few seconds."""
    if at - device.last_seen_at > dt.timedelta(seconds=5):
        Device.objects.filter(pk=device.pk).update(last_seen_at=at)


def _add(user: User, device_id: uuid.UUID, epoch: uuid.UUID, at: dt.datetime) -> Device:
    return Device.objects.create(id=device_id, user=user, epoch=epoch, registered_at=at, last_seen_at=at)


def _storage_lost(device: Device, user: User, at: dt.datetime) -> None:
    """The phone's storage is new: whatever it held unsent is gone, and its member must be rung."""
    device.storage_lost_at = at
    if user.center_id:
        raise_alarm(
            center_id=user.center_id, kind="storage_lost",
            key=f"storage_lost:{device.pk}:{device.epoch}", at=at,
            params={
                "name": user.name, "pending": device.pending, "kinds": device.pending_kinds,
                "ids": device.pending_ids,
            },
        )  # fmt: skip
    device.pending, device.oldest_pending_at, device.pending_kinds, device.stuck = 0, None, {}, 0
    device.pending_ids, device.checked_at, device.check_missing = [], None, None
    device.used_mb, device.quota_mb = None, None


def _kept_offset(offset_ms: int | None) -> int | None:
    """Keep a clock's offset within the column: a clock years off says 24 days and is as wrong."""
    return None if offset_ms is None else max(-MAX_OFFSET_MS, min(offset_ms, MAX_OFFSET_MS))


def _shown(device: Device, at: dt.datetime) -> tuple[Any, ...]:
    """What desk and crew see of a phone: told only when it changes."""
    return (
        *ring_state(device, at),
        device.pending,
        device.oldest_pending_at,
        device.stuck,
        device.heard_at,
        device.app,
        device.persisted,
        storage_full(device),
        clock_suspect(device, at),
    )


def _measured_at(beat: dict[str, Any], at: dt.datetime) -> dt.datetime | None:
    """Return when the phone measured its clock against ours; None when it never did."""
    if beat.get("offset_ms") is None:
        return None
    age_s = min(beat.get("offset_age_s") or 0, MAX_AGE_S)
    return at - dt.timedelta(seconds=age_s)


def _bell(beat: dict[str, Any]) -> tuple[bool, str]:
    """Return whether the phone rings by its own word; a page not in front will soon be put to sleep."""
    problem = beat.get("ring_problem") or ""
    if beat["can_ring"] and beat.get("visible") is False:
        return False, "hidden"
    return beat["can_ring"], problem


def _readiness(beat: dict[str, Any], device: Device, at: dt.datetime) -> dict[str, Any]:
    """Return the newest test of the phone, with the time it was made."""
    test = beat.get("readiness")
    return {**test, "at": iso(test.get("at") or at)} if test else device.readiness


def tell_crew(user: User, at: dt.datetime) -> None:
    """Tell the crew that something of a member's phone changed."""
    shift = current_shift(user, at)
    if shift:
        touch_shift(shift=shift, at=at)


def publish_device(changed: Change, device: Device, user: User, at: dt.datetime) -> None:
    """Tell the desk how a phone stands."""
    if user.center_id:
        changed.publish(
            "device.changed",
            subject=("device", device.pk),
            version=device.version,
            at=at,
            body=device_wire(device, at),
            recipients=[desk(user.center_id)],
        )
