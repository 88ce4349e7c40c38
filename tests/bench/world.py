"""A centre with many crews on duty, cases ready to send, and everyone already signed in.

Run inside the server's environment: `manage.py shell -c "from tests.bench.world import fill; fill(200, 60)"`
"""

import json
from importlib import import_module
from pathlib import Path

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

from fieldops.lib.clock import now
from fieldops.teams.actions import open_installation
from fieldops.teams.models import Device, User
from tests import make


def fill(phones: int, cases: int) -> None:
    """Write `bench.json` into the data folder: the desk's session, each phone's, the team, the cases."""
    open_installation(at=now())
    town = make.town()
    crew = [town.users["alpha1"], town.users["alpha2"]]
    for number in range(2, (phones + 1) // 2 + 1):
        pair = [make.user(town.center, f"crew{number}-{who}", "member") for who in (1, 2)]
        make.crew(town.center, f"Crew {number}", pair)
        crew += pair
    rows = [make.at_bank(town, make.called(town, make.case(town))) for _ in range(cases)]
    world = {
        "desk": session_of(town.users["supervisor"]),
        "team": str(town.alpha.team_id),
        "cases": [str(row.pk) for row in rows],
        "phones": [phone_of(member) for member in crew[:phones]],
    }
    (Path(settings.DATA_DIR) / "bench.json").write_text(json.dumps(world))


def phone_of(member: User) -> dict[str, str]:
    """Return what a phone knows of itself, its session included."""
    device = Device.objects.get(user=member)
    return {"session": session_of(member), "device_id": str(device.pk), "epoch": str(device.epoch)}


def session_of(member: User) -> str:
    """Sign a person in without the price of checking a password two hundred times."""
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(member.pk)
    session[BACKEND_SESSION_KEY] = make.BACKEND
    session[HASH_SESSION_KEY] = member.get_session_auth_hash()
    session.create()
    return str(session.session_key)
