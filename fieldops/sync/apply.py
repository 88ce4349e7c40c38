"""Apply a phone's commands once each: one transaction a command, the id stored with its result."""

import datetime as dt
import hashlib
import json
import logging
import uuid
from typing import Any

from django.db import IntegrityError, InterfaceError, OperationalError
from django.db.models import Q
from rest_framework import serializers

from fieldops.dispatch.models import Assignment
from fieldops.feed.alarms import raise_alarm, settle_alarms
from fieldops.feed.changes import Change, change, savepoint
from fieldops.feed.models import user as user_recipient
from fieldops.lib.clock import iso
from fieldops.lib.errors import Problem
from fieldops.lib.sealed import open_row, seal_row
from fieldops.lib.text import check_json, refuse_constant
from fieldops.outcomes.actions import Incomplete
from fieldops.sync import forms
from fieldops.sync.commands import COMMANDS, Done, Order, subject_is_theirs
from fieldops.sync.models import RefusedCommand, SyncCommand
from fieldops.teams.actor import actor
from fieldops.teams.models import Device, Shift, User
from fieldops.timers.actions import cancel_timer, set_timer

log = logging.getLogger(__name__)

DEFER_FOR = dt.timedelta(hours=24)
OLDEST = dt.timedelta(days=30)
CLOCK_TRUST_S = 12 * 3600


def apply_command(*, user: User, device: Device, text: str, sha: str, at: dt.datetime) -> dict[str, Any]:
    """Apply one command and return its result; a replay returns the stored one.

    Never raises for what the command says: a bad one is `dead_letter`, kept.
    """
    if hashlib.sha256(text.encode()).hexdigest() != sha:
        return _refuse(user, device, _loose_id(text), text, sha, "INVALID", at)
    envelope = read_envelope(text)
    if envelope is None:
        return _refuse(user, device, _loose_id(text), text, sha, "INVALID", at)
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


def read_envelope(text: str) -> dict[str, Any] | None:
    """Return the checked envelope; None when it cannot be read."""
    try:
        data = json.loads(text, parse_constant=refuse_constant)
        check_json(data)
        form = forms.Envelope(data=data)
        form.is_valid(raise_exception=True)
    except (ValueError, RecursionError, Problem, serializers.ValidationError):
        return None
    return dict(form.validated_data)


def _apply_new(
    user: User, device: Device, envelope: dict[str, Any], text: str, sha: str, at: dt.datetime
) -> dict[str, Any]:
    with change(cmd_id=envelope["cmd_id"]) as changed:
        row = _insert(user, device, envelope, text, sha, at)
        done = _carry_out(user, envelope, at)
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


def _carry_out(user: User, envelope: dict[str, Any], at: dt.datetime) -> Done:
    """Check type, subject and arguments, then make the one domain call; refused leaves nothing half done."""
    command = COMMANDS.get(envelope["type"])
    if command is None or command.subject != envelope["subject"]["kind"]:
        return Done("dead_letter", "INVALID", {"why": "unknown command or subject"})
    form = command.form(data=envelope["args"])
    if not form.is_valid():
        return Done("dead_letter", "INVALID", {"errors": form.errors})
    subject_id: uuid.UUID = envelope["subject"]["id"]
    if not subject_is_theirs(command, subject_id, user.pk):
        return Done("deferred", "NOT_THERE")
    occurred, estimated = occurred_est(envelope, at)
    occurred = max(occurred, earliest_of(command.subject, subject_id, user.pk, at))
    pos = envelope.get("pos")
    order = Order(
        by=actor(user, estimated=estimated),
        subject_id=subject_id,
        at=occurred,
        args=dict(form.validated_data),
        position=(pos["lng"], pos["lat"]) if pos else None,
    )
    try:
        with savepoint():
            return command.run(order)
    except Incomplete as refusal:
        return Done("conflict", "INCOMPLETE", refusal.extra)
    except Problem as refusal:
        return Done("conflict", refusal.code.upper(), {"words": str(refusal.words)})
    except (OperationalError, InterfaceError):
        raise  # the database is away: nothing is known, and the phone sends the same bytes again
    except Exception:
        # A fault of ours must not stop the commands behind it, nor lose this one: it is kept and tried again.
        log.exception("command %s %s failed", envelope["type"], envelope["cmd_id"])
        return Done("deferred", "FAULT")


def occurred_est(envelope: dict[str, Any], at: dt.datetime) -> tuple[dt.datetime, bool]:
    """Return when it happened by the server's clock, never in the future, and whether that is a guess."""
    offset_ms = envelope.get("offset_ms")
    try:
        said = envelope["occurred_at"] + dt.timedelta(milliseconds=offset_ms or 0)
    except OverflowError:
        return at, True
    stale = offset_ms is None or (envelope.get("offset_age_s") or 0) > CLOCK_TRUST_S
    suspect = stale or abs(offset_ms or 0) > 120_000
    return max(min(said, at), at - OLDEST), suspect


def earliest_of(kind: str, subject_id: uuid.UUID, user_id: uuid.UUID, at: dt.datetime) -> dt.datetime:
    """Return the earliest instant it can have happened: not before this person was asked or on shift."""
    if kind == "shift":
        start = Shift.objects.filter(pk=subject_id).values_list("starts_at", flat=True).first()
    else:
        named = Q(pk=subject_id) if kind == "assignment" else Q(case_id=subject_id)
        offers = Assignment.objects.filter(named, members__user_id=user_id).order_by("offered_at")
        start = offers.values_list("offered_at", flat=True).first()
    return min(start or at, at)


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
            due_at=at + DEFER_FOR,
            payload={"cmd_id": str(row.cmd_id), "center_id": str(user.center_id or "")},
        )
    if done.outcome == "dead_letter" or done.code == "FAULT":
        _alarm(user, row, at)


def retry_deferred(*, user: User, at: dt.datetime) -> None:
    """Try commands again whose subject was missing when they came."""
    waiting = SyncCommand.objects.filter(user_id=user.pk, state=SyncCommand.State.DEFERRED).order_by("seq")
    for cmd_id in list(waiting.values_list("pk", flat=True)):
        with change(cmd_id=cmd_id) as changed:
            row = SyncCommand.objects.select_for_update().get(pk=cmd_id)
            envelope = read_envelope(open_row(row))
            if envelope is None or row.state != SyncCommand.State.DEFERRED:
                continue
            done = _carry_out(user, envelope, row.received_at)
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
        row = (
            SyncCommand.objects.select_for_update()
            .filter(pk=cmd_id, state=SyncCommand.State.DEFERRED)
            .first()
        )
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
    row = RefusedCommand(
        code=code, cmd_id=cmd_id, device_id=device.pk, user_id=user.pk, sha=sha, received_at=at
    )
    seal_row(row, text)
    try:
        with change():
            row.save(force_insert=True)
            _alarm_refused(user, code, f"{cmd_id}:{sha[:8]}", at)
        known = False
    except IntegrityError:
        known = True  # kept before, perhaps a moment ago by another request
    return {"cmd_id": cmd_id, "outcome": "dead_letter", "code": code, "at": iso(at), "replayed": known}


def _loose_id(text: str) -> str:
    """Return the id of an envelope that cannot be read whole, so that the phone can match the answer."""
    try:
        return str(json.loads(text)["cmd_id"])[:64]
    except (ValueError, TypeError, KeyError, RecursionError):
        return ""


def _alarm(user: User, row: SyncCommand, at: dt.datetime) -> None:
    if user.center_id:
        raise_alarm(
            center_id=user.center_id, kind="dead_letter", key=f"dead_letter:{row.pk}", at=at,
            params={"name": user.name, "type": row.type, "code": row.result.get("code")},
        )  # fmt: skip


def _alarm_refused(user: User, code: str, which: str, at: dt.datetime) -> None:
    if user.center_id:
        raise_alarm(
            center_id=user.center_id, kind="dead_letter", key=f"dead_letter:{code}:{which}", at=at,
            params={"name": user.name, "code": code},
        )  # fmt: skip
