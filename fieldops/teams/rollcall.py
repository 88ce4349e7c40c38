"""Roll call: every crew on shift with its people, phones and fixes, in one read however many crews."""

import datetime as dt
import uuid
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db.models import OuterRef, QuerySet, Subquery

from fieldops.teams.models import Duty, ShiftMember
from fieldops.teams.wire import ring_state

COLUMNS = (
    "shift_id",
    "shift__team_id",
    "shift__team__call_sign",
    "shift__team__lng",
    "shift__team__lat",
    "user_id",
    "user__name",
    "duty",
    "user__position__lng",
    "user__position__lat",
    "user__position__fix_at",
    "user__devices__last_seen_at",
    "user__devices__can_ring",
    "user__devices__ring_problem",
    "user__devices__revoked_at",
    "shift__team__skills",
    "rest_from",
)


@dataclass(frozen=True)
class OnTeam:
    """The team a crew is on."""

    pk: uuid.UUID
    call_sign: str
    lng: float
    lat: float
    skills: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fix:
    """Where a member last was."""

    lng: float
    lat: float
    fix_at: dt.datetime


@dataclass(frozen=True)
class Phone:
    """What is known of a member's phone."""

    last_seen_at: dt.datetime
    can_ring: bool
    ring_problem: str


@dataclass
class Hand:
    """One member on shift."""

    user_id: uuid.UUID
    name: str
    duty: str
    fix: Fix | None
    phone: Phone | None = None
    rest_until: dt.datetime | None = None  # rest he is owed since the turn before this one


@dataclass
class Crew:
    """The people of a shift, now; `pk` is the shift's."""

    pk: uuid.UUID
    center_id: uuid.UUID
    team: OnTeam
    hands: dict[uuid.UUID, Hand] = field(default_factory=dict)

    @property
    def team_id(self) -> uuid.UUID:
        return self.team.pk

    @property
    def stands_by(self) -> bool:
        return any(hand.duty == Duty.STANDBY for hand in self.hands.values())

    def resting(self, at: dt.datetime) -> list[dict[str, str]]:
        """Return who is still owed rest after the turn before, and until when."""
        owed = ((hand.name, hand.rest_until) for hand in self.hands.values())
        return [{"name": name, "until": until.isoformat()} for name, until in owed if until and until > at]

    def silent(self, at: dt.datetime) -> list[dict[str, str]]:
        """Return whose phone cannot ring now, and why."""
        states = [(hand.name, *ring_state(hand.phone, at)) for hand in self.hands.values()]
        return [{"name": name, "problem": problem} for name, can, problem in states if not can]


def crews_on(center_id: uuid.UUID, at: dt.datetime) -> list[Crew]:
    """Return the centre's crews whose shift covers `at`, by call sign."""
    rows = ShiftMember.objects.filter(
        shift__center_id=center_id, shift__starts_at__lte=at, shift__ends_at__gt=at
    ).order_by("shift__team__call_sign", "shift_id", "pk")
    rows = rows.annotate(rest_from=Subquery(_turn_before()))
    crews: dict[uuid.UUID, Crew] = {}
    for row in rows.values_list(*COLUMNS):
        _call(crews, center_id, dict(zip(COLUMNS, row, strict=True)))
    return list(crews.values())


def _turn_before() -> QuerySet[ShiftMember, Any]:
    """Return when the person's turn before this one ended: from then on rest was owed."""
    before = ShiftMember.objects.filter(
        user=OuterRef("user_id"), shift__ends_at__lte=OuterRef("shift__starts_at")
    )
    return before.order_by("-shift__ends_at").values("shift__ends_at")[:1]


def _call(crews: dict[uuid.UUID, Crew], center_id: uuid.UUID, row: dict[str, Any]) -> None:
    """Put one row (a member with one of his phones) where it belongs; the phone last heard of is his."""
    crew = crews.get(row["shift_id"])
    if crew is None:
        pk, call_sign, lng, lat = (row[name] for name in COLUMNS[1:5])
        team = OnTeam(pk, call_sign, lng, lat, tuple(row["shift__team__skills"]))
        crew = crews[row["shift_id"]] = Crew(row["shift_id"], center_id, team)
    hand = crew.hands.get(row["user_id"])
    if hand is None:
        fix = Fix(*(row[name] for name in COLUMNS[8:11])) if row["user__position__fix_at"] else None
        hand = crew.hands[row["user_id"]] = Hand(row["user_id"], row["user__name"], row["duty"], fix)
        if row["rest_from"]:
            hand.rest_until = row["rest_from"] + dt.timedelta(hours=settings.ROSTER_MIN_REST_H)
    seen = row["user__devices__last_seen_at"]
    if seen and not row["user__devices__revoked_at"] and (not hand.phone or seen > hand.phone.last_seen_at):
        hand.phone = Phone(seen, row["user__devices__can_ring"], row["user__devices__ring_problem"])
