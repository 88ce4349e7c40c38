"""What a run of engines begins with, and what it must end with; both run inside the server's environment.

`manage.py shell -c "from tests.engine.world import fill; fill(30)"` before the start, `facts()` beside it.
"""

import json
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.db.models import Count

from fieldops.cases.actions.people import Who
from fieldops.cases.models import Case, CaseEvent
from fieldops.dispatch.models import Assignment, Message
from fieldops.lib.clock import now
from fieldops.outcomes.models import Indicator, Note, VisitReport
from fieldops.places.models import Place
from fieldops.sync.models import Blob, Quarantined, RefusedCommand, SyncCommand
from fieldops.sync.snapshot import snapshot_for
from fieldops.teams.actions import open_installation
from fieldops.teams.actor import actor
from fieldops.teams.models import Center, Device, User
from fieldops.teams.wire import user_wire
from tests import make
from tests.bench.world import session_of
from tests.engine.machine import WORLD
from tests.verify import world_of


def fill(cases: int, crews: int = 1) -> None:
    """Make a town with cases ready to send, and everyone signed in; phones register by themselves."""
    open_installation(at=now())
    town = make.town()
    crew = [[town.users["alpha1"], town.users["alpha2"]]]
    shifts = [town.alpha]
    for number in range(2, crews + 1):
        pair = [make.user(town.center, f"crew{number}-{who}", "member") for who in (1, 2)]
        shifts.append(make.crew(town.center, f"Crew {number}", pair))
        crew.append(pair)
    Device.objects.all().delete()
    rows = [make.at_bank(town, make.called(town, make.case(town))) for _ in range(cases)]
    world = {
        "desk": session_of(town.users["supervisor"]),
        "teams": [str(shift.team_id) for shift in shifts],
        "shifts": [str(shift.pk) for shift in shifts],
        "crews": [[member.username for member in pair] for pair in crew],
        "cases": [str(row.pk) for row in rows],
        "phones": {member.username: phone_of(member) for pair in crew for member in pair},
    }
    (Path(settings.DATA_DIR) / WORLD).write_text(json.dumps(world))


def more(cases: int) -> None:
    """Add as many cases ready to send, and print their ids: a long life uses up what it began with."""
    center = Center.objects.get(code="fuling")
    users = {row.username: row for row in User.objects.filter(posts__center=center)}
    bank = Place.objects.filter(center=center, kind="bank_branch").first()
    first = Case.objects.count()
    at_town = SimpleNamespace(center=center, bank=bank, by=lambda name: actor(users[name]))
    people = [Who(name="王庆和", phone=f"139{number:08d}") for number in range(first, first + cases)]
    rows = [make.at_bank(at_town, make.called(at_town, make.case(at_town, who=who))) for who in people]
    print(json.dumps([str(row.pk) for row in rows]))


def phone_of(member: User) -> dict[str, Any]:
    """Return what a member's phone is switched on with."""
    return {"session": session_of(member), "user": user_wire(member)}


def facts() -> dict[str, Any]:
    """Return what the server holds now."""
    phones = Device.objects.select_related("user")
    return {
        "commands": list(_commands()),
        "refused": RefusedCommand.objects.count(),
        "notes": _counts(Note),
        "indicators": _counts(Indicator),
        "messages": _counts(Message),
        "lines": dict(Counter(text for text, _ in _lines())),
        "at": {text: at.isoformat() for text, at in _lines()},
        "reports": [
            {
                "assignment": str(row.assignment_id),
                "author": str(row.author_id),
                "prevented": row.prevented_fen,
            }
            for row in VisitReport.objects.all()
        ],
        "photos": _by_name(Blob.objects.filter(done_at__isnull=False)),
        "quarantined": _by_name(Quarantined.objects.all()),
        "devices": {row.user.username: str(row.pk) for row in phones},
        "pending": {row.user.username: row.pending for row in phones if row.pending},
        "lost": [row.user.username for row in phones if row.storage_lost_at],
        "wiped": [row.user.username for row in phones if row.wiped_at],
        "steps": _steps(),
        "assignments": {str(row.pk): row.status for row in Assignment.objects.all()},
    }


def worlds(names: list[str]) -> dict[str, Any]:
    """Return what these members' phones ought to hold now."""
    members = User.objects.filter(username__in=names)
    return {row.username: world_of(snapshot_for(user=row, device=None, at=now())) for row in members}


def _commands() -> Any:
    fields = ("cmd_id", "seq", "type", "state", "result", "user_id")
    for row in SyncCommand.objects.order_by("user_id", "received_at", "seq").values(*fields):
        yield {**row, "cmd_id": str(row["cmd_id"]), "user_id": str(row["user_id"])}


def _counts(model: Any) -> dict[str, int]:
    return {str(row["pk"]): row["n"] for row in model.objects.values("pk").annotate(n=Count("pk"))}


def _by_name(rows: Any) -> dict[str, int]:
    names = dict(User.objects.values_list("pk", "username"))
    return dict(Counter(names[user_id] for user_id in rows.values_list("user_id", flat=True)))


def _lines() -> list[tuple[str, Any]]:
    """The words of notes, messages and photos, as often as they stand on the timeline, and when."""
    codes = ("note", "message", "photo.added")
    lines = CaseEvent.objects.filter(code__in=codes).values_list("params", "at")
    return [(str(params["text"]), at) for params, at in lines if params.get("text")]


def _steps() -> list[str]:
    """A visit's steps that stand on the timeline more than once; none may."""
    codes = ("set_out", "arrived", "concluded")
    rows = CaseEvent.objects.filter(code__in=codes).values("case_id", "code").annotate(n=Count("pk"))
    visits = Counter(Assignment.objects.values_list("case_id", flat=True))
    return [f"{row['case_id']} {row['code']} {row['n']}" for row in rows if row["n"] > visits[row["case_id"]]]
