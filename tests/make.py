"""Plain factories with keyword overrides: a small town, its people, and work in any state.

Cast: `duty` and `supervisor` sit at the desk; `alpha1` and `alpha2` are the first crew, `bravo1` and `bravo2`
the second; `stranger` is the neighbouring centre's duty officer, `intruder` its crew member: neither may see
anything.
"""

import datetime as dt
import functools
import hashlib
import itertools
import json
import uuid
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.hashers import make_password
from django.test import Client

from fieldops.cases.actions import close_call, close_case, open_call, open_case, say_whereabouts
from fieldops.cases.actions.life import Danger
from fieldops.cases.actions.people import Who
from fieldops.cases.models import Case
from fieldops.dispatch.actions import accept_assignment, arrive, offer_assignment, set_out
from fieldops.dispatch.models import Assignment
from fieldops.lib.clock import iso, now
from fieldops.lib.ids import new_id
from fieldops.outcomes.actions import conclude_visit
from fieldops.places.models import Contact, Place
from fieldops.sync.apply import apply_command
from fieldops.teams.actions import add_shift
from fieldops.teams.actor import Actor, actor
from fieldops.teams.models import Center, DeskShift, Device, Post, Shift, ShiftMember, Team, User

BACKEND = "django.contrib.auth.backends.ModelBackend"
PASSWORD = "correct-horse-battery"
BANK = (107.3901, 29.7012)
_serial = itertools.count(1)


@dataclass
class Town:
    """Everything a test of the work needs."""

    center: Center
    users: dict[str, User]
    alpha: Shift
    bravo: Shift
    bank: Place
    school: Place
    station: Place
    other: Center
    at: dt.datetime = field(default_factory=now)

    def __getattr__(self, name: str) -> User:
        try:
            return self.users[name]
        except KeyError:
            raise AttributeError(name) from None

    def by(self, name: str) -> Actor:
        return actor(self.users[name])


def user(center: Center | None, username: str, role: str = "duty", **fields: Any) -> User:
    """Make a person with a role."""
    phone = f"023-0000-{next(_serial):04d}"
    made = User.objects.create(username=username, password=_hashed(), name=username, phone=phone, **fields)
    if center:
        Post.objects.create(user=made, center=center, role=role)
    return made


@functools.cache
def _hashed() -> str:
    """Hash the password once: a good hash takes half a second, and everybody has the same one."""
    return make_password(PASSWORD)


def center(code: str = "fuling") -> Center:
    """Make a centre."""
    return Center.objects.create(name=code, code=code, phone="023-0000-0001", lng=107.39, lat=29.703)


def crew(
    home: Center, call_sign: str, members: list[User], *, duty: str = "standby", rings: bool = True
) -> Shift:
    """Make a team with a shift that covers now, its members on standby with phones that ring."""
    at = now()
    team = Team.objects.create(center=home, call_sign=call_sign, lng=107.40, lat=29.71)
    hours = dt.timedelta(hours=4)
    shift = add_shift(team=team, members=members, starts_at=at - hours, ends_at=at + hours, at=at)
    ShiftMember.objects.filter(shift=shift).update(duty=duty, since=at)
    for member in members:
        device(member, can_ring=rings)
    return Shift.objects.select_related("team").get(pk=shift.pk)


def device(owner: User, **fields: Any) -> Device:
    """Make a phone that was heard of just now."""
    at = now()
    values: dict[str, Any] = {
        "can_ring": True,
        "heard_at": at,
        "last_seen_at": at,
        "registered_at": at,
        **fields,
    }
    return Device.objects.create(id=new_id(), epoch=new_id(), user=owner, **values)


def town() -> Town:
    """Make the town."""
    home, other = center("fuling"), center("wanzhou")
    people = {name: user(home, name, role) for name, role in ROLES.items()}
    people["stranger"] = user(other, "stranger", "duty")
    people["intruder"] = user(other, "intruder", "member")
    at = now()
    DeskShift.objects.create(
        center=home,
        owner=people["duty"],
        starts_at=at - dt.timedelta(hours=4),
        ends_at=at + dt.timedelta(hours=4),
    )
    return Town(
        center=home,
        users=people,
        alpha=crew(home, "Alpha", [people["alpha1"], people["alpha2"]]),
        bravo=crew(home, "Bravo", [people["bravo1"], people["bravo2"]]),
        bank=place(home, "bank_branch", "Binjiang branch", *BANK),
        school=place(home, "school", "Jiangdong College", 107.41, 29.72, code="JD01"),
        station=place(home, "station", "Binjiang station", 107.395, 29.705, around=True),
        other=other,
        at=at,
    )


ROLES = {
    "duty": "duty",
    "duty2": "duty",
    "supervisor": "supervisor",
    "analyst": "analyst",
    "auditor": "auditor",
    "alpha1": "member",
    "alpha2": "member",
    "bravo1": "member",
    "bravo2": "member",
}
CONTACTS = {
    "bank_branch": ["lobby_manager"],
    "school": ["security_office", "counsellor", "class_teacher"],
    "station": ["station_desk", "beat_officer"],
}


def place(
    home: Center, kind: str, name: str, lng: float, lat: float, *, code: str = "", around: bool = False
) -> Place:
    """Make a place with its contacts; `around` gives it an area of about a kilometre."""
    d = 0.02
    ring = [
        [lng - d, lat - d],
        [lng + d, lat - d],
        [lng + d, lat + d],
        [lng - d, lat + d],
        [lng - d, lat - d],
    ]
    made = Place.objects.create(
        center=home,
        kind=kind,
        name=name,
        code=code,
        point={"type": "Point", "coordinates": [lng, lat]},
        area={"type": "Polygon", "coordinates": [ring]} if around else None,
    )
    for order, role in enumerate(CONTACTS.get(kind, []), 1):
        Contact.objects.create(
            place=made, order=order, role=role, name=f"{role} {order}", phone=f"023-0000-9{order:03d}"
        )
    return made


def alert_body(**overrides: Any) -> dict[str, Any]:
    """Return an alert as the city sends it."""
    number = next(_serial)
    body: dict[str, Any] = {
        "external_id": f"CQ-{uuid.uuid4().hex[:10]}",
        "issued_at": iso(now()),
        "level": "critical",
        "family": "money",
        "source": "city",
        "scam_type": "SD",
        "person": {"name": "王庆和", "phone": f"1380000{number:04d}", "address": "江东 1 号"},
        "place": {"lng": 107.36, "lat": 29.69, "crs": "wgs84", "text": "江东小区 3 栋"},
        "suspect": {"accounts": ["6222000011114471"], "phones": ["00852-5551177"]},
        "amount_at_risk_fen": 6_000_000,
    }
    return {**body, **overrides}


def case(at_town: Town, *, who: Who | None = None, at: dt.datetime | None = None, **danger: Any) -> Case:
    """Open a case by an alert: critical, task rebate, 60,000 yuan at risk, home address known."""
    at = at or now()
    who = who or Who(name="王庆和", phone=f"1380001{next(_serial):04d}", address="江东 1 号")
    values: dict[str, Any] = {
        "level": "critical",
        "issued_at": at,
        "family": "money",
        "source": "city",
        "scam_type": "SD",
        "amount_at_risk_fen": 6_000_000,
        "place_text": "home",
        "lng": 107.36,
        "lat": 29.69,
        "suspects": {"accounts": ["6222000011114471"]},
        **danger,
    }
    return open_case(center_id=at_town.center.pk, who=who, danger=Danger(**values), at=at)[0]


def called(
    at_town: Town, row: Case, *, result: str = "connected", state: str = "convinced", **more: Any
) -> Case:
    """Phone the person once and record it."""
    by = at_town.by("duty")
    call = open_call(case_id=row.pk, by=by, at=now())
    close_call(call_id=call.pk, result=result, state_after=state, by=by, at=now(), **more)
    return Case.objects.get(pk=row.pk)


def closed(at_town: Town, row: Case, disposition: str = "handled") -> Case:
    """Close the case."""
    return close_case(case_id=row.pk, disposition=disposition, by=at_town.by("duty"), at=now())


def charlie(at_town: Town) -> Shift:
    """Put a third crew on duty."""
    people = [user(at_town.center, name, "member") for name in ("charlie1", "charlie2")]
    at_town.users |= {person.username: person for person in people}
    return crew(at_town.center, "Charlie", people)


def at_bank(at_town: Town, row: Case) -> Case:
    """Say that he is in the bank now."""
    by = at_town.by("duty")
    return say_whereabouts(case_id=row.pk, source="call", by=by, at=now(), place=at_town.bank, detail="lobby")


def offered(at_town: Town, row: Case | None = None, *, shift: Shift | None = None, **more: Any) -> Assignment:
    """Offer a case to a crew (Alpha)."""
    row = row or at_bank(at_town, called(at_town, case(at_town)))
    by = more.pop("by", at_town.by("duty"))
    more.setdefault("reason", "nobody else is free")
    return offer_assignment(
        case_id=row.pk, shift=shift or at_town.alpha, by=by, at=more.pop("at", now()), **more
    )


def accepted(at_town: Town, row: Case | None = None, **more: Any) -> Assignment:
    """An assignment alpha1 has accepted."""
    return accept_assignment(
        assignment_id=offered(at_town, row, **more).pk, by=at_town.by("alpha1"), at=now()
    ).assignment


def arrived(at_town: Town, row: Case | None = None) -> Assignment:
    """An assignment whose crew is with the person."""
    taken = accepted(at_town, row)
    set_out(assignment_id=taken.pk, by=at_town.by("alpha1"), at=now())
    return arrive(assignment_id=taken.pk, by=at_town.by("alpha1"), at=now(), position=BANK).assignment


def conclude(at_town: Town, row: Assignment, who: str = "alpha1", **answers: Any) -> Assignment:
    """End the visit with a complete report."""
    by = at_town.by(who)
    return conclude_visit(assignment_id=row.pk, report=report(**answers), by=by, at=now()).assignment


def report(**overrides: Any) -> dict[str, Any]:
    """Return a complete report: met, dissuaded, 60,000 yuan prevented on the balance seen."""
    answers: dict[str, Any] = {
        "id": str(new_id()),
        "met": "person",
        "state_after": "aware",
        "effect": "dissuaded",
        "scam_type": "SD",
        "lost_fen": 0,
        "lost_basis": "none",
        "prevented_fen": 6_000_000,
        "prevented_basis": "balance_seen",
        "stopped_fen": 0,
        "stopped_basis": "none",
    }
    return {**answers, **overrides}


def envelope(
    kind: str, subject: tuple[str, Any], args: dict[str, Any] | None = None, **overrides: Any
) -> dict[str, Any]:
    """Return a phone's command."""
    return {
        "cmd_id": str(new_id()),
        "seq": next(_serial),
        "type": kind,
        "v": 1,
        "subject": {"kind": subject[0], "id": str(subject[1])},
        "base_version": 1,
        "args": args or {},
        "occurred_at": iso(now()),
        "offset_ms": 0,
        "offset_age_s": 1,
        "pos": None,
        "app": "test",
        **overrides,
    }


def sent(command: dict[str, Any]) -> dict[str, str]:
    """Return a command as it travels: text and hash."""
    text = json.dumps(command, ensure_ascii=False)
    return {"text": text, "sha": hashlib.sha256(text.encode()).hexdigest()}


def send_command(phone_user: User, command: dict[str, Any]) -> dict[str, Any]:
    """Apply a command as this person's phone sends it."""
    phone = Device.objects.filter(user=phone_user).first() or device(phone_user)
    return apply_command(user=phone_user, device=phone, at=now(), **sent(command))


class Api:
    """The API as one person sees it."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def __call__(self, who: User) -> "Api":
        self.client.force_login(who, backend=BACKEND)
        return self

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1/{path}", query)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.client.post(
            f"/api/v1/{path}", body or {}, content_type="application/json", headers=headers
        )

    def patch(self, path: str, body: Any = None) -> Any:
        return self.client.patch(f"/api/v1/{path}", body or {}, content_type="application/json")
