"""Carry out what was kept aside, once, when a person has decided so."""

import datetime as dt
import json
import uuid

from django.db import transaction

from fieldops.lib.clock import iso
from fieldops.lib.ids import new_id
from fieldops.lib.sealed import open_row, seal_row
from fieldops.sync.carrying import carry_out, read_envelope
from fieldops.sync.commands import Done
from fieldops.sync.models import Quarantined, RefusedCommand, SyncCommand
from fieldops.teams.models import User

Source = SyncCommand | RefusedCommand | Quarantined
DONE = frozenset({"applied", "noop", "flagged"})
MAX_WORDS = 500


class Undone(Exception):
    """It came to nothing: what was written for it goes again."""


def apply_kept(*, source: Source, user: User, at: dt.datetime) -> Done | None:
    """Carry a kept command out in its sender's name and at its own time; None when nothing came of it.

    Inside a change. One that was applied already, its answer lost, is a noop.
    """
    text = open_row(source)
    envelope = read_envelope(text)
    if envelope is None:
        return None
    if isinstance(source, SyncCommand):
        row = source
    else:
        before = SyncCommand.objects.filter(pk=envelope["cmd_id"]).first()
        if before and before.sha == source.sha:
            return Done("noop", "STALE")
        row = _row_for(source, envelope["cmd_id"] if before is None else new_id(), text, at)
    try:
        with transaction.atomic():
            done = carry_out(user, envelope, source.received_at)
            if done.outcome not in DONE:
                raise Undone
            _store(row, done, at)
    except Undone:
        return None
    return done


def words_of(kind: str, source: Source) -> str:
    """Return what was sent as words for a note: its arguments, or the text as it came."""
    text = open_row(source)
    try:
        said = json.loads(text)["args"]
        words = [f"{name}: {value}" for name, value in said.items() if name != "id"]
        return f"{kind} {' · '.join(words)}"[:MAX_WORDS]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return str(text)[:MAX_WORDS]


def _row_for(
    source: RefusedCommand | Quarantined, cmd_id: uuid.UUID, text: str, at: dt.datetime
) -> SyncCommand:
    """Return a row for it without the device's number, which another command may hold."""
    said = json.loads(text)
    row = SyncCommand(
        cmd_id=cmd_id,
        device_id=source.device_id,
        epoch=source.epoch,
        user_id=source.user_id,
        type=said["type"],
        subject_kind=said["subject"]["kind"],
        subject_id=said["subject"]["id"],
        sha=source.sha,
        received_at=source.received_at,
    )
    seal_row(row, text)
    return row


def _store(row: SyncCommand, done: Done, at: dt.datetime) -> None:
    row.state, row.settled_at = SyncCommand.State.SETTLED, at
    row.result = {
        "cmd_id": str(row.pk),
        "outcome": done.outcome,
        "code": done.code or None,
        "version": done.version,
        "feed_seq": None,
        "at": iso(at),
        **(done.info or {}),
    }
    row.save()
