"""Twenty phones without a screen: each keeps what it saved and sends the same bytes until it is answered."""

import json
import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx

from fieldops.lib.ids import new_id
from tests import make
from tests.servers import wait_until

CSRF = "c" * 32
GIVE_UP_S = 300
# Crews of two, each with a case of its own; sessions are made here, since signing in is slow on purpose.
FURNISH = """
import json
from django.conf import settings
from importlib import import_module
from fieldops.dispatch.actions import accept_assignment
from fieldops.lib.clock import now
from fieldops.teams.actions import open_installation
from tests import make
from django.contrib.auth.hashers import PBKDF2PasswordHasher
PBKDF2PasswordHasher.iterations = 1
open_installation(at=now())
town = make.town()
Store = import_module(settings.SESSION_ENGINE).SessionStore
found = []
for number in range({crews}):
    people = [make.user(town.center, f"p{{number}}{{letter}}", "member") for letter in "ab"]
    shift = make.crew(town.center, f"Crew {{number}}", people)
    row = make.offered(town, make.at_bank(town, make.called(town, make.case(town))), shift=shift)
    accept_assignment(assignment_id=row.pk, by=make.actor(people[0]), at=now())
    for user in people:
        session = Store()
        session["_auth_user_id"] = str(user.pk)
        session["_auth_user_backend"] = make.BACKEND
        session["_auth_user_hash"] = user.get_session_auth_hash()
        session.create()
        phone = user.devices.get()
        found.append({{"session": session.session_key, "device_id": str(phone.pk), "epoch": str(phone.epoch),
                      "assignment": str(row.pk), "case": str(row.case_id), "user": str(user.pk)}})
print("phones", json.dumps(found))
"""


@dataclass
class Saved:
    """A command as it lies on the phone's disk, and the first answer it ever got."""

    command: dict[str, Any]
    sent: dict[str, str]
    answer: dict[str, Any] | None = None


@dataclass
class Phone:
    """One phone."""

    ids: dict[str, str]
    url: str
    random: random.Random
    seq: int = 0
    disk: list[Saved] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    settled: int = 0

    def save(self, kind: str, subject: str, args: dict[str, Any] | None = None) -> None:
        """Put a command on the disk: from here on it must have exactly one effect."""
        self.seq += 1
        command = make.envelope(kind, (subject, self.ids[subject]), args, seq=self.seq)
        self.disk.append(Saved(command, make.sent(command)))

    def work(self, number: int, lines: int = 4) -> None:
        """Save what a crew member does in one round: notes, accounts, words, a report with a sum."""
        for line in range(lines):
            self.save("note", "case", {"id": str(new_id()), "text": f"round {number} line {line}"})
            account = {"id": str(new_id()), "kind": "account", "value": f"62220000{self.random.random()}"}
            self.save("indicator", "case", account)
        self.save("say", "assignment", {"id": str(new_id()), "text": f"round {number}"})
        self.prevented_fen = 100 * self.random.randint(1, 10**6)
        self.save(
            "report",
            "assignment",
            {"report": make.report(id=self.report_id, prevented_fen=self.prevented_fen)},
        )

    prevented_fen: int = 0
    report_id: str = field(default_factory=lambda: str(new_id()))

    def drain(self, stop: threading.Event) -> None:
        """Send until all is answered; whatever is not an answer means: send the same bytes again."""
        deadline = time.monotonic() + GIVE_UP_S
        with self.client() as client:
            while (open_ := [saved for saved in self.disk if saved.answer is None]) and not stop.is_set():
                if time.monotonic() > deadline:
                    self.wrong.append(f"{len(open_)} unsent after {GIVE_UP_S} s")
                    return
                batch = open_[: self.random.randint(1, 4)]
                if not self._post(client, batch):
                    time.sleep(self.random.uniform(0.2, 1))

    def say_again(self) -> None:
        """Send everything once more, as a phone whose answers were lost: each must be the stored answer."""
        with self.client() as client:
            for start in range(0, len(self.disk), 50):
                self._post(client, self.disk[start : start + 50], again=True)

    def send_all(self) -> list[bool]:
        """Send what has no answer yet; return for each whether the server had it already."""
        batch = [saved for saved in self.disk if saved.answer is None]
        self.replays = []
        with self.client() as client:
            for start in range(0, len(batch), 50):
                # A busy machine may answer "try again" first, as it may to any phone.
                wait_until(lambda begin=start: self._post(client, batch[begin : begin + 50]), "no answer")
        return self.replays

    replays: list[bool] = field(default_factory=list)
    refusals: Counter[int] = field(default_factory=Counter)

    def client(self) -> httpx.Client:
        """Return the phone's way to the server."""
        cookies = {"sessionid": self.ids["session"], "csrftoken": CSRF}
        headers = {"X-CSRFToken": CSRF, "Origin": self.url, "Referer": f"{self.url}/"}
        # Without TLS here: reading the authorities' certificates is what makes a client dear.
        return httpx.Client(base_url=self.url, cookies=cookies, headers=headers, timeout=20, verify=False)

    def _post(self, client: httpx.Client, batch: list[Saved], again: bool = False) -> bool:
        body = {
            "device_id": self.ids["device_id"],
            "epoch": self.ids["epoch"],
            "cursor": 0,
            "seen": [],
            "commands": [saved.sent for saved in batch],
        }
        try:
            answer = client.post("/api/v1/sync/commands", json=body)
        except httpx.TransportError:
            return False
        if answer.status_code != 200:
            self.refusals[answer.status_code] += 1
            if answer.status_code < 500:
                self.wrong.append(f"{answer.status_code} {answer.text[:200]}")
            return False
        for saved, result in zip(batch, answer.json()["results"], strict=True):
            self._settle(saved, result, again)
        return True

    def _settle(self, saved: Saved, result: dict[str, Any], again: bool) -> None:
        replayed = result.pop("replayed", False)
        self.replays.append(replayed)
        if result["cmd_id"] != saved.command["cmd_id"]:
            self.wrong.append(f"an answer to another command: {result}")
        if saved.answer is not None and saved.answer != result:
            self.wrong.append(f"two answers: {saved.answer} then {result}")
        if again and not replayed:
            self.wrong.append(f"applied a second time: {result}")
        if result["outcome"] not in ("applied", "noop", "flagged"):
            self.wrong.append(f"refused: {result}")
        self.settled += saved.answer is None
        saved.answer = result


def read_phones(printed: str, url: str, seed: int) -> list[Phone]:
    """Return the phones that FURNISH printed."""
    said = json.loads(printed.split("phones ", 1)[1])
    return [Phone(ids, url, random.Random(seed * 1000 + number)) for number, ids in enumerate(said)]
