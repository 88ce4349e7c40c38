"""Apply a phone's commands once each: one transaction a command, the id stored with its result."""

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from fieldops.feed.alarms import raise_alarm, settle_alarms
from fieldops.feed.changes import Change, change, savepoint
from fieldops.feed.models import user as user_recipient
from fieldops.lib.clock import iso
from fieldops.lib.db import locked
from fieldops.lib.errors import Problem
from fieldops.lib.sealed import open_row, seal_row
from fieldops.sync.carrying import carry_out, read_envelope
from fieldops.sync.commands import Done
from fieldops.sync.forms import MAX_NUMBER, V_NOW, V_OLDEST
from fieldops.sync.models import RefusedCommand, ReviewItem, SyncCommand
from fieldops.sync.review import keep_for_review
from fieldops.teams.models import Device, User
from fieldops.timers.actions import cancel_timer, set_timer


class TooOld(Problem):
    """The app is older than two versions back (426): it keeps its queue and updates itself."""

    status = 426
    code = "update_wanted"
    words = _("This app is too old for the server. Update it; nothing is lost.")


class TooNew(Problem):
    """The server is older than the app (503): it keeps its queue and tries again later."""

    status = 503
    code = "server_behind"
    words = _("The server is older than this app. Nothing is lost; it will be sent later.")


class TooLarge(Problem):
    """More than one batch may hold (413): send a smaller one."""

    status = 413
    code = "too_large"
    words = _("The body is too large.")


def check_batch(texts: Sequence[str]) -> None:
    """Refuse a batch as a whole, before anything of it is applied. Raises TooLarge, TooOld, TooNew."""
    check_size(texts)
    spoken = [version for text in texts if (version := _version_of(text)) is not None]
    if any(version < V_OLDEST for version in spoken):
        raise TooOld(oldest=V_OLDEST)
    if any(version > V_NOW for version in spoken):
        raise TooNew(newest=V_NOW)


def check_size(texts: Sequence[str]) -> None:
    """Refuse a batch of more than can be worked off at once. Raises TooLarge."""
    if len(texts) > settings.SYNC_BATCH_COMMANDS:
        raise TooLarge(most=settings.SYNC_BATCH_COMMANDS)
    if sum(len(text.encode()) for text in texts) > settings.SYNC_BATCH_BYTES:
        raise TooLarge(most_bytes=settings.SYNC_BATCH_BYTES)


def _version_of(text: str) -> int | None:
    """Return the version an envelope says it has; None where it cannot be read."""
    try:
        version = json.loads(text)["v"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return version if type(version) is int else None


def apply_command(*, user: User, device: Device, text: str, sha: str, at: dt.datetime) -> dict[str, Any]:
    """Apply one command and return its result; a replay returns the stored one.

    Never raises for what the command says: a bad one is `dead_letter`, kept.
    """
    if hashlib.sha256(text.encode()).hexdigest() != sha:
        return _refuse(user, device, loose_id(text), text, sha, "INVALID", at)
    envelope = read_envelope(text)
    if envelope is None:
        return _refuse(user, device, loose_id(text), text, sha, "INVALID", at)
    known = SyncCommand.objects.filter(pk=envelope["cmd_id"]).first()
    if known:
        return _replay(user, device, known, text, sha, at)
    try:
        return _apply_new(user, device, envelope, text, sha, at)
    except SeqReused:
        return _refuse(user, device, str(envelope["cmd_id"]), text, sha, "SEQ_REUSED", at)
    except Concurrent:
        again = SyncCommand.objects.get(pk=envelope["cmd_id"])
        return _replay(user, device, again, text, sha, at)


class SeqReused(Exception):
    """The device's number was used by another command: cloned storage."""


class Concurrent(Exception):
    """The same command is being applied by another request; it has committed by now."""


def _apply_new(
    user: User, device: Device, envelope: dict[str, Any], text: str, sha: str, at: dt.datetime
) -> dict[str, Any]:
    with change(cmd_id=envelope["cmd_id"]) as changed:
        row = _insert(user, device, envelope, text, sha, at)
        done = carry_out(user, envelope, at)
        _settle(changed, row, user, done, at)
        return row.result


def _insert(
    user: User, device: Device, envelope: dict[str, Any], text: str, sha: str, at: dt.datetime
) -> SyncCommand:
    """Insert the command; the unique keys decide between two equal requests at once."""
    row = SyncCommand(
        cmd_id=envelope["cmd_id"],
        device_id=device.pk,
        epoch=device.epoch,
        seq=envelope["seq"],
        user_id=user.pk,
        type=envelope["type"],
        subject_kind=envelope["subject"]["kind"],
        subject_id=str(envelope["subject"]["id"]),
        sha=sha,
        received_at=at,
    )
    seal_row(row, text)
    try:
        with savepoint():
            row.save(force_insert=True)
    except IntegrityError as error:
        # The one that committed first is visible only after this transaction ends: decide outside.
        taken = SyncCommand.objects.filter(device_id=device.pk, epoch=device.epoch, seq=envelope["seq"])
        same = taken.filter(pk=envelope["cmd_id"]).exists() or not taken.exists()
        raise (Concurrent if same else SeqReused)() from error
    return row


def _settle(changed: Change, row: SyncCommand, user: User, done: Done, at: dt.datetime) -> None:
    """Store the result in the same transaction, with the feed number that carries its effect to the phone."""
    changed.flush()
    row.state = SyncCommand.State.DEFERRED if done.outcome == "deferred" else SyncCommand.State.SETTLED
    row.settled_at = None if done.outcome == "deferred" else at
    row.result = {
        "cmd_id": str(row.cmd_id),
        "outcome": done.outcome,
        "code": done.code or None,
        "version": done.version,
        "feed_seq": changed.numbers.get(user_recipient(user.pk)),
        "at": iso(at),
        **(done.info or {}),
    }
    row.save(update_fields=["state", "settled_at", "result"])
    if done.outcome == "deferred":
        set_timer(
            key=f"sync:{row.cmd_id}",
            kind="sync.deferred",
            due_at=at + dt.timedelta(seconds=settings.SYNC_DEFER_S),
            payload={"cmd_id": str(row.cmd_id), "center_id": str(user.center_id or "")},
        )
    if done.outcome == "dead_letter" or done.code == "FAULT":
        _alarm(user, row.pk, at, type=row.type, code=done.code)
    # A dispute is settled by picking one of the two, not by accepting.
    kind = REVIEWED.get(done.outcome) if done.code != "TWO_REPORTS" else None
    if kind:
        subject = (row.subject_kind, row.subject_id)
        keep_for_review(
            kind=kind, source=row, user=user, code=done.code, type=row.type, subject=subject, at=at
        )


# Which outcomes a person must judge.
REVIEWED = {"flagged": ReviewItem.Kind.FLAGGED, "dead_letter": ReviewItem.Kind.DEAD_LETTER}


def retry_deferred(*, user: User, at: dt.datetime) -> None:
    """Try commands again whose subject was missing when they came."""
    waiting = SyncCommand.objects.filter(user_id=user.pk, state=SyncCommand.State.DEFERRED).order_by("seq")
    for cmd_id in list(waiting.values_list("pk", flat=True)):
        with change(cmd_id=cmd_id) as changed:
            row = locked(SyncCommand.objects).get(pk=cmd_id)
            envelope = read_envelope(open_row(row))
            if envelope is None or row.state != SyncCommand.State.DEFERRED:
                continue
            done = carry_out(user, envelope, row.received_at)
            if done.outcome != "deferred":
                _settle(changed, row, user, done, at)
                cancel_timer(key=f"sync:{cmd_id}")
                settle_alarms(prefix=f"dead_letter:{cmd_id}", at=at)


def bury_deferred(*, cmd_id: uuid.UUID, at: dt.datetime) -> None:
    """A day has passed: try once more, then dead letter, with an alarm, kept."""
    owner = SyncCommand.objects.filter(pk=cmd_id).values("user_id")
    if waiting := User.objects.filter(pk__in=owner).first():
        retry_deferred(user=waiting, at=at)
    with change() as changed:
        row = locked(SyncCommand.objects).filter(pk=cmd_id, state=SyncCommand.State.DEFERRED).first()
        user = User.objects.filter(pk=row.user_id).first() if row else None
        if row and user:
            _settle(changed, row, user, Done("dead_letter", row.result.get("code") or "NOT_THERE"), at)


def _replay(
    user: User, device: Device, known: SyncCommand, text: str, sha: str, at: dt.datetime
) -> dict[str, Any]:
    if known.sha != sha or known.user_id != user.pk:
        return _refuse(user, device, str(known.pk), text, sha, "ID_REUSED", at)
    return {**known.result, "replayed": True}


def _refuse(
    user: User, device: Device, cmd_id: str, text: str, sha: str, code: str, at: dt.datetime
) -> dict[str, Any]:
    """Keep the payload and tell the desk; the phone shows it as stuck."""
    said = loosely(text)
    row = RefusedCommand(
        code=code, cmd_id=cmd_id, device_id=device.pk, epoch=device.epoch, seq=_loose_seq(said),
        user_id=user.pk, sha=sha, received_at=at,
    )  # fmt: skip
    seal_row(row, text)
    kind = str(said.get("type", ""))[:24]
    try:
        with change():
            row.save(force_insert=True)
            _alarm(user, row.pk, at, code=code)
            keep_for_review(
                kind=ReviewItem.Kind.REFUSED, source=row, user=user, code=code, type=kind,
                subject=loose_subject(said), at=at,
            )  # fmt: skip
        known = False
    except IntegrityError:
        known = True  # kept before, perhaps a moment ago by another request
    return {"cmd_id": cmd_id, "outcome": "dead_letter", "code": code, "at": iso(at), "replayed": known}


# An envelope that cannot be taken whole may still say whose it is: read what can be read, and no more.


def loosely(text: str) -> dict[str, Any]:
    """Return what an envelope says, unchecked; empty where it is no object."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def loose_id(text: str) -> str:
    """Return the id of an envelope that cannot be read whole, so that the phone can match the answer."""
    return str(loosely(text).get("cmd_id", ""))[:64]


def _loose_seq(said: dict[str, Any]) -> int | None:
    seq = said.get("seq")
    return seq if type(seq) is int and 0 < seq <= MAX_NUMBER else None


def loose_subject(said: dict[str, Any]) -> tuple[str, str] | None:
    """Return kind and id of what an envelope says it is about."""
    subject = said.get("subject")
    if not isinstance(subject, dict):
        return None
    return str(subject.get("kind", "")), str(subject.get("id", ""))


def _alarm(user: User, which: uuid.UUID, at: dt.datetime, **params: Any) -> None:
    if user.center_id:
        raise_alarm(
            center_id=user.center_id, kind="dead_letter", key=f"dead_letter:{which}", at=at,
            params={"name": user.name, **params},
        )  # fmt: skip
