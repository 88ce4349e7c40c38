"""Read the roster: turns of people, staffing of lines, gaps, swaps."""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.conf import settings
from django.db.models import Prefetch, QuerySet

from fieldops.lib.clock import LOCAL, local
from fieldops.lib.errors import NotFound
from fieldops.teams.access import visible
from fieldops.teams.models import (
    DayOut,
    DeskShift,
    Holiday,
    Post,
    RosterLine,
    Shift,
    ShiftMember,
    Swap,
    User,
)
from fieldops.teams.roster.pattern import Pattern, days_from, hours_on, rests_on, runs_on
from fieldops.teams.roster.rules import Limits, Turn

AROUND = dt.timedelta(days=8)  # what rest and a week's hours can depend on


@dataclass(frozen=True)
class Named:
    """A person in a cell."""

    user_id: uuid.UUID
    name: str
    stands_in: bool = False


@dataclass
class Cell:
    """One line on one day: its turn, who is on it, how many lack."""

    line: RosterLine
    day: dt.date
    state: str  # on, rest (by rotation), out (pattern, holiday, or taken out)
    starts_at: dt.datetime
    ends_at: dt.datetime
    shift: Shift | None = None
    people: list[Named] = field(default_factory=list)
    turns: list[DeskShift] = field(default_factory=list)

    @property
    def missing(self) -> int:
        """How many people lack; nobody where the line does not run."""
        return max(0, self.line.needed - len(self.people)) if self.state == "on" else 0


def limits() -> Limits:
    """Return the centre's limits."""
    return Limits(settings.ROSTER_MIN_REST_H, settings.ROSTER_WEEK_HOURS)


def pattern_of(line: RosterLine) -> Pattern:
    """Return what of the line decides its days."""
    return Pattern(
        starts=line.starts,
        minutes=line.minutes,
        weekdays=frozenset(line.weekdays),
        off_on_holidays=line.holidays == "off",
        groups=tuple(tuple(group) for group in line.groups),
        step_days=line.step_days,
        anchor=line.anchor,
    )


def lines_of(center_id: uuid.UUID, on: dt.date) -> list[RosterLine]:
    """Return the lines that are not retired by `on`, in the order of the page."""
    rows = RosterLine.objects.filter(center_id=center_id).select_related("team")
    return [line for line in rows if line.retired_on is None or line.retired_on > on]


def holidays_of(center_id: uuid.UUID, first: dt.date, last: dt.date) -> dict[dt.date, Holiday]:
    """Return the holidays and make-up days by date."""
    rows = Holiday.objects.filter(center_id=center_id, date__gte=first, date__lte=last)
    return {row.date: row for row in rows}


def turns_of(
    users: Iterable[uuid.UUID], first: dt.datetime, last: dt.datetime
) -> dict[uuid.UUID, list[Turn]]:
    """Return who is on when, crews and desk alike, between two instants."""
    ids = list(users)
    found: dict[uuid.UUID, list[Turn]] = defaultdict(list)
    crews = ShiftMember.objects.filter(user__in=ids, shift__starts_at__lt=last, shift__ends_at__gt=first)
    for row in crews.select_related("shift"):
        starts_at = row.joined_at or row.shift.starts_at
        found[row.user_id].append(Turn(starts_at, row.shift.ends_at, f"shift:{row.shift_id}"))
    desks = DeskShift.objects.filter(owner__in=ids, starts_at__lt=last, ends_at__gt=first)
    for turn in desks:
        found[turn.owner_id].append(Turn(turn.starts_at, turn.ends_at, f"desk:{turn.pk}"))
    return found


def turns_around(users: Iterable[uuid.UUID], turn: Turn) -> dict[uuid.UUID, list[Turn]]:
    """Return the turns near enough to matter to `turn`."""
    return turns_of(users, turn.starts_at - AROUND, turn.ends_at + AROUND)


def table(center_id: uuid.UUID, first: dt.date, days: int) -> list[list[Cell]]:
    """Return a row of cells for each line, whatever their number, in a fixed number of reads."""
    wanted = days_from(first, days)
    last = wanted[-1]
    lines = lines_of(center_id, first)
    offs = {date: row.off for date, row in holidays_of(center_id, first, last).items()}
    outs = set(
        DayOut.objects.filter(line__in=lines, day__gte=first, day__lte=last).values_list("line_id", "day")
    )
    shifts = _shifts_by_cell(lines, first, last)
    turns = _turns_by_cell(lines, first, last)
    return [[_cell(line, day, offs, outs, shifts, turns) for day in wanted] for line in lines]


def _shifts_by_cell(
    lines: list[RosterLine], first: dt.date, last: dt.date
) -> dict[tuple[uuid.UUID | None, dt.date | None], Shift]:
    people = ShiftMember.objects.select_related("user").order_by("user__username")
    rows = Shift.objects.filter(line__in=lines, day__gte=first, day__lte=last)
    rows = rows.select_related("team").prefetch_related(Prefetch("members", people))
    return {(row.line_id, row.day): row for row in rows}


def _turns_by_cell(
    lines: list[RosterLine], first: dt.date, last: dt.date
) -> dict[tuple[uuid.UUID | None, dt.date | None], list[DeskShift]]:
    found = defaultdict(list)
    rows = DeskShift.objects.filter(line__in=lines, day__gte=first, day__lte=last).select_related("owner")
    for row in rows.order_by("owner__username", "starts_at"):
        found[(row.line_id, row.day)].append(row)
    return found


def _cell(
    line: RosterLine,
    day: dt.date,
    offs: dict[dt.date, bool],
    outs: set[tuple[uuid.UUID, dt.date]],
    shifts: dict[tuple[uuid.UUID | None, dt.date | None], Shift],
    turns: dict[tuple[uuid.UUID | None, dt.date | None], list[DeskShift]],
) -> Cell:
    pattern = pattern_of(line)
    starts_at, ends_at = hours_on(pattern, day)
    state = "on"
    if (
        (line.pk, day) in outs
        or not runs_on(pattern, day, offs)
        or (line.retired_on and day >= line.retired_on)
    ):
        state = "out"
    elif rests_on(pattern, day):
        state = "rest"
    cell = Cell(line, day, state, starts_at, ends_at)
    cell.shift = shifts.get((line.pk, day))
    cell.turns = turns.get((line.pk, day), [])
    if cell.shift:
        cell.people = [Named(m.user_id, m.user.name, m.stands_in) for m in cell.shift.members.all()]
    cell.people += [Named(turn.owner_id, turn.owner.name) for turn in _last_owners(cell.turns)]
    if cell.people and state != "on":
        cell.state = "on"  # somebody is on all the same: put in by hand
    return cell


def _last_owners(turns: list[DeskShift]) -> list[DeskShift]:
    """Return the turns that run to the end: one cut short by who took the desk is no second person."""
    last = max((turn.ends_at for turn in turns), default=None)
    return [turn for turn in turns if turn.ends_at == last]


def gaps(center_id: uuid.UUID, *, at: dt.datetime, days: int | None = None) -> list[Cell]:
    """Return the turns ahead that lack people, the nearest first."""
    days = days or settings.ROSTER_GAP_DAYS
    today = local(at).date()
    # From yesterday: last night's turn may still run.
    cells = [cell for row in table(center_id, today - dt.timedelta(days=1), days + 1) for cell in row]
    return sorted(
        (cell for cell in cells if cell.missing and cell.ends_at > at),
        key=lambda cell: (cell.starts_at, cell.line.order, cell.line.name),
    )


def swaps_for(user: User) -> QuerySet[Swap]:
    """Return the swaps a user may see: the desk all of the centre, a member his own; the newest first."""
    rows = visible(Swap.objects.all(), user).select_related("asked_by", "decided_by")
    return rows.prefetch_related(
        "consents__user", "legs__giver", "legs__taker", "legs__shift__team", "legs__desk_shift__line"
    ).order_by("-asked_at")


def person_of(center_id: uuid.UUID, user_id: object) -> User:
    """Return one of the centre's active people. Raises NotFound."""
    found = User.objects.filter(pk=str(user_id), posts__center_id=center_id, is_active=True).first()
    if found is None:
        raise NotFound()
    return found


def people_of(center_id: uuid.UUID) -> list[Post]:
    """Return who can be put on the roster: crew members and the desk's people, with their role."""
    rows = Post.objects.filter(
        center_id=center_id, role__in=["member", "duty", "supervisor"], user__is_active=True
    )
    return list(rows.select_related("user").order_by("role", "user__username"))


def day_start(day: dt.date) -> dt.datetime:
    """Return midnight in Asia/Shanghai at the day's beginning."""
    return dt.datetime.combine(day, dt.time(0), LOCAL)
