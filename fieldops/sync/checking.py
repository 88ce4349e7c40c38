"""The count check at the end of a shift: what a phone holds against what is here; and unsettled phones."""

import datetime as dt
import hashlib
import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from fieldops.feed.changes import change
from fieldops.lib.db import locked
from fieldops.sync.devices import publish_device
from fieldops.sync.models import Quarantined, RefusedCommand, SyncCommand
from fieldops.teams.models import Device, Shift, User


@dataclass(frozen=True)
class UnsettledPhone:
    """A phone that may hold what is not here; reasons: unsent, stuck, mismatch, unchecked, lost."""

    device: Device
    reasons: tuple[str, ...]

    @property
    def blocks(self) -> bool:
        """Whether the shift cannot be signed off: something is known to be missing here."""
        return bool({"mismatch", "unsent", "stuck"} & set(self.reasons))


def check_counts(
    *, device: Device, user: User, from_seq: int, subjects: list[dict[str, Any]], at: dt.datetime
) -> dict[str, Any]:
    """Compare by subject the count and the xor of SHA-256(cmd_id) of this phone's commands from a number on.

    → `{ok, missing: [cmd_id], differ: [subject]}`: `missing` are ids to be sent again; `differ` are subjects
    whose ids the phone must name (`ids`), because a count alone does not tell which.
    """
    held = _held(device, from_seq)
    missing: list[str] = []
    differ: list[str] = []
    for subject in subjects:
        ours = held.get(str(subject["id"]), set())
        if (len(ours), digest(ours)) == (subject["count"], subject["xor"]):
            continue
        if "ids" in subject:
            missing += _unknown(device, [str(cmd_id) for cmd_id in subject["ids"]])
        else:
            differ.append(str(subject["id"]))
    _record(device, user, len(missing) + len(differ), at)
    return {"ok": not missing and not differ, "missing": missing, "differ": differ}


def digest(ids: Iterable[str]) -> str:
    """Return the xor of the SHA-256 of ids (lower-case UUID text) as 64 hex digits; of none, zeros."""
    value = 0
    for cmd_id in ids:
        value ^= int.from_bytes(hashlib.sha256(cmd_id.encode()).digest(), "big")
    return f"{value:064x}"


def unsettled_phones(shift: Shift, *, at: dt.datetime) -> list[UnsettledPhone]:
    """Return the crew's phones that stand in the way of signing the shift off, each with its reasons.

    `unchecked`: it sent commands on this shift and was not counted since it began.
    """
    members = shift.members.values_list("user_id", flat=True)
    phones = Device.objects.filter(user_id__in=members, wiped_at__isnull=True).select_related("user")
    phones = phones.filter(last_seen_at__gte=shift.starts_at)
    found = [UnsettledPhone(phone, _reasons(phone, shift)) for phone in phones.order_by("user__username")]
    return [phone for phone in found if phone.reasons]


def _reasons(phone: Device, shift: Shift) -> tuple[str, ...]:
    released = phone.released_at and phone.released_at >= shift.starts_at
    holds = {
        "unsent": phone.pending > phone.stuck and not released,
        "stuck": phone.stuck > 0 and not released,
        "mismatch": bool(phone.check_missing),
        "lost": bool(phone.storage_lost_at and phone.storage_lost_at >= shift.starts_at),
        "unchecked": not (phone.checked_at and phone.checked_at >= shift.starts_at) and _worked(phone, shift),
    }
    return tuple(reason for reason, true in holds.items() if true)


def _worked(phone: Device, shift: Shift) -> bool:
    return SyncCommand.objects.filter(device_id=phone.pk, received_at__gte=shift.starts_at).exists()


def _held(device: Device, from_seq: int) -> dict[str, set[str]]:
    """Return this storage's commands that are here, by subject."""
    rows = SyncCommand.objects.filter(device_id=device.pk, epoch=device.epoch, seq__gte=from_seq)
    held: dict[str, set[str]] = defaultdict(set)
    for subject_id, cmd_id in rows.values_list("subject_id", "cmd_id"):
        held[subject_id].add(str(cmd_id))
    return held


def _unknown(device: Device, ids: list[str]) -> list[str]:
    """Return the ids of which nothing is here: neither applied, nor kept aside."""
    wanted = {str(uuid.UUID(cmd_id)) for cmd_id in ids}
    applied = SyncCommand.objects.filter(pk__in=wanted, user_id=device.user_id)
    here = {str(pk) for pk in applied.values_list("pk", flat=True)}
    for kept in (RefusedCommand, Quarantined):
        rows = kept.objects.filter(cmd_id__in=wanted, user_id=device.user_id)
        here |= set(rows.values_list("cmd_id", flat=True))
    return sorted(wanted - here)


def _record(device: Device, user: User, missing: int, at: dt.datetime) -> None:
    with change() as changed:
        row = locked(Device.objects).get(pk=device.pk)
        row.checked_at, row.check_missing = at, missing
        row.version += 1
        row.save(update_fields=["checked_at", "check_missing", "version"])
        publish_device(changed, row, user, at)
