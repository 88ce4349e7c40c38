"""Shared beats: lock, move, record, store what is printed, publish."""

import datetime as dt
import hashlib
import json
import uuid

from fieldops.audit.actions import append
from fieldops.feed.changes import Change
from fieldops.feed.models import desk
from fieldops.feed.models import user as user_recipient
from fieldops.handover.contents import contents
from fieldops.handover.models import Handover, HandoverSheet
from fieldops.handover.moves import next_status
from fieldops.handover.wire import handover_wire
from fieldops.lib.clock import iso
from fieldops.lib.db import locked
from fieldops.lib.errors import NotFound, WrongState
from fieldops.teams.actor import Actor
from fieldops.teams.models import Shift

RELATED = (
    "shift__team", "desk_shift__line", "desk_shift__owner", "signed_by", "signed_for", "accepted_by",
    "accepted_for",
)  # fmt: skip


def lock_handover(handover_id: uuid.UUID) -> Handover:
    """Return the handover under its row lock. Raises NotFound."""
    rows = locked(Handover.objects).select_related(*RELATED)
    found = rows.filter(pk=handover_id).first()
    if found is None:
        raise NotFound()
    return found


def require_move(row: Handover, command: str) -> str:
    """Return the status `command` leads to. Raises WrongState `handover_<status>`."""
    to = next_status(row.status, command)
    if to is None:
        raise WrongState(f"handover_{row.status}", status_now=row.status)
    return to


def save_and_tell(
    changed: Change, row: Handover, verb: str, *fields: str, by: Actor, at: dt.datetime, reason: str = ""
) -> None:
    """Save named fields with a new version, audit, and tell desk and both crews."""
    row.version += 1
    row.save(update_fields=[*fields, "version"])
    append(
        verb=f"handover.{verb}", subject_kind="handover", subject_id=row.pk, at=at, actor_id=by.user_id,
        center_id=row.center_id, reason=reason,
    )  # fmt: skip
    publish(changed, row, at)


def publish(changed: Change, row: Handover, at: dt.datetime) -> None:
    """Tell the desk, and the crews of a crew's handover."""
    crews = [shift for shift in (row.shift, next_shift(row)) if shift]
    people = [user_recipient(member.user_id) for shift in crews for member in shift.members.all()]
    changed.publish(
        "handover.changed",
        subject=("handover", row.pk),
        version=row.version,
        at=at,
        body=handover_wire(row),
        recipients=[desk(row.center_id), *people],
    )


def next_shift(row: Handover) -> Shift | None:
    """Return the team's turn after this one: who comes."""
    if row.shift is None:
        return None
    later = Shift.objects.filter(team_id=row.shift.team_id, starts_at__gt=row.shift.starts_at)
    return later.order_by("starts_at").first()


def store_sheet(row: Handover, at: dt.datetime) -> HandoverSheet:
    """Store what is printed now as the next revision, with its hash."""
    body = {**handover_wire(row), "listed": contents(row, at), "stored_at": iso(at)}
    canonical = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    last = HandoverSheet.objects.filter(handover=row).order_by("-revision").first()
    return HandoverSheet.objects.create(
        handover=row,
        revision=last.revision + 1 if last else 1,
        canonical=canonical,
        sha256=hashlib.sha256(canonical.encode()).hexdigest(),
        stored_at=at,
    )
