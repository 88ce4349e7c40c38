"""Two lives: many steps of two phones, and many phones for a long time on a bad network."""

import json
import os
import random
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tests.chaos import chaos
from tests.engine.conftest import ENV, fill
from tests.engine.machine import DEEDS, Machine, facts_of, world_at
from tests.engine.oracle import judge
from tests.engine.swarm import Swarm, swarm
from tests.servers import Server, run_server

STEPS = int(os.environ.get("SOAK_STEPS", 100_000))
# A phone keeps what is settled for a day: a life is some shifts' worth of commands, not a year's.
LIFE = 10_000
MINUTES = float(os.environ.get("SOAK_MINUTES", 60))
CREWS = int(os.environ.get("SOAK_PHONES", 40)) // 2
SEED = int(os.environ.get("SOAK_SEED", random.randrange(10**6)))
LOSS, LATENCY_S = 0.3, 2.0
WITHIN_S = 900.0
# On a network that is bad all the time nobody changes the weather.
CROWD = {deed: weight for deed, weight in DEEDS.items() if deed not in (Machine.weather, Machine.fault)}


@contextmanager
def life(url: str | None, *, crews: int, cases: int, speed: float, seed: int = SEED) -> Iterator[Machine]:
    """Start a server on this database, a network and phones; yield a machine that has them."""
    print(f"   SOAK_SEED={seed}", flush=True)
    env = {**ENV, **({"DATABASE_URL": url} if url else {})}
    with ExitStack() as stack:
        server = stack.enter_context(run_server(env, prepare=fill(cases, crews)))
        net = stack.enter_context(chaos(server.port, seed=seed))
        phones = stack.enter_context(swarm(net.url, speed=speed, timeout_s=20 / speed))
        world = world_at(server)
        machine = Machine(server, net, phones, world["crews"], seed, list(world["cases"]))
        machine.supply = lambda: more_cases(server, cases)
        for name in machine.names:
            phones.make(name, world)
        yield machine


def more_cases(server: Server, many: int) -> list[str]:
    """Add as many cases beside the server and return their ids."""
    code = f"from tests.engine.world import more; more({many})"
    found: list[str] = json.loads(server.python(code).splitlines()[-1])
    return found


def many_steps(url: str | None) -> list[str]:
    """Two phones and a desk, SOAK_STEPS steps, in lives of 10,000."""
    found: list[str] = []
    for number in range(-(-STEPS // LIFE)):
        with life(url, crews=1, cases=40, speed=10, seed=SEED + number) as machine:
            machine.run(min(LIFE, STEPS))
            found += told(machine)
    return found


def many_phones(url: str | None) -> list[str]:
    """SOAK_PHONES phones for SOAK_MINUTES: 30 % loss, up to 2 s latency, tunnels, crashes."""
    speed = float(os.environ.get("SOAK_SPEED", 1))
    with life(url, crews=CREWS, cases=CREWS * 2, speed=speed) as machine:
        machine.deeds, machine.pause_s = CROWD, (0.0, 0.04)
        # Everyone is sent out first; then the network turns bad and stays so.
        machine.begin()
        machine.begin = lambda: None  # type: ignore[method-assign]
        machine.net.rate, machine.net.delay_s = LOSS, (0.0, LATENCY_S)
        machine.live(minutes(MINUTES))
        return told(machine)


def minutes(many: float) -> Iterator[float]:
    """Yield as long as the time lasts."""
    end = time.monotonic() + many * 60
    while (now := time.monotonic()) < end:
        yield now


def told(machine: Machine) -> list[str]:
    """Wait until nothing waits, judge, and print the figures; return what was wrong."""
    began = time.monotonic()
    assert isinstance(machine.phones, Swarm)
    try:
        machine.phones.until_settled(*machine.names, within_s=WITHIN_S)
        counted = judge(machine)
        wait_for_board(machine)
    except (AssertionError, TimeoutError) as wrong:
        return [str(wrong)[:6000]]
    done = sum(machine.count.values())
    requests = sum(machine.net.count.values())
    print(f"   {len(machine.names)} phones, {done} steps, {requests} requests", flush=True)
    print(f"   {counted}: 0 lost, 0 doubled; quiet after {time.monotonic() - began:.0f} s", flush=True)
    return []


def wait_for_board(machine: Machine) -> None:
    """The desk's "unsent on phones" ends at 0."""
    deadline = time.monotonic() + WITHIN_S
    while pending := facts_of(machine.server)["pending"]:
        if time.monotonic() > deadline:
            raise TimeoutError(f"the board still says unsent: {pending}")
        time.sleep(1)
