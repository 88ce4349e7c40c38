"""A random life of two phones and a desk under faults and crashes; tests/engine/oracle.py judges its end.

Every step is drawn from one seed. The script only does what a person could: it acts on what a phone draws.
"""

import functools
import itertools
import json
import random
import time
import uuid
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx

from tests.chaos import Chaos
from tests.engine.swarm import picture
from tests.servers import Server, wait_until

WORLD = "world.json"
TOKEN = "fieldopsfieldopsfieldopsfieldops"
NEXT = {"offered": "accept", "accepted": "set_out", "en_route": "arrive", "arrived": "conclude"}
LIVE = frozenset(NEXT)
CUTS = [(at, step) for at in ("submit", "settle", "feed") for step in ("before", "inside", "after")]
STATES = ("aware", "doubtful", "denies", "convinced", "transferring")


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
    """Return what the server holds now."""
    code = "import json; from tests.engine.world import facts; print(json.dumps(facts(), default=str))"
    told: dict[str, Any] = json.loads(server.python(code))
    return told


def worlds_of(server: Server, names: list[str]) -> dict[str, Any]:
    """Return what these members' phones ought to hold now."""
    code = "import json; from tests.engine.world import worlds; print(json.dumps(worlds(%r), default=str))"
    told: dict[str, Any] = json.loads(server.python(code % (names,)))
    return told


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
    supply: Callable[[], list[str]] = list  # more cases, when these are used up
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
        for phone in self.names:
            wait_until(lambda who=phone: self.phones.ask(who, "state")["known"], f"{phone} did not start")
        for team, crew in zip(self.teams, self.crews, strict=True):
            wait_until(functools.partial(self.offer, team), f"{crew} is sent nowhere")
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

    def desk_offers(self, _phone: str) -> None:
        self.offer(self.random.choice(self.teams))

    def offer(self, team: str) -> bool:
        """Send a crew that has nothing to do to the next case; a refusal is an answer too."""
        if not self.cases:
            self.cases = self.supply()
        if not self.cases:
            return False
        body = {"team": team, "reason": "nobody else is free"}
        done = self.press(f"cases/{self.cases[0]}/offer", body) == 201
        if done:
            self.cases.pop(0)
        return done

    def desk_says(self, phone: str) -> None:
        visit = self.visit(phone)
        if visit and visit["status"] in LIVE:
            self.press(f"assignments/{visit['id']}/messages", {"text": self.unique("desk")})

    def desk_recalls(self, phone: str) -> None:
        visit = self.visit(phone)
        if visit and visit["status"] in LIVE:
            self.press(f"assignments/{visit['id']}/recall", {"reason": "another matter"})

    def press(self, path: str, body: dict[str, Any]) -> int:
        """Send what the desk does; return the status. Told "busy", or nothing at all, it presses again."""
        for _ in range(5):
            try:
                answer = self.desk.post(f"/api/v1/{path}", json=body)
            except httpx.ReadTimeout:
                continue
            if answer.status_code != 503:
                assert answer.status_code < 500, answer.text
                return answer.status_code
        raise AssertionError(f"the desk is not answered: {path}")


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
