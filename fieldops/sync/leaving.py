"""A phone leaves: taken off the list or let go, it hands in what it holds, then forgets."""

import datetime as dt
import hashlib
import uuid
from typing import Any

from django.db import IntegrityError

from fieldops.audit.actions import append
from fieldops.feed.alarms import raise_alarm
from fieldops.feed.changes import change
from fieldops.feed.hub import send_frame
from fieldops.feed.models import user as user_recipient
from fieldops.lib.db import locked
from fieldops.lib.errors import Invalid, NotFound, Problem
from fieldops.lib.sealed import seal_row
from fieldops.sync.apply import loose_id, loose_subject, loosely
from fieldops.sync.devices import publish_device, tell_crew
from fieldops.sync.models import Quarantined, ReviewItem, SyncCommand
from fieldops.sync.review import keep_for_review
from fieldops.teams.actor import Actor
from fieldops.teams.models import Device
from fieldops.teams.revoked import ingest_token

# What one phone may hand in: a shift's work many times over, and no way to fill the disk.
MOST_KEPT = 5000
TAKEN = "QUARANTINED"


class Full(Problem):
    """A phone hands in more than any shift can hold (429)."""

    status = 429
    code = "quarantine_full"


def revoke_device(*, device_id: uuid.UUID, reason: str, by: Actor, at: dt.datetime) -> Device:
    """Take a phone off the list: it reads nothing more, hands in what it holds, then forgets.

    Again is harmless. Raises NotFound, Invalid without a reason.
    """
    with change() as changed:
        device = _lock(device_id)
        _want_reason(reason)
        if device.revoked_at:
            return device

        device.revoked_at, device.revoked_by, device.revoked_reason = at, by.user_id, reason.strip()
        device.can_ring, device.ring_problem = False, "revoked"
        _save(device, "revoked_at", "revoked_by", "revoked_reason", "can_ring", "ring_problem")

        _audit("device.revoke", device, reason, by, at)
        publish_device(changed, device, device.user, at)
        tell_crew(device.user, at)
        # Its open socket closes at once; where the frame is lost, its next word is refused.
        send_frame(user_recipient(device.user_id), {"revoked": str(device.pk)})
        return device


def release_device(*, device_id: uuid.UUID, reason: str, by: Actor, at: dt.datetime) -> Device:
    """Let a phone's person sign out although something is unsent; the reason is kept.

    What the phone still holds is handed in for review first. Raises NotFound, Invalid without a reason.
    """
    with change() as changed:
        device = _lock(device_id)
        _want_reason(reason)
        if device.released_at:
            return device

        device.released_at, device.released_by, device.released_reason = at, by.user_id, reason.strip()
        _save(device, "released_at", "released_by", "released_reason")

        _audit("device.release", device, reason, by, at)
        publish_device(changed, device, device.user, at)
        return device


def release_of(device: Device) -> dict[str, Any] | None:
    """Return the leave to sign out that a phone is told of, with the token to hand in what it holds."""
    if device.released_at is None:
        return None
    return {"reason": device.released_reason, "ingest_token": ingest_token(device)}


def confirm_wipe(*, device: Device, by: Actor, at: dt.datetime) -> Device:
    """A phone says that it has forgotten everything; again is harmless."""
    with change() as changed:
        row = _lock(device.pk)
        if row.wiped_at:
            return row

        row.wiped_at = at
        row.pending, row.oldest_pending_at, row.pending_kinds, row.pending_ids, row.stuck = 0, None, {}, [], 0
        row.can_ring, row.ring_problem = False, "signed_out"
        _save(
            row, "wiped_at", "pending", "oldest_pending_at", "pending_kinds", "pending_ids", "stuck",
            "can_ring", "ring_problem",
        )  # fmt: skip

        _audit("device.wiped", row, "", by, at)
        publish_device(changed, row, row.user, at)
        tell_crew(row.user, at)
        return row


def take_in(*, device: Device, epoch: uuid.UUID, text: str, sha: str, at: dt.datetime) -> dict[str, Any]:
    """Keep one command of a phone that may only write; the answer tells nothing of what is here.

    Once per device and bytes; one that was applied before the phone was taken off needs no judgement.
    Bytes that are not those of their hash are kept as well: the phone forgets them after this.
    """
    cmd_id = loose_id(text)
    answer = {"cmd_id": cmd_id, "outcome": "flagged", "code": TAKEN}
    said, sha = sha, hashlib.sha256(text.encode()).hexdigest()
    if SyncCommand.objects.filter(device_id=device.pk, sha=sha).exists():
        return answer
    if Quarantined.objects.filter(device_id=device.pk).count() >= MOST_KEPT:
        raise Full()
    row = Quarantined(
        device_id=device.pk, epoch=epoch, user_id=device.user_id, cmd_id=cmd_id, sha=sha, received_at=at
    )
    seal_row(row, text)
    try:
        with change():
            row.save(force_insert=True)
            _show(row, device, text, TAKEN if said == sha else "INVALID", at)
    except IntegrityError:
        pass  # handed in before
    return answer


def _show(row: Quarantined, device: Device, text: str, code: str, at: dt.datetime) -> None:
    said = loosely(text)
    keep_for_review(
        kind=ReviewItem.Kind.QUARANTINED, source=row, user=device.user, code=code, at=at,
        type=str(said.get("type", ""))[:24], subject=loose_subject(said),
    )  # fmt: skip
    if device.user.center_id:
        raise_alarm(
            center_id=device.user.center_id, kind="quarantined", key=f"quarantined:{device.pk}", at=at,
            params={"name": device.user.name},
        )  # fmt: skip


def _lock(device_id: uuid.UUID) -> Device:
    device = locked(Device.objects).filter(pk=device_id).select_related("user").first()
    if device is None:
        raise NotFound()
    return device


def _want_reason(reason: str) -> None:
    if not reason.strip():
        raise Invalid("reason_wanted", errors={"reason": ["Say why."]})


def _save(device: Device, *fields: str) -> None:
    device.version += 1
    device.save(update_fields=[*fields, "version"])


def _audit(verb: str, device: Device, reason: str, by: Actor, at: dt.datetime) -> None:
    append(
        verb=verb, subject_kind="device", subject_id=device.pk, at=at, reason=reason, actor_id=by.user_id,
        center_id=device.user.center_id,
    )  # fmt: skip
