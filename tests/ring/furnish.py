"""Fill a server's database with a crew of one for each dead phone; `manage.py shell` runs it there."""

from typing import Any

from django.contrib.auth.hashers import make_password

from fieldops.teams.models import Device, User
from tests import make
from tests.browser import PASSWORD

PHONES = ["swallowed", "frozen", "killed"]


def fill() -> dict[str, Any]:
    """Make a crew of one and a case for each phone; return their ids and numbers."""
    town = make.town()
    made = {}
    for name in PHONES:
        person = make.user(town.center, name, "member")
        shift = make.crew(town.center, name.capitalize(), [person], duty="off")
        # Not critical: nothing is sent by itself in this scene.
        case = make.at_bank(town, make.called(town, make.case(town, level="high")))
        made[name] = {"team": str(shift.team_id), "case": str(case.pk), "phone": person.phone}
    low = make.at_bank(town, make.called(town, make.case(town, level="low")))
    made["nobody"] = {"team": str(town.alpha.team_id), "case": str(low.pk), "phone": town.alpha1.phone}
    Device.objects.all().delete()  # the real ones register themselves
    User.objects.update(password=make_password(PASSWORD))
    return made
