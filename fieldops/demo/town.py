"""The demonstration centre: people, teams, roster, places, feed key. Running it again adds what lacks."""

import datetime as dt
from dataclasses import dataclass, field

from django.contrib.auth.hashers import make_password

from fieldops.feed.changes import change
from fieldops.intake.actions import make_feed_key
from fieldops.intake.models import FeedKey
from fieldops.lib.clock import LOCAL, local
from fieldops.places.actions import load_places
from fieldops.places.geojson import fuling
from fieldops.places.models import Place
from fieldops.teams.actions import give_post
from fieldops.teams.models import Center, DeskShift, Duty, Role, RosterLine, Shift, ShiftMember, Team, User

PASSWORD = "fieldops-demo"
FEED_KEY, FEED_SECRET = "demo-city", "fieldops-demo-feed-secret"
CENTER = {"name": "涪陵区反诈中心", "phone": "023-0000-0001", "lng": 107.3893, "lat": 29.7031}

PEOPLE: dict[str, tuple[str, str]] = {
    "supervisor": ("周岚", Role.SUPERVISOR),
    "duty": ("唐雪", Role.DUTY),
    "analyst": ("郭颖", Role.ANALYST),
    "auditor": ("严正", Role.AUDITOR),
    "admin": ("罗敏", Role.ADMIN),
    "alpha1": ("陈默", Role.MEMBER),
    "alpha2": ("刘畅", Role.MEMBER),
    "bravo1": ("杨帆", Role.MEMBER),
    "bravo2": ("赵宁", Role.MEMBER),
    "charlie1": ("吴桐", Role.MEMBER),
    "charlie2": ("孙悦", Role.MEMBER),
    "delta1": ("邓禾", Role.MEMBER),
    "delta2": ("蒋一鸣", Role.MEMBER),
}


@dataclass(frozen=True)
class Crew:
    """A team as the demo begins: who, where based, when its 24 h begin, what its people are doing."""

    call_sign: str
    people: tuple[str, str]
    base: str  # a station's code; empty is the centre itself
    starts: dt.time
    duty: str


# Two teams change in the morning, two in the evening: the centre is never between two shifts. The first two
# are off duty until their phones say otherwise; the others have no phone, so nothing is pretended of one.
CREWS = (
    Crew("机动1队", ("alpha1", "alpha2"), "", dt.time(8, 30), Duty.OFF),
    Crew("机动2队", ("bravo1", "bravo2"), "ST-07", dt.time(8, 30), Duty.OFF),
    Crew("机动3队", ("charlie1", "charlie2"), "ST-03", dt.time(20, 30), Duty.STANDBY),
    Crew("机动4队", ("delta1", "delta2"), "ST-10", dt.time(20, 30), Duty.BREAK),
)
DAYS_BACK, DAYS_AHEAD = 32, 14
DAY = dt.timedelta(days=1)


@dataclass
class Town:
    """What the seed works with."""

    center: Center
    users: dict[str, User]
    teams: list[Team]
    places: dict[str, Place]
    shifts: dict[object, list[Shift]] = field(default_factory=dict)

    def of_kind(self, kind: str) -> list[Place]:
        return [place for place in self.places.values() if place.kind == kind]


def build_town(*, at: dt.datetime) -> Town:
    """Make or complete the centre and return it."""
    with change():
        center, _ = Center.objects.get_or_create(code="fuling", defaults=CENTER)
        load_places(center=center, data=fuling(), at=at)
        places = {
            place.code: place for place in Place.objects.filter(center=center).prefetch_related("contacts")
        }
        users = _people(center)
        teams = [_team(center, crew, places) for crew in CREWS]
        for team, crew in zip(teams, CREWS, strict=True):
            _roster(team, crew, users, at)
        _desk(center, users["duty"], at)
        if not FeedKey.objects.filter(key=FEED_KEY).exists():
            make_feed_key(center=center, source="city", key=FEED_KEY, secret=FEED_SECRET, at=at)

        town = Town(center, users, teams, places)
        for shift in Shift.objects.filter(center=center).prefetch_related("members").order_by("starts_at"):
            town.shifts.setdefault(shift.team_id, []).append(shift)
        return town


def _people(center: Center) -> dict[str, User]:
    """Make who is missing. One hash serves all: the password is public, and thirteen take seconds."""
    hashed = make_password(PASSWORD)
    found: dict[str, User] = {}
    for number, (username, (name, role)) in enumerate(PEOPLE.items(), start=1):
        is_admin = role == Role.ADMIN
        fresh = {
            "name": name,
            "password": hashed,
            "phone": f"023-0000-2{number:03d}",
            "is_staff": is_admin,
            "is_superuser": is_admin,
        }
        user, made = User.objects.get_or_create(username=username, defaults=fresh)
        if made:
            give_post(user=user, center_id=center.pk, role=role)
        found[username] = user
    return found


def _team(center: Center, crew: Crew, places: dict[str, Place]) -> Team:
    base = places.get(crew.base)
    lng, lat = (base and base.lng_lat) or (center.lng, center.lat)
    fresh = {"base_name": base.name if base else center.name, "lng": lng, "lat": lat}
    team, _ = Team.objects.get_or_create(center=center, call_sign=crew.call_sign, defaults=fresh)
    return team


def _roster(team: Team, crew: Crew, users: dict[str, User], at: dt.datetime) -> None:
    """Put the crew on back-to-back shifts of 24 h, from the last one there is up to a fortnight ahead."""
    last = Shift.objects.filter(team=team).order_by("-ends_at").first()
    today = dt.datetime.combine(local(at).date(), crew.starts, LOCAL)
    starts = last.ends_at if last else today - DAYS_BACK * DAY
    line = _line(team, crew, users, local(starts).date())
    shifts: list[Shift] = []
    while starts <= today + DAYS_AHEAD * DAY:
        on = {"line": line, "day": local(starts).date()}
        shifts.append(
            Shift(center_id=team.center_id, team=team, starts_at=starts, ends_at=starts + DAY, **on)
        )
        starts += DAY
    Shift.objects.bulk_create(shifts)
    ShiftMember.objects.bulk_create(
        [
            ShiftMember(shift=shift, user=users[name], duty=crew.duty, since=shift.starts_at)
            for shift in shifts
            for name in crew.people
        ]
    )


def _line(team: Team, crew: Crew, users: dict[str, User], anchor: dt.date) -> RosterLine:
    """Return the team's roster line: the demo's two people every day, so that each sign-in is on duty."""
    fresh = {
        "team": team,
        "starts": crew.starts,
        "minutes": 24 * 60,
        "weekdays": list(range(7)),
        "groups": [[str(users[name].pk) for name in crew.people]],
        "anchor": anchor,
    }
    line, _ = RosterLine.objects.get_or_create(center_id=team.center_id, name=crew.call_sign, defaults=fresh)
    return line


def _desk(center: Center, owner: User, at: dt.datetime) -> None:
    """Give the duty officer the desk up to a fortnight ahead."""
    until = at + DAYS_AHEAD * DAY
    if not DeskShift.objects.filter(owner=owner, ends_at__gt=at + DAY).exists():
        DeskShift.objects.create(center=center, owner=owner, starts_at=at - DAY, ends_at=until)
