"""What the two newest recorded apps send is taken by this server: one row and one effect each (§8.27)."""

import datetime as dt
import json
import re
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import models
from django.test import Client

from fieldops.cases.models import Case, CaseEvent
from fieldops.dispatch.actions import recall_assignment
from fieldops.dispatch.models import Assignment, Message
from fieldops.lib.clock import now
from fieldops.lib.sealed import open_row, seal_row
from fieldops.outcomes.models import Indicator, Note, ReportRevision, VisitReport
from fieldops.sync.commands import COMMANDS
from fieldops.sync.models import Blob, RefusedCommand, SyncCommand
from fieldops.teams.models import Device, Shift, ShiftMember
from tests import make
from tests.servers import ROOT
from tests.sync.recorded.tape import bytes_of

FOLDER = Path(__file__).parent / "recorded"
NEWEST = 2
# Which commands stand on the timeline once each, as what.
LINES = [
    (("accept",), ("accepted", "answered")),
    (("decline",), ("declined",)),
    (("set_out",), ("set_out",)),
    (("arrive",), ("arrived", "arrived.far")),
    (("conclude",), ("concluded",)),
    (("conclude", "report"), ("report.filed",)),
    (("correct",), ("report.corrected",)),
    (("confirm_stand_down",), ("stood_down",)),
    (("say",), ("message",)),
    (("ask_stop",), ("stop_asked",)),
    (("ask_call",), ("call_asked",)),
    (("check_in",), ("checked_in",)),
    (("help",), ("help", "help.over")),
    (("state", "conclude"), ("state.changed",)),
    (("indicator",), ("indicator.added",)),
    (("note",), ("note",)),
    (("photo",), ("photo.added",)),
    (("drop_photo",), ("photo.dropped",)),
]


def recordings() -> list[dict[str, Any]]:
    """Return the newest, the newest last."""
    found = [{"name": path.stem, **json.loads(path.read_text())} for path in FOLDER.glob("*.json")]
    return sorted(found, key=lambda one: str(one["recorded_at"]))[-NEWEST:]


def commands(recording: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield each envelope once, in the order it was first sent."""
    seen = set()
    for entry in recording["entries"]:
        if str(entry.get("path", "")).endswith("sync/commands"):
            for sent in json.loads(bytes_of(entry))["commands"]:
                envelope = json.loads(sent["text"])
                if envelope["cmd_id"] not in seen:
                    seen.add(envelope["cmd_id"])
                    yield envelope


class Replay:
    """A town as the recording's was, and its phones' bytes sent again at their own times."""

    def __init__(self, recording: dict[str, Any], clock: Any) -> None:
        self.recording, self.clock = recording, clock
        self.start = dt.datetime.fromisoformat(recording["recorded_at"])
        clock.move_to(self.start)
        self.town = make.town()
        self.crews = [self.town.alpha, *(self._crew(number) for number in (2, 3))]
        Device.objects.all().delete()
        for shift, pk in zip(self.crews, recording["shifts"], strict=True):
            reborn(shift, uuid.UUID(pk))
        self.crews = [Shift.objects.get(pk=pk) for pk in recording["shifts"]]
        self.clients: dict[str, Client] = {}

    def _crew(self, number: int) -> Shift:
        names = [f"crew{number}-{who}" for who in (1, 2)]
        self.town.users |= {name: make.user(self.town.center, name, "member") for name in names}
        return make.crew(self.town.center, f"Crew {number}", [self.town.users[name] for name in names])

    def play(self) -> list[tuple[dict[str, Any], Any]]:
        """Do and send everything, in order; return each request with its answer."""
        answers = []
        for entry in self.recording["entries"]:
            self.clock.move_to(self.start + dt.timedelta(seconds=entry["after_s"]))
            if "desk" in entry:
                self.desk(entry)
            else:
                answers.append((entry, self.send(entry)))
        return answers

    def desk(self, deed: dict[str, Any]) -> None:
        """Do what the desk did; what it makes is born with the recording's ids."""
        if deed["desk"] == "recall":
            by, reason = self.town.by("supervisor"), "he came by himself"
            recall_assignment(assignment_id=deed["assignment"], by=by, at=now(), reason=reason)
            return
        row = reborn(make.called(self.town, make.case(self.town)), uuid.UUID(deed["case"]))
        row = make.at_bank(self.town, row)
        offer = make.offered(self.town, row, shift=self.crews[deed["crew"]])
        reborn(offer, uuid.UUID(deed["assignment"]))

    def send(self, entry: dict[str, Any]) -> Any:
        """Send one request as it was sent."""
        headers = dict(entry["headers"])
        kind = headers.pop("Content-Type", "")
        client = self.client_of(entry["phone"])
        return client.generic(entry["method"], entry["path"], bytes_of(entry), kind, headers=headers)

    def client_of(self, name: str) -> Client:
        if name not in self.clients:
            self.clients[name] = Client()
            self.clients[name].force_login(self.town.users[name], backend=make.BACKEND)
        return self.clients[name]


def reborn(row: Any, pk: uuid.UUID) -> Any:
    """Give a row another id, and everything that points to it; sealed words are sealed anew."""
    words = open_row(row) if isinstance(row, Case) else None
    for link in type(row)._meta.get_fields(include_hidden=True):
        if isinstance(link, models.ManyToOneRel):
            name = link.field.name
            link.related_model._base_manager.filter(**{name: row.pk}).update(**{name: pk})
    type(row)._base_manager.filter(pk=row.pk).update(id=pk)
    row.pk = pk
    if words is not None:
        seal_row(row, words)
        row.save(update_fields=["sealed"])
    return type(row).objects.get(pk=pk)


def effects() -> dict[str, Any]:
    """Return all that commands leave behind, counted."""
    kept = (SyncCommand, RefusedCommand, Note, Indicator, Message, VisitReport, ReportRevision, Blob)
    return {
        "lines": Counter(CaseEvent.objects.values_list("code", flat=True)),
        "rows": {model.__name__: model.objects.count() for model in kept},
        "visits": sorted(Assignment.objects.values_list("pk", "status")),
        "duty": sorted(ShiftMember.objects.values_list("user__username", "duty")),
    }


@pytest.fixture
def replay(request: pytest.FixtureRequest, db: None, settings: Any, tmp_path: Path) -> Iterator[Replay]:
    keys = settings.DATA_KEYS_DIR
    settings.DATA_DIR, settings.DATA_KEYS_DIR = tmp_path, keys
    recording = request.param
    with time_machine.travel(recording["recorded_at"], tick=False) as clock:
        yield Replay(recording, clock)


def named(recording: dict[str, Any]) -> str:
    return str(recording["name"])


@pytest.mark.parametrize("replay", recordings(), ids=named, indirect=True)
def test_what_it_sends_is_taken_once(replay: Replay) -> None:
    sent = list(commands(replay.recording))

    for entry, answer in replay.play():
        # The feed of a server that was made anew is another: it says so, and a snapshot is taken.
        fresh = answer.status_code == 410 and answer.json()["code"] == "gen_changed"
        assert answer.status_code == entry["status"] or fresh, f"{entry['path']} {answer.content!r}"
        if "outcomes" in entry:
            results = answer.json()["results"]
            assert [[one["outcome"], one.get("code") or ""] for one in results] == entry["outcomes"]
        if entry["path"].endswith("sync/check"):
            assert answer.json()["ok"] is True

    kinds = Counter(envelope["type"] for envelope in sent)
    rows = SyncCommand.objects.filter(state=SyncCommand.State.SETTLED)
    assert {str(row.pk) for row in rows} == {envelope["cmd_id"] for envelope in sent}
    assert not RefusedCommand.objects.exists()
    after = effects()
    for given, codes in LINES:
        there, wanted = (
            sum(n[name] for name in names) for n, names in ((after["lines"], codes), (kinds, given))
        )
        assert there == wanted, f"{given}: {after['lines']}"
    assert ("alpha1", "standby") in after["duty"]
    made = {name: after["rows"][name] for name in ("Note", "Indicator", "Message", "VisitReport", "Blob")}
    assert made == {
        "Note": kinds["note"] + kinds["photo"], "Indicator": kinds["indicator"], "Message": kinds["say"],
        "VisitReport": kinds["conclude"] + kinds["report"], "Blob": 1,
    }  # fmt: skip

    again = [replay.send(entry) for entry in replay.recording["entries"] if "outcomes" in entry]

    assert all(one["replayed"] for answer in again for one in answer.json()["results"])
    assert effects() == after


def test_the_newest_is_of_this_version_and_has_every_command() -> None:
    """A new version, or a new command in it: `python -m tests.sync.recorded`."""
    newest = recordings()[-1]
    constants = (ROOT / "frontend/src/lib/constants.ts").read_text()
    version = re.search(r"APP_VERSION = '([^']+)'", constants)
    assert version

    assert newest["app"] == version[1]
    assert {envelope["type"] for envelope in commands(newest)} == set(COMMANDS)
    assert set(COMMANDS) == {"duty", *(kind for given, _codes in LINES for kind in given)}
