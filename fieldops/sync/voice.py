"""By voice: a crew's move made by the desk, because its phone is dead. The phone's later copy is a noop."""

import datetime as dt
import json
import uuid
from dataclasses import replace
from typing import Any

from django.db import IntegrityError

from fieldops.audit.actions import append
from fieldops.dispatch.models import Assignment, AssignmentMember
from fieldops.feed.changes import change, savepoint
from fieldops.feed.models import user as user_recipient
from fieldops.lib.clock import iso
from fieldops.lib.errors import Invalid, NotFound, WrongState
from fieldops.lib.sealed import seal_row
from fieldops.sync.apply import Concurrent
from fieldops.sync.commands import COMMANDS, Order
from fieldops.sync.models import SyncCommand
from fieldops.teams.actor import actor
from fieldops.teams.models import User

# A case's fact said by voice still names the assignment; this is where its subject is.
ON_CASE = frozenset({"note"})


def apply_by_voice(
    *,
    officer: User,
    assignment: Assignment,
    member_id: uuid.UUID,
    cmd_id: uuid.UUID,
    command: str,
    args: dict[str, Any],
    at: dt.datetime,
) -> dict[str, Any]:
    """Carry out a crew command in a member's name, marked so, once per `cmd_id`.

    Raises NotFound for someone not on this crew, Invalid for wrong arguments, Problem as the action does.
    """
    if known := SyncCommand.objects.filter(pk=cmd_id).first():
        return _again(known, assignment)
    member = (
        AssignmentMember.objects.filter(assignment=assignment, user_id=member_id)
        .select_related("user")
        .first()
    )
    if member is None:
        raise NotFound()
    form = COMMANDS[command].form(data=args)
    if not form.is_valid():
        raise Invalid(errors=form.errors)
    values = dict(form.validated_data)
    try:
        return _carry_out(officer, assignment, member.user, cmd_id, command, args, values, at)
    except Concurrent:
        return _again(SyncCommand.objects.get(pk=cmd_id), assignment)


def _again(known: SyncCommand, assignment: Assignment) -> dict[str, Any]:
    """Return what the same click had come to. Raises WrongState when the id belongs to another assignment."""
    if known.subject_id != str(assignment.pk):
        raise WrongState("id_reused")
    return {**known.result, "replayed": True}


def _carry_out(
    officer: User,
    assignment: Assignment,
    member: User,
    cmd_id: uuid.UUID,
    command: str,
    args: dict[str, Any],
    values: dict[str, Any],
    at: dt.datetime,
) -> dict[str, Any]:
    with change(cmd_id=cmd_id) as changed:
        row = _insert(officer, assignment, cmd_id, command, args, at)
        order = Order(
            by=replace(actor(member), by_voice=True),
            subject_id=assignment.case_id if command in ON_CASE else assignment.pk,
            at=at,
            args=values,
        )
        done = COMMANDS[command].run(order)
        append(
            verb=f"voice.{command}", subject_kind="assignment", subject_id=assignment.pk, at=at,
            actor_id=officer.pk, center_id=assignment.center_id, extra={"member": str(member.pk)},
        )  # fmt: skip

        changed.flush()
        row.result = {
            "cmd_id": str(cmd_id),
            "outcome": done.outcome,
            "code": done.code or None,
            "version": done.version,
            "feed_seq": changed.numbers.get(user_recipient(member.pk)),
            "at": iso(at),
            **(done.info or {}),
        }
        row.save(update_fields=["result"])
        return row.result


def _insert(
    officer: User,
    assignment: Assignment,
    cmd_id: uuid.UUID,
    command: str,
    args: dict[str, Any],
    at: dt.datetime,
) -> SyncCommand:
    row = SyncCommand(
        cmd_id=cmd_id,
        user_id=officer.pk,
        type=command,
        subject_kind="assignment",
        subject_id=str(assignment.pk),
        sha="",
        received_at=at,
        settled_at=at,
    )
    seal_row(row, json.dumps(args, ensure_ascii=False, default=str))
    try:
        with savepoint():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise Concurrent() from error
    return row
