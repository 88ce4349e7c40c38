"""Lines of the roster: made from a template, changed, retired, taken out for a day."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fieldops.audit.actions import append
from fieldops.feed.changes import change
from fieldops.lib.clock import LOCAL, local
from fieldops.lib.db import locked
from fieldops.lib.errors import Invalid, NotFound, WrongState
from fieldops.teams.actions import publish_shift
from fieldops.teams.actor import Actor
from fieldops.teams.models import DayOut, DeskShift, Post, RosterLine, Shift, Team
from fieldops.teams.roster.actions.deskturns import publish_desk_shift
from fieldops.teams.roster.actions.gaps import raise_gaps
from fieldops.teams.roster.queries import day_start
from fieldops.teams.roster.templates import TEMPLATES
from fieldops.timers.actions import set_timer
from fieldops.timers.models import Timer

DAILY_AT = dt.time(9, 0)
DESK_ROLES = ("duty", "supervisor")


def apply_template(
    *,
    center_id: uuid.UUID,
    template: str,
    name: str,
    groups: Sequence[Sequence[str]],
    anchor: dt.date,
    by: Actor,
    at: dt.datetime,
    team: Team | None = None,
    needed: int = 2,
    step_days: int = 1,
) -> list[RosterLine]:
    """Make the lines of a template with these groups in turn; lines of that name already there are returned.

    Raises Invalid (`groups`) for people who are not the centre's or not of the right role.
    """
    with change():
        specs = TEMPLATES[template][1]
        names = [f"{name} {spec.suffix}".strip() for spec in specs]
        there = list(RosterLine.objects.filter(center_id=center_id, name__in=names, retired_on__isnull=True))
        if len(there) == len(names):
            return there
        turns = _checked(center_id, groups, team)

        lines: list[RosterLine] = []
        order = RosterLine.objects.filter(center_id=center_id).count()
        for spec, line_name in zip(specs, names, strict=True):
            cut = -spec.shift_by % len(turns) if turns else 0
            lines.append(
                RosterLine.objects.create(
                    center_id=center_id, team=team, name=line_name, starts=spec.starts, minutes=spec.minutes,
                    needed=needed, weekdays=list(spec.weekdays), holidays=spec.holidays,
                    groups=turns[cut:] + turns[:cut], step_days=step_days, anchor=anchor,
                    order=order + len(lines),
                )
            )  # fmt: skip

        for line in lines:
            _record("roster.line", line, by, at)
        start_daily(center_id=center_id, at=at)
        return lines


def change_line(*, line_id: uuid.UUID, by: Actor, at: dt.datetime, **values: Any) -> RosterLine:
    """Change a line's groups, people needed, weekdays or holidays; turns already planned stay as they are."""
    with change():
        line = _lock_line(line_id)
        if "groups" in values:
            values["groups"] = _checked(line.center_id, values["groups"], line.team)
        changes = {name: value for name, value in values.items() if getattr(line, name) != value}
        if not changes:
            return line

        for name, value in changes.items():
            setattr(line, name, value)
        line.version += 1
        line.save(update_fields=[*changes, "version"])

        _record("roster.line", line, by, at)
        raise_gaps(center_id=line.center_id, at=at)
        return line


def retire_line(*, line_id: uuid.UUID, on: dt.date, by: Actor, at: dt.datetime) -> RosterLine:
    """End a line from a day on; turns of that day and later that nobody has begun are taken away."""
    with change():
        line = _lock_line(line_id)
        if line.retired_on == on:
            return line

        line.retired_on = on
        line.version += 1
        line.save(update_fields=["retired_on", "version"])
        _clear(line, on, None, at)

        _record("roster.retire", line, by, at)
        raise_gaps(center_id=line.center_id, at=at)
        return line


def put_out(*, line_id: uuid.UUID, day: dt.date, reason: str, by: Actor, at: dt.datetime) -> DayOut:
    """Take a line out for one day on purpose; again is harmless. Raises WrongState once it has begun."""
    with change():
        line = _lock_line(line_id)
        if again := DayOut.objects.filter(line=line, day=day).first():
            return again
        if dt.datetime.combine(day, line.starts, LOCAL) <= at:
            raise WrongState("turn_begun", _("This shift has begun or is over."))

        out = DayOut.objects.create(line=line, day=day, reason=reason, by_id=by.user_id)
        _clear(line, day, day, at)

        _record("roster.day_out", line, by, at, reason=reason, extra={"day": day.isoformat()})
        raise_gaps(center_id=line.center_id, at=at)
        return out


def start_daily(*, center_id: uuid.UUID, at: dt.datetime) -> None:
    """Have the roster planned on and its gaps raised every morning from now on."""
    key = f"roster:{center_id}"
    if not Timer.objects.filter(key=key).exists():
        set_daily(center_id=center_id, at=at)


def set_daily(*, center_id: uuid.UUID, at: dt.datetime) -> None:
    """Set the next morning's timer."""
    today = local(at).date()
    due = dt.datetime.combine(today, DAILY_AT, LOCAL)
    due_at = due if due > at else due + dt.timedelta(days=1)
    payload = {"center_id": str(center_id)}
    set_timer(key=f"roster:{center_id}", kind="teams.roster_daily", due_at=due_at, payload=payload)


def _clear(line: RosterLine, first: dt.date, last: dt.date | None, at: dt.datetime) -> None:
    """Take away planned turns that have not begun: nothing hangs on them yet. Who was on one hears of it."""
    ahead = Q(line=line, day__gte=first, starts_at__gte=day_start(first), starts_at__gt=at)
    ahead &= Q(day__lte=last) if last else Q()
    with change() as changed:
        for shift in locked(Shift.objects).select_related("team").filter(ahead).order_by("pk"):
            people = list(shift.members.values_list("user_id", flat=True))
            shift.members.all().delete()
            shift.version += 1
            publish_shift(changed, shift, at, also=people)
            shift.delete()
        for turn in locked(DeskShift.objects).select_related("owner", "line").filter(ahead).order_by("pk"):
            turn.ends_at = turn.starts_at
            turn.version += 1
            publish_desk_shift(changed, turn, at)
            turn.delete()


def _lock_line(line_id: uuid.UUID) -> RosterLine:
    line = locked(RosterLine.objects).select_related("team").filter(pk=line_id).first()
    if line is None:
        raise NotFound()
    return line


def _checked(center_id: uuid.UUID, groups: Sequence[Sequence[str]], team: Team | None) -> list[list[str]]:
    """Return the groups as ids in text. Raises Invalid for a stranger or a wrong role."""
    roles = ("member",) if team else DESK_ROLES
    ours = Post.objects.filter(center_id=center_id, role__in=roles, user__is_active=True)
    known = {str(pk) for pk in ours.values_list("user_id", flat=True)}
    turns = [[str(user_id) for user_id in group] for group in groups]
    strange = sorted({user_id for group in turns for user_id in group} - known)
    twice = any(len(group) != len(set(group)) for group in turns)
    if strange or twice:
        raise Invalid(
            errors={"groups": [{"message": str(_("People of this centre only.")), "code": "people"}]}
        )
    return turns


def _record(verb: str, line: RosterLine, by: Actor, at: dt.datetime, **more: Any) -> None:
    append(
        verb=verb, subject_kind="roster_line", subject_id=line.pk, at=at, actor_id=by.user_id,
        center_id=line.center_id, **more,
    )  # fmt: skip
