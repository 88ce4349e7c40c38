"""Fill a server's database for the phone's tests, by `manage.py shell`."""

import datetime as dt
from typing import Any

from django.contrib.auth.hashers import make_password

from fieldops.cases.actions import say_whereabouts
from fieldops.dispatch.actions import accept_assignment, arrive, recall_assignment, set_out
from fieldops.lib.clock import now
from fieldops.teams.actions import add_shift
from fieldops.teams.actor import actor
from fieldops.teams.models import Device, Shift, User
from tests import make
from tests.browser import PASSWORD

CREWS = [
    "walk", "checkin", "halt", "offline", "kill", "out", "update", "lock", "tabs",
    "aside", "gone", "wipe", "road", "sent", "over", "unfit",
]  # fmt: skip
BANK = "江城银行滨江路支行"
AT_WORK = ["checkin", "halt"]


def fill() -> dict[str, Any]:
    """Make a crew and a case for each test; return their ids."""
    town = make.town()
    _as_it_is_called(town)
    made = {name: _crew(town, name) for name in CREWS}
    cases = {name: str(_case(town).pk) for name in CREWS}
    _due_for_check_in(town, made["checkin"])
    _called_off(town, made["halt"])
    _who_comes_next(town, made["over"])
    Device.objects.all().delete()  # the real ones register themselves
    # One hash for all: what makes guessing dear would make each test slow.
    User.objects.update(password=make_password(PASSWORD))
    teams = {name: str(shift.team_id) for name, shift in made.items()}
    signs = {name: shift.team.call_sign for name, shift in made.items()}
    return {"teams": teams, "cases": cases, "signs": signs}


def _crew(town: make.Town, name: str) -> Shift:
    people = [make.user(town.center, f"{name}{n}", "member") for n in (1, 2)]
    town.users |= {person.username: person for person in people}
    # Those with work in hand are on duty; the others go on duty in their test.
    sign = f"机动{CREWS.index(name) + 1}队"
    return make.crew(town.center, sign, people, duty="standby" if name in AT_WORK else "off")


def _as_it_is_called(town: make.Town) -> None:
    """Name what stands on the pictures as a crew would."""
    town.center.name, town.bank.name = "涪陵区反诈中心", BANK
    town.center.save(update_fields=["name"])
    town.bank.save(update_fields=["name"])


def _case(town: make.Town) -> Any:
    row = make.called(town, make.case(town))
    by = town.by("duty")
    return say_whereabouts(
        case_id=row.pk, source="call", by=by, at=now(), place=town.bank, detail="一楼大厅，在柜台排队"
    )


def _who_comes_next(town: make.Town, shift: Shift) -> None:
    """The team's next turn is other people's."""
    people = [make.user(town.center, f"next{n}", "member") for n in (1, 2)]
    hours = dt.timedelta(hours=8)
    add_shift(
        team=shift.team, members=people, starts_at=shift.ends_at, ends_at=shift.ends_at + hours, at=now()
    )


def _due_for_check_in(town: make.Town, shift: Shift) -> None:
    """With the person for so long that the first check-in is due."""
    at = now() - dt.timedelta(seconds=20 * 60 + 5)
    taken = make.offered(town, shift=shift, at=at)
    by = actor(town.users["checkin1"])
    for move in (accept_assignment, set_out, arrive):
        move(assignment_id=taken.pk, by=by, at=at)


def _called_off(town: make.Town, shift: Shift) -> None:
    offer = make.offered(town, shift=shift)
    recall_assignment(assignment_id=offer.pk, by=town.by("supervisor"), at=now(), reason="家人已经劝住")
