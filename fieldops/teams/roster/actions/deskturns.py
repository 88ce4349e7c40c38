"""The desk's turns: who owns the desk, planned or taken now."""

import datetime as dt
import uuid

from django.utils.translation import gettext_lazy as _

from fieldops.audit.actions import append
from fieldops.feed.changes import Change, change
from fieldops.feed.models import desk
from fieldops.lib.db import locked
from fieldops.lib.errors import WrongState
from fieldops.teams.actions import lock_people
from fieldops.teams.actor import Actor, user_of
from fieldops.teams.models import DeskShift, RosterLine, User
from fieldops.teams.roster.actions.gaps import raise_gaps
from fieldops.teams.roster.actions.holding import hold_to_rules, refuse_over
from fieldops.teams.roster.rules import Turn
from fieldops.teams.roster.wire import desk_shift_wire

# How long one who takes an unowned desk has it, where no line says so.
TAKEN_FOR = dt.timedelta(hours=12)


def assign_desk(
    *,
    center_id: uuid.UUID,
    user_id: uuid.UUID,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    by: Actor,
    at: dt.datetime,
    reason: str = "",
    line: RosterLine | None = None,
    day: dt.date | None = None,
) -> DeskShift:
    """Give somebody a turn at the desk; the same again is harmless.

    Raises Overlap, RestOwed, WeekFull (the last two pass with a reason), Invalid for a turn in the past.
    """
    with change() as changed:
        people = lock_people(center_id, [user_id])
        mine = DeskShift.objects.filter(owner_id=user_id, starts_at=starts_at, ends_at=ends_at)
        if again := mine.first():
            return again
        refuse_over(Turn(starts_at, ends_at), at)
        hold_to_rules(people, Turn(starts_at, ends_at), reason=reason)

        turn = DeskShift.objects.create(
            center_id=center_id, owner=people[0], starts_at=starts_at, ends_at=ends_at, line=line, day=day
        )

        _record("roster.desk", turn, by, at, reason)
        publish_desk_shift(changed, turn, at)
        raise_gaps(center_id=center_id, at=at)
        return turn


def take_desk_now(
    *, center_id: uuid.UUID, by: Actor, at: dt.datetime, turn_id: uuid.UUID | None = None, reason: str = ""
) -> DeskShift:
    """Own the desk from now to the end of the running turn; again is harmless.

    Somebody's turn is taken with a typed reason only (409 `reason_wanted`); of several, one is named
    (409 `which_turn`). An unowned desk is free to take.
    """
    with change() as changed:
        people = lock_people(center_id, [user_of(by)])
        running = locked(DeskShift.objects).select_related("owner", "line")
        turns = list(running.filter(center_id=center_id, starts_at__lte=at, ends_at__gt=at).order_by("pk"))
        if mine := next((turn for turn in turns if turn.owner_id == by.user_id), None):
            return mine
        old = _turn_meant(turns, turn_id)
        if old and not reason:
            raise WrongState("reason_wanted", _("Say why you take this shift."), by=old.owner.name)

        new = _hand_over(changed, old, people[0], at) if old else _new_turn(center_id, people[0], at)

        _record("roster.take_desk", new, by, at, reason)
        publish_desk_shift(changed, new, at)
        return new


def change_owner(changed: Change, turn: DeskShift, owner: User, at: dt.datetime) -> DeskShift:
    """Give a turn (what is left of it) to another; returns the turn that is his."""
    if turn.starts_at <= at:
        new = _hand_over(changed, turn, owner, at)
        publish_desk_shift(changed, new, at)
        return new
    turn.owner = owner
    turn.version += 1
    turn.save(update_fields=["owner", "version"])
    publish_desk_shift(changed, turn, at)
    return turn


def publish_desk_shift(changed: Change, turn: DeskShift, at: dt.datetime) -> None:
    """Tell the desk whose turn it is."""
    changed.publish(
        "desk_shift.changed",
        subject=("desk_shift", turn.pk),
        version=turn.version,
        at=at,
        body=desk_shift_wire(turn),
        recipients=[desk(turn.center_id)],
    )


def _turn_meant(turns: list[DeskShift], turn_id: uuid.UUID | None) -> DeskShift | None:
    if turn_id:
        found = next((turn for turn in turns if turn.pk == turn_id), None)
        if found is None:
            raise WrongState("not_running", _("This shift is not running now."))
        return found
    if len(turns) > 1:
        raise WrongState(
            "which_turn", _("Several people have the desk: say whose shift."),
            turns=[desk_shift_wire(turn) for turn in turns],
        )  # fmt: skip
    return turns[0] if turns else None


def _hand_over(changed: Change, old: DeskShift, owner: User, at: dt.datetime) -> DeskShift:
    """Cut a running turn short and return a new one for the rest of it."""
    ends_at = old.ends_at
    old.ends_at = at
    old.version += 1
    old.save(update_fields=["ends_at", "version"])
    publish_desk_shift(changed, old, at)
    return DeskShift.objects.create(
        center_id=old.center_id, owner=owner, starts_at=at, ends_at=ends_at, line=old.line, day=old.day
    )


def _new_turn(center_id: uuid.UUID, owner: User, at: dt.datetime) -> DeskShift:
    """Return a turn on the unowned desk: until the next one that is planned, half a day at most."""
    upcoming = DeskShift.objects.filter(center_id=center_id, starts_at__gt=at, starts_at__lt=at + TAKEN_FOR)
    until = upcoming.order_by("starts_at").values_list("starts_at", flat=True).first() or at + TAKEN_FOR
    return DeskShift.objects.create(center_id=center_id, owner=owner, starts_at=at, ends_at=until)


def _record(verb: str, turn: DeskShift, by: Actor, at: dt.datetime, reason: str) -> None:
    append(
        verb=verb, subject_kind="desk_shift", subject_id=turn.pk, at=at, actor_id=by.user_id,
        center_id=turn.center_id, reason=reason,
    )  # fmt: skip
