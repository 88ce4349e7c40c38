"""Who is on a crew: put on, taken off, joined while it runs."""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence

from django.utils.translation import gettext_lazy as _

from fieldops.audit.actions import append
from fieldops.feed.changes import Change, change
from fieldops.lib.errors import WrongState
from fieldops.teams.actions import add_shift, lock_people, lock_shift, publish_shift
from fieldops.teams.actor import Actor, user_of
from fieldops.teams.models import RosterLine, Shift, ShiftMember, Stint, Team, User
from fieldops.teams.roster.actions.gaps import raise_gaps
from fieldops.teams.roster.actions.holding import hold_to_rules, refuse_over
from fieldops.teams.roster.rules import Turn
from fieldops.timers.actions import set_timer


def add_turn(
    *,
    team: Team,
    user_ids: Sequence[uuid.UUID],
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    by: Actor,
    at: dt.datetime,
    reason: str = "",
    line: RosterLine | None = None,
    day: dt.date | None = None,
) -> Shift:
    """Put people on a team from–to by hand; the same hours or a line's same day again is harmless.

    Raises Overlap, RestOwed, WeekFull (the last two pass with a reason), Invalid for a turn in the past.
    """
    with change():
        people = lock_people(team.center_id, user_ids)
        same = {"line": line, "day": day} if line else {"starts_at": starts_at, "ends_at": ends_at}
        if again := Shift.objects.filter(team=team, **same).first():
            return again
        refuse_over(Turn(starts_at, ends_at), at)
        hold_to_rules(people, Turn(starts_at, ends_at), reason=reason)

        shift = add_shift(
            team=team, members=people, starts_at=starts_at, ends_at=ends_at, at=at, line=line, day=day
        )

        append(
            verb="roster.add", subject_kind="shift", subject_id=shift.pk, at=at, actor_id=by.user_id,
            center_id=team.center_id, reason=reason,
        )  # fmt: skip
        raise_gaps(center_id=team.center_id, at=at)
        return shift


def change_crew(
    *,
    shift_id: uuid.UUID,
    by: Actor,
    at: dt.datetime,
    add: Collection[uuid.UUID] = (),
    remove: Collection[uuid.UUID] = (),
    reason: str = "",
) -> Shift:
    """Put people on a crew and take others off, also while it runs; again is harmless.

    Raises WrongState (`shift_over`, or `crew_empty`: a running crew keeps somebody), and the rules' refusals.
    """
    with change() as changed:
        center_id = Shift.objects.filter(pk=shift_id).values_list("center_id", flat=True).first()
        joiners = lock_people(center_id, add) if center_id else []
        shift = lock_shift(shift_id)
        on = {member.user_id for member in shift.members.all()}
        joiners = [user for user in joiners if user.pk not in on]
        leavers = sorted(on & set(remove), key=str)
        if not joiners and not leavers:
            return shift
        _refuse_change(shift, on, joiners, leavers, at)
        hold_to_rules(joiners, rest_of_turn(shift, at), reason=reason)

        replace_members(changed, shift, joiners, leavers, by=by, at=at, why=reason)
        raise_gaps(center_id=shift.center_id, at=at)
        return shift


def take_shift_now(*, team_id: uuid.UUID, by: Actor, at: dt.datetime) -> Shift:
    """Join the team's running crew where somebody lacks; again is harmless.

    Raises WrongState (`no_crew`, `crew_full`), Overlap, RestOwed, WeekFull.
    """
    with change() as changed:
        running = Shift.objects.filter(team_id=team_id, starts_at__lte=at, ends_at__gt=at)
        found = running.order_by("-starts_at").first()
        if found is None:
            raise WrongState("no_crew", _("This team has no shift now."))
        people = lock_people(found.center_id, [user_of(by)])
        shift = lock_shift(found.pk)
        on = {member.user_id for member in shift.members.all()}
        if people[0].pk in on:
            return shift
        if len(on) >= (shift.line.needed if shift.line else shift.team.size):
            raise WrongState("crew_full", _("Nobody lacks on this crew; ask for a swap."))
        hold_to_rules(people, rest_of_turn(shift, at))

        replace_members(changed, shift, people, [], by=by, at=at, why="taken")
        raise_gaps(center_id=shift.center_id, at=at)
        return shift


def rest_of_turn(shift: Shift, at: dt.datetime) -> Turn:
    """Return what is left of a shift for one who joins at `at`."""
    return Turn(max(shift.starts_at, at), shift.ends_at, f"shift:{shift.pk}")


def replace_members(
    changed: Change,
    shift: Shift,
    joiners: Sequence[User],
    leavers: Sequence[uuid.UUID],
    *,
    by: Actor,
    at: dt.datetime,
    why: str = "",
) -> None:
    """Change the people of a locked shift, keep what leavers served, and tell everyone once.

    What the crew has in hand follows by a timer due now: cases and assignments are another room's.
    """
    running = shift.starts_at <= at
    for member in ShiftMember.objects.filter(shift=shift, user__in=leavers) if running else []:
        from_at = member.joined_at or shift.starts_at
        Stint.objects.create(shift=shift, user_id=member.user_id, from_at=from_at, to_at=at, why=why)
    ShiftMember.objects.filter(shift=shift, user__in=leavers).delete()
    stands_in = shift.line_id is not None
    ShiftMember.objects.bulk_create(
        [
            ShiftMember(shift=shift, user=user, joined_at=at if running else None, stands_in=stands_in)
            for user in joiners
        ]
    )
    shift.version += 1
    shift.save(update_fields=["version"])

    for verb, user_ids in (("roster.join", [user.pk for user in joiners]), ("roster.leave", leavers)):
        for user_id in user_ids:
            append(
                verb=verb, subject_kind="shift", subject_id=shift.pk, at=at, actor_id=by.user_id,
                center_id=shift.center_id, reason=why, extra={"user": str(user_id)},
            )  # fmt: skip
    if running:
        payload = {
            "shift_id": str(shift.pk),
            "center_id": str(shift.center_id),
            "by": str(by.user_id or ""),
            "by_name": by.name,
        }
        set_timer(key=f"crew_changed:{shift.pk}", kind="handover.crew_changed", due_at=at, payload=payload)
    publish_shift(changed, shift, at, also=leavers)


def _refuse_change(
    shift: Shift, on: set[uuid.UUID], joiners: Sequence[User], leavers: Sequence[uuid.UUID], at: dt.datetime
) -> None:
    if shift.ends_at <= at:
        raise WrongState("shift_over", _("This shift is over."))
    if shift.starts_at <= at and not joiners and on == set(leavers):
        raise WrongState("crew_empty", _("Put somebody else on first: a running crew keeps somebody."))
