"""A roster for tests: a team with three groups in turn on 24 h from 08:30, days as short words."""

import datetime as dt
from dataclasses import dataclass, field

from django.utils import timezone

from fieldops.lib.clock import LOCAL
from fieldops.teams.models import RosterLine, Shift, Team, User
from fieldops.teams.roster.actions import apply_template, plan_turns
from tests import make

HOUR = dt.timedelta(hours=1)


def at(text: str) -> dt.datetime:
    """Return `11-22 08:30` of 2026 (or `2028-02-29 08:30`) in Shanghai."""
    day, _, time = text.partition(" ")
    full = day if len(day) > 5 else f"2026-{day}"
    return dt.datetime.combine(dt.date.fromisoformat(full), dt.time.fromisoformat(time or "00:00"), LOCAL)


def day(text: str) -> dt.date:
    """Return a date; the year is 2026 where none is named."""
    return at(text).date()


@dataclass
class Roster:
    """A line, its team and people, and the moment it is looked at."""

    town: make.Town
    team: Team
    line: RosterLine
    people: dict[str, User]
    now: dt.datetime = field(default_factory=timezone.now)

    def by(self, name: str):
        return make.actor(self.person(name))

    def person(self, name: str) -> User:
        return self.people.get(name) or self.town.users[name]

    def shift(self, text: str) -> Shift:
        return Shift.objects.get(line=self.line, day=day(text))

    def names(self, text: str) -> list[str]:
        """Return who is on, by user name."""
        return sorted(self.shift(text).members.values_list("user__username", flat=True))


def roster(
    town: make.Town, *, planned_from: str = "12-01", days: int = 9, now: str = "11-30 12:00"
) -> Roster:
    """Six people in three groups (a1 a2, b1 b2, c1 c2) in turn on a team, planned from a day on."""
    people = {name: make.user(town.center, name, "member") for name in ("a1", "a2", "b1", "b2", "c1", "c2")}
    team = Team.objects.create(center=town.center, call_sign="Delta", lng=107.4, lat=29.71)
    pairs = [("a1", "a2"), ("b1", "b2"), ("c1", "c2")]
    (line,) = apply_template(
        center_id=town.center.pk,
        template="day_long",
        name="Delta",
        team=team,
        groups=[[str(people[name].pk) for name in pair] for pair in pairs],
        anchor=day(planned_from),
        by=town.by("supervisor"),
        at=at(now),
    )
    made = Roster(town, team, line, people, at(now))
    if days:
        plan_turns(
            center_id=town.center.pk,
            first=day(planned_from),
            days=days,
            by=town.by("supervisor"),
            at=made.now,
        )
    return made
