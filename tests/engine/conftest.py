"""One server, one breaking network and one swarm for all engines' tests; each test takes its own crew."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from tests.chaos import Chaos, chaos
from tests.engine.machine import desk_client, facts_of, world_at
from tests.engine.swarm import Swarm, node, swarm
from tests.servers import Server, manage, run_server

ENV = {"DJANGO_SETTINGS_MODULE": "tests.engine.settings", "FIELDOPS_LOG": "WARNING"}
# Crew 0 and the first cases are the machine's.
CREWS, CASES = 14, 26


def fill(cases: int, crews: int) -> Any:
    """Return what fills a server's database before its start."""
    code = f"from tests.engine.world import fill; fill({cases}, {crews})"
    return lambda env: manage(env, "shell", "-c", code)


@dataclass
class Rig:
    """What a test plays with."""

    server: Server
    net: Chaos
    phones: Swarm
    world: dict[str, Any]
    desk: httpx.Client
    _crews: Iterator[int] = field(init=False)

    def __post_init__(self) -> None:
        self._crews = iter(range(1, CREWS))
        self._cases = iter(self.world["cases"][self.machine_cases :])

    @property
    def machine_cases(self) -> int:
        return CASES - CREWS

    def next_crew(self) -> int:
        return next(self._crews)

    def next_case(self) -> str:
        return str(next(self._cases))

    def has(self, cmd_ids: list[str]) -> bool:
        """Tell whether the server has these commands."""
        return set(cmd_ids) <= {row["cmd_id"] for row in self.facts()["commands"]}

    def crew(self) -> "Crew":
        """Take the next crew, its first phone switched on."""
        crew = Crew(self, self.next_crew())
        self.phones.make(crew.phone, self.world)
        self.phones.until(crew.phone, lambda state: state["known"], "did not start")
        return crew

    def offer(self, number: int) -> dict[str, Any]:
        """Send a crew to a new case; return the assignment."""
        body = {"team": self.world["teams"][number], "reason": "nobody else is free"}
        answer = self.desk.post(f"/api/v1/cases/{self.next_case()}/offer", json=body)
        assert answer.status_code == 201, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def facts(self) -> dict[str, Any]:
        return facts_of(self.server)


@dataclass
class Crew:
    """A crew whose first member acts."""

    rig: Rig
    number: int
    visit: dict[str, Any] = field(default_factory=dict)

    @property
    def phone(self) -> str:
        name: str = self.rig.world["crews"][self.number][0]
        return name

    def sent(self) -> "Crew":
        """The desk sends the crew, and the phone shows it."""
        self.visit = self.rig.offer(self.number)
        self.rig.phones.until(self.phone, lambda _: self.status() == "offered", "no offer")
        return self

    def status(self) -> str:
        shown = self.ask("visits")
        found = [str(row["status"]) for row in shown if row["id"] == self.visit["id"]]
        return found[0] if found else ""

    def ask(self, do: str, **more: Any) -> Any:
        return self.rig.phones.ask(self.phone, do, **more)

    def act(self, kind: str, args: Any = None, **more: Any) -> Any:
        """Give a command about the visit."""
        about_case = kind in ("note", "state", "indicator", "photo")
        named = {"kind": "case", "id": self.visit["case_id"]}
        if not about_case:
            named = {"kind": "assignment", "id": self.visit["id"]}
        return self.ask("act", type=kind, subject=named, args=args or {}, **more)

    def note(self, text: str) -> Any:
        return self.act("note", {"id": "new", "text": text})

    def settle(self) -> None:
        self.rig.phones.until_settled(self.phone)


@pytest.fixture(scope="package")
def shared_rig() -> Iterator[Rig]:
    if node() is None:
        pytest.skip("the phone app's packages are not installed: make front")
    with (
        run_server(ENV, prepare=fill(CASES, CREWS)) as server,
        chaos(server.port) as net,
        swarm(net.url) as phones,
    ):
        world = world_at(server)
        with desk_client(server, world["desk"]) as desk:
            yield Rig(server, net, phones, world, desk)


@pytest.fixture
def rig(shared_rig: Rig) -> Iterator[Rig]:
    """The rig on a clear day; whatever a test did to the network is undone, and its phones are off."""
    yield shared_rig
    shared_rig.phones.switch_off()
    net = shared_rig.net
    net.rate, net.down, net.delay_s = 0.0, False, (0.0, 0.0)
    net.forget()
