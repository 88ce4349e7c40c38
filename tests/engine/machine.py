"""A random life of two phones and a desk under faults and crashes, and the oracle at its end.

Every step is drawn from one seed. The script only does what a person could: it acts on what a phone draws.
"""

import functools
import itertools
import json
import random
import subprocess
import sys
import time
import uuid
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx

from tests.chaos import Chaos
from tests.engine.swarm import picture
from tests.servers import ROOT, Server, stop, wait_until

WORLD = "world.json"
TOKEN = "fieldopsfieldopsfieldopsfieldops"
NEXT = {"offered": "accept", "accepted": "set_out", "en_route": "arrive", "arrived": "conclude"}
LIVE = frozenset(NEXT)
CUTS = [(at, step) for at in ("submit", "settle", "feed") for step in ("before", "inside", "after")]
STATES = ("aware", "doubtful", "denies", "convinced", "transferring")
# Tables of a snapshot, and what the phone calls them.
TABLES = {
    "cases": "case",
    "calls": "call",
    "notices": "notice",
    "assignments": "assignment",
    "messages": "message",
    "reports": "report",
    "indicators": "indicator",
    "notes": "note",
    "lines": "line",
    "secrets": "secret",
}


class Phones(Protocol):
    """Phones that can be told what to do: under Node, or in a browser."""

    def ask(self, phone: str, do: str, **more: Any) -> Any: ...


def desk_client(server: Server, session: str) -> httpx.Client:
    """Return a signed-in desk."""
    return httpx.Client(
        base_url=server.url,
        headers={"X-CSRFToken": TOKEN, "Origin": server.url},
        cookies={"sessionid": session, "csrftoken": TOKEN},
        timeout=60,
    )


def world_at(server: Server) -> dict[str, Any]:
    """Return what the server's database was filled with."""
    world: dict[str, Any] = json.loads((server.data_dir / WORLD).read_text())
    return world


def facts_of(server: Server) -> dict[str, Any]:
    """Return what the server holds now, asked of one process that stays beside it."""
    found = _witnesses.get(server.port)
    if found is None:
        code = "from tests.engine.world import witness; witness()"
        command = [sys.executable, "manage.py", "shell", "-c", code]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        found = subprocess.Popen(command, cwd=ROOT, env=server.env, **pipes)  # type: ignore[call-overload]
        _witnesses[server.port] = found
    found.stdin.write("\n")
    found.stdin.flush()
    told: dict[str, Any] = json.loads(next(line for line in found.stdout if line.startswith("{")))
    return told


def forget_witness(server: Server) -> None:
    """End the process beside a server."""
    if found := _witnesses.pop(server.port, None):
        found.stdin.close()
        stop(found)


_witnesses: dict[int, Any] = {}


def sum_of(assignment: str, phone: str) -> int:
    """The prevented sum this member reports of this visit, in fen."""
    return zlib.crc32(f"{assignment} {phone}".encode()) % 9_000_000 + 1_000_000


@dataclass
class Machine:
    """One run."""

    server: Server
    net: Chaos
    phones: Phones
    crews: list[list[str]]
    seed: int
    cases: list[str]
    photos: bool = True
    deeds: "dict[Callable[[Machine, str], None], float]" = field(default_factory=lambda: DEEDS)
    pause_s: tuple[float, float] = (0.0, 0.01)
    saved: dict[str, str] = field(default_factory=dict)  # cmd_id → phone
    words: dict[str, str] = field(default_factory=dict)  # unique words of a saved fact → cmd_id
    count: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.world = world_at(self.server)
        self.teams = self.world["teams"][: len(self.crews)]
        self.desk = desk_client(self.server, self.world["desk"])
        self.offline: set[str] = set()
        self._serial = 0

    # --- the life

    def run(self, steps: int) -> None:
        """Live `steps` steps; then the weather clears, the phones wake, and everything goes up."""
        self.live(itertools.repeat(None, steps))

    def live(self, moments: Iterable[object]) -> None:
        """Live a step a moment."""
        self.begin()
        deeds, weights = list(self.deeds), list(self.deeds.values())
        for _ in moments:
            deed = self.random.choices(deeds, weights)[0]
            self.count[deed.__name__] = self.count.get(deed.__name__, 0) + 1
            deed(self, self.random.choice(self.names))
            time.sleep(self.random.uniform(*self.pause_s))
        self.clear()

    def begin(self) -> None:
        """Send every crew to its first case, and wait until its phones draw it: a life begins with work."""
        for team, crew in zip(self.teams, self.crews, strict=True):
            self.desk_offers(crew[0], team)
            for phone in crew:
                wait_until(functools.partial(self.visit, phone), f"{phone} draws no offer")

    @property
    def names(self) -> list[str]:
        return [phone for crew in self.crews for phone in crew]

    def clear(self) -> None:
        """Let the network hold, and switch every phone on."""
        self.net.rate, self.net.down, self.net.delay_s = 0.0, False, (0.0, 0.0)
        for phone in self.names:
            self.phones.ask(phone, "cut", at=None)
            self.phones.ask(phone, "start")
            self.phones.ask(phone, "offline", on=False)
        self.offline.clear()

    def act(
        self, phone: str, kind: str, subject: tuple[str, str], args: Any = None, **more: Any
    ) -> str | None:
        """Give a command on a phone; return its id if the screen may say "saved"."""
        named = {"kind": subject[0], "id": subject[1]}
        cmd_id: str | None = self.phones.ask(phone, "act", type=kind, subject=named, args=args or {}, **more)
        if cmd_id:
            self.saved[cmd_id] = phone
        return cmd_id

    def visit(self, phone: str) -> dict[str, Any] | None:
        """Return the visit this phone draws: one under way, else the last."""
        visits: list[dict[str, Any]] = self.phones.ask(phone, "visits")
        return next((row for row in visits if row["status"] in LIVE), visits[0] if visits else None)

    def unique(self, word: str) -> str:
        self._serial += 1
        return f"{word}-{self.names[0]}-{self._serial}"

    # --- deeds

    def note(self, phone: str) -> None:
        if visit := self.visit(phone):
            text = self.unique("note")
            if cmd_id := self.act(phone, "note", ("case", visit["case_id"]), {"id": "new", "text": text}):
                self.words[text] = cmd_id

    def say(self, phone: str) -> None:
        visit = self.visit(phone)
        if visit and visit["status"] in ("accepted", "en_route", "arrived"):
            text = self.unique("say")
            if cmd_id := self.act(phone, "say", ("assignment", visit["id"]), {"id": "new", "text": text}):
                self.words[text] = cmd_id

    def indicator(self, phone: str) -> None:
        if visit := self.visit(phone):
            value = f"62220000{self.random.randrange(10**8):08d}"
            self.act(
                phone,
                "indicator",
                ("case", visit["case_id"]),
                {"id": "new", "kind": "account", "value": value},
            )

    def tell_state(self, phone: str) -> None:
        if visit := self.visit(phone):
            args = {"victim_state": self.random.choice(STATES)}
            self.act(phone, "state", ("case", visit["case_id"]), args)

    def photo(self, phone: str) -> None:
        visit = self.visit(phone)
        if visit and self.photos:
            self._serial += 1
            text = self.unique("photo")
            taken = {"base64": picture(self._serial), "case_id": visit["case_id"]}
            args = {"id": "new", "caption": text}
            if cmd_id := self.act(phone, "photo", ("case", visit["case_id"]), args, photo=taken):
                self.words[text] = cmd_id

    def move(self, phone: str) -> None:
        """Do what the screen offers next."""
        visit = self.visit(phone)
        if visit and visit["stand_down"]:
            self.act(phone, "confirm_stand_down", ("assignment", visit["id"]))
        if not visit or visit["status"] not in NEXT:
            return
        kind = NEXT[visit["status"]]
        args: dict[str, Any] = {}
        if kind == "accept" and self.random.random() < 0.05:
            kind, args = "decline", {"reason": "other"}
        if kind == "conclude":
            args = {"report": self.report(visit["id"], phone)}
        self.act(phone, kind, ("assignment", visit["id"]), args)

    def report(self, assignment: str, phone: str) -> dict[str, Any]:
        prevented = {"prevented_fen": sum_of(assignment, phone), "prevented_basis": "balance_seen"}
        rest = {"lost_fen": 0, "lost_basis": "none", "stopped_fen": 0, "stopped_basis": "none"}
        heard = {"met": "person", "state_after": "aware", "effect": "dissuaded", "scam_type": "SD"}
        return {"id": str(uuid.uuid4()), **heard, **prevented, **rest}

    def tunnel(self, phone: str) -> None:
        """Into the lift, or out of it."""
        away = phone not in self.offline
        (self.offline.add if away else self.offline.discard)(phone)
        self.phones.ask(phone, "offline", on=away, knows=self.random.random() < 0.5)

    def weather(self, _phone: str) -> None:
        """The network gets worse or better."""
        self.net.rate = self.random.choice([0.0, 0.0, 0.2, 0.5])
        self.net.delay_s = self.random.choice([(0.0, 0.0), (0.0, 0.1)])

    def fault(self, _phone: str) -> None:
        faults = ("before", "mid_body", "unanswered", "mid_answer", "truncated")
        self.net.next("sync/commands", self.random.choice(faults))

    def lines_die(self, _phone: str) -> None:
        self.random.choice([self.net.cut, self.net.silence])()

    def crash(self, phone: str) -> None:
        self.phones.ask(phone, "crash")

    def cut(self, phone: str) -> None:
        """Let the battery die in the middle of one of the next writes."""
        at, step = self.random.choice(CUTS)
        self.phones.ask(phone, "cut", at=at, step=step)

    def start(self, phone: str) -> None:
        self.phones.ask(phone, "start")

    def desk_offers(self, _phone: str, team: str = "") -> None:
        """Send a crew that has nothing to do to the next case; a refusal is an answer too."""
        if not self.cases:
            return
        team = team or self.random.choice(self.teams)
        body = {"team": team, "reason": "nobody else is free"}
        answer = self.desk.post(f"/api/v1/cases/{self.cases[0]}/offer", json=body)
        assert answer.status_code < 500, answer.text
        if answer.status_code == 201:
            self.cases.pop(0)

    def desk_says(self, phone: str) -> None:
        visit = self.visit(phone)
        if visit and visit["status"] in LIVE:
            url = f"/api/v1/assignments/{visit['id']}/messages"
            answer = self.desk.post(url, json={"text": self.unique("desk")})
            assert answer.status_code < 500, answer.text

    def desk_recalls(self, phone: str) -> None:
        visit = self.visit(phone)
        if visit and visit["status"] in LIVE:
            answer = self.desk.post(
                f"/api/v1/assignments/{visit['id']}/recall", json={"reason": "another matter"}
            )
            assert answer.status_code < 500, answer.text


# What may happen, and how often.
DEEDS: dict[Callable[[Machine, str], None], float] = {
    Machine.note: 20,
    Machine.say: 10,
    Machine.indicator: 8,
    Machine.tell_state: 6,
    Machine.photo: 0.5,
    Machine.move: 18,
    Machine.tunnel: 6,
    Machine.weather: 2,
    Machine.fault: 4,
    Machine.lines_die: 1,
    Machine.crash: 2,
    Machine.cut: 3,
    Machine.start: 10,
    Machine.desk_offers: 6,
    Machine.desk_says: 3,
    Machine.desk_recalls: 0.4,
}


# --- the oracle


def judge(machine: Machine) -> dict[str, int]:
    """Fail unless nothing was lost, nothing doubled, and everyone has the same; return what was counted."""
    names = machine.names
    held = facts_of(machine.server)
    for _ in range(5):
        bases = {name: machine.phones.ask(name, "world")["base"] for name in names}
        different = [line for name in names for line in differences(held["worlds"][name], bases[name], name)]
        if not different:
            break
        # A timer of the server may have spoken in between.
        for name in names:
            machine.phones.ask(name, "wake")
        held = facts_of(machine.server)
    assert not different, different[:5]

    ours = {machine.world["phones"][name]["user"]["id"] for name in names}
    held["everyones"] = held["commands"]
    held["commands"] = [row for row in held["commands"] if row["user_id"] in ours]
    rows = {row["cmd_id"]: row for row in held["commands"]}
    ever = {cmd_id for name in names for cmd_id in machine.phones.ask(name, "ever")}
    assert len(rows) == len(held["commands"])
    lost = [cmd_id for cmd_id in machine.saved if cmd_id not in rows]
    assert not lost, f"saved and lost: {lost[:5]}"
    strange = [cmd_id for cmd_id in rows if cmd_id not in ever]
    assert not strange, f"never on a phone: {strange[:5]}"
    bad = [row for row in rows.values() if row["result"]["outcome"] in ("dead_letter", "deferred")]
    assert not bad, bad[:3]
    assert held["refused"] == 0
    check_effects(machine, held, rows)
    backward = [line for name in names for line in machine.phones.ask(name, "state")["backward"]]
    assert not backward, backward[:5]
    return {"commands": len(rows), "saved": len(machine.saved), "lines": len(machine.words)}


def check_effects(machine: Machine, held: dict[str, Any], rows: dict[str, Any]) -> None:
    """Every saved fact stands exactly once on the timeline; sums are the script's; steps stand once."""
    wrong = {text: held["lines"].get(text, 0) for text in machine.words if held["lines"].get(text, 0) != 1}
    refused = {
        text for text, cmd_id in machine.words.items() if rows[cmd_id]["result"]["outcome"] == "conflict"
    }
    wrong = {text: times for text, times in wrong.items() if not (times == 0 and text in refused)}
    assert not wrong, f"facts not exactly once: {wrong}"
    unique = {text: n for text, n in held["lines"].items() if f"-{machine.names[0]}-" in text}
    assert all(n == 1 for n in unique.values()), unique
    # How a person seemed to a crew called off is only written down: once for each command.
    states = [row for row in held["everyones"] if row["type"] == "state"]
    late = [row for row in states if row["result"]["outcome"] == "flagged"]
    assert sum(n for text, n in held["lines"].items() if text.startswith("state ")) == len(late)
    assert not held["steps"], held["steps"]
    users = {own["user"]["id"]: name for name, own in machine.world["phones"].items()}
    told = [(row["assignment"], users[row["author"]], row["prevented"]) for row in held["reports"]]
    assert len({(assignment, who) for assignment, who, _ in told}) == len(told)
    script = [sum_of(assignment, who) for assignment, who, _ in told]
    assert [prevented for *_, prevented in told] == script
    concluded = {pk for pk, status in held["assignments"].items() if status == "concluded"}
    assert concluded <= {assignment for assignment, *_ in told}


def differences(ours: dict[str, Any], theirs: dict[str, Any], name: str) -> list[str]:
    """Return where a phone's confirmed world is not the server's."""
    found = []
    for table, kind in TABLES.items():
        for pk, row in ours[table].items():
            if theirs[kind].get(pk) != row:
                found.append(f"{name} {kind} {pk}: {row} != {theirs[kind].get(pk)}")
    return found
