"""Plan turns from the lines' patterns, a stretch of days at a time."""

import datetime as dt
import uuid
from dataclasses import dataclass, field

from fieldops.audit.actions import append
from fieldops.feed.changes import Change, change
from fieldops.lib.clock import local
from fieldops.lib.db import locked
from fieldops.teams.actions import publish_shift
from fieldops.teams.actor import Actor
from fieldops.teams.models import DeskShift, Shift, ShiftMember, User
from fieldops.teams.roster.actions.deskturns import publish_desk_shift
from fieldops.teams.roster.actions.gaps import raise_gaps
from fieldops.teams.roster.pattern import group_on
from fieldops.teams.roster.queries import AROUND, Cell, limits, pattern_of, table, turns_of
from fieldops.teams.roster.rules import Turn, checks


@dataclass
class Planned:
    """What came of a plan: turns made, and who was left out of which, with the rule that was in the way."""

    made: int = 0
    left_out: list[dict[str, str]] = field(default_factory=list)


def plan_turns(*, center_id: uuid.UUID, first: dt.date, days: int, by: Actor, at: dt.datetime) -> Planned:
    """Make the turns that are not there yet for `days` from `first`; what is there is never touched.

    Whom a rule forbids a turn is left out of it: the gap shows, nobody is overworked by a machine.
    """
    with change() as changed:
        cells = [cell for row in table(center_id, max(first, local(at).date()), days) for cell in row]
        todo = [cell for cell in cells if _is_open(cell, at)]
        people = _lock_rotation(center_id, todo)
        planned = Planned()
        if not todo:
            return planned
        turns = turns_of(people, todo[0].starts_at - AROUND, max(cell.ends_at for cell in todo) + AROUND)

        for cell in sorted(todo, key=lambda cell: (cell.starts_at, cell.line.order)):
            group = group_on(pattern_of(cell.line), cell.day)
            on = [people[pk] for name in group if (pk := uuid.UUID(name)) in people]
            fit = [user for user in on if _fits(user, cell, turns.setdefault(user.pk, []), planned)]
            _make(changed, cell, fit, at)
            planned.made += 1

        append(
            verb="roster.plan", subject_kind="center", subject_id=center_id, at=at, actor_id=by.user_id,
            center_id=center_id, extra={"made": planned.made, "left_out": len(planned.left_out)},
        )  # fmt: skip
        raise_gaps(center_id=center_id, at=at)
        return planned


def _is_open(cell: Cell, at: dt.datetime) -> bool:
    """Tell whether a turn is to be made: the line runs, has a rotation, and nothing was put in yet."""
    return bool(
        cell.state == "on" and not cell.shift and not cell.turns and cell.ends_at > at
        and group_on(pattern_of(cell.line), cell.day)
    )  # fmt: skip


def _lock_rotation(center_id: uuid.UUID, cells: list[Cell]) -> dict[uuid.UUID, User]:
    """Lock everyone the rotation names, in sorted order; who left the centre is simply not there."""
    names = {name for cell in cells for name in group_on(pattern_of(cell.line), cell.day)}
    rows = locked(User.objects).filter(pk__in=names, posts__center_id=center_id, is_active=True)
    return {user.pk: user for user in rows.order_by("pk")}


def _fits(user: User, cell: Cell, turns: list[Turn], planned: Planned) -> bool:
    """Tell whether he may take the turn, and remember it as his; otherwise note the rule."""
    turn = Turn(cell.starts_at, cell.ends_at, f"new:{cell.line.pk}:{cell.day}")
    broken = [check.code for check in checks(turn, turns, limits()) if not check.ok]
    if broken:
        planned.left_out.append(
            {"line": cell.line.name, "day": cell.day.isoformat(), "name": user.name, "rule": broken[0]}
        )
        return False
    turns.append(turn)
    return True


def _make(changed: Change, cell: Cell, people: list[User], at: dt.datetime) -> None:
    line = cell.line
    hours = {"starts_at": cell.starts_at, "ends_at": cell.ends_at, "line": line, "day": cell.day}
    if line.team:
        shift = Shift.objects.create(center_id=line.center_id, team=line.team, **hours)
        ShiftMember.objects.bulk_create([ShiftMember(shift=shift, user=user) for user in people])
        publish_shift(changed, shift, at)
        return
    for user in people:
        turn = DeskShift.objects.create(center_id=line.center_id, owner=user, **hours)
        publish_desk_shift(changed, turn, at)
