"""By voice: a crew's move made by the desk, because its phone is dead. The phone's later copy is a noop."""

import datetime as dt
import json
import uuid
from dataclasses import replace
from typing import Any

from fieldops.audit.actions import append
from fieldops.dispatch.models import Assignment, AssignmentMember
from fieldops.feed.changes import change
from fieldops.feed.models import user as user_recipient
from fieldops.lib.clock import iso
from fieldops.lib.errors import Invalid, NotFound
from fieldops.lib.sealed import seal_row
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
    known = SyncCommand.objects.filter(pk=cmd_id).first()
    if known:
        return {**known.result, "replayed": True}
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
    with change(cmd_id=cmd_id) as changed:
        row = _insert(officer, assignment, cmd_id, command, args, at)
        order = Order(
            by=replace(actor(member.user), by_voice=True),
            subject_id=assignment.case_id if command in ON_CASE else assignment.pk,
            at=at,
            args=dict(form.validated_data),
        )
        done = COMMANDS[command].run(order)
        append(
            verb=f"voice.{command}", subject_kind="assignment", subject_id=assignment.pk, at=at,
            actor_id=officer.pk, center_id=assignment.center_id, extra={"member": str(member_id)},
        )  # fmt: skip

        changed.flush()
        row.result = {
            "cmd_id": str(cmd_id),
            "outcome": done.outcome,
            "code": done.code or None,
            "version": done.version,
            "feed_seq": changed.numbers.get(user_recipient(member_id)),
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
    row.save(force_insert=True)
    return row
