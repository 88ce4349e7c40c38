"""kill -9 amid ladders: every due step of every offer happens once, also what came due while all was down."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.faults.databases import env_of, rounds
from tests.servers import ROOT, Server, run_server, stop, wait_until


def steps(*moments: tuple[float, str]) -> str:
    """Return a ladder as the setting holds it."""
    return json.dumps([{"after_s": after_s, "do": do} for after_s, do in moments])


OVERDUE, OVERDUE_STEPS = 20, 3
ENV = {
    "FIELDOPS_LADDER_CRITICAL": steps(
        (0.2, "ring"), (0.4, "next_crew"), (0.6, "supervisor"), (0.8, "expire")
    ),
    "FIELDOPS_LADDER_HIGH": steps((0.2, "ring"), (0.4, "supervisor"), (0.6, "expire")),
    "FIELDOPS_AUTO_CRITICAL": "manual",
    # A step that was in hand when its process died waits this long for another.
    "FIELDOPS_TIMER_LEASE_S": "1",
    "FIELDOPS_LOG": "CRITICAL",
}
OVERDUE_WITHIN_S = 60


def part(url: str | None) -> list[str]:
    """A hundred rounds on one database."""
    return ladders(url, rounds(100))


def ladders(url: str | None, count: int, *, cases: int = 3, seed: int | None = None) -> list[str]:
    """Kill the timers' process `count` times while ladders run; then let all come due with nobody there."""
    dice = random.Random(random.randrange(10**6) if seed is None else seed)
    with run_server(env_of(url) | ENV, args=("--no-timers",)) as server, farm(server) as timers:
        for _ in range(count):
            timers.ask("offers", count=cases)
            pid = timers.ask("run")["pid"]
            time.sleep(dice.uniform(0.05, 1.2))
            os.kill(pid, signal.SIGKILL)
            pid = timers.ask("run")["pid"]
            timers.wait("ladders that never end")
            os.kill(pid, signal.SIGKILL)
        took = overdue(timers)
        found = timers.ask("judge")
    wrong: list[str] = found["wrong"]
    print(
        f"   {count} kills, {found['offers']} offers, {found['steps']} steps: {len(wrong)} not once; "
        f"{OVERDUE * OVERDUE_STEPS} overdue steps done {took:.1f} s after the start"
    )
    return wrong + ([f"overdue after {took:.0f} s"] if took > OVERDUE_WITHIN_S else [])


def overdue(timers: "Farm") -> float:
    """Let ladders come due with no process to run them; return the seconds from a start until all is done."""
    timers.ask("offers", count=OVERDUE, level="high")
    wait_until(
        lambda: timers.ask("left")["due"] == OVERDUE * OVERDUE_STEPS, "ladders that never come due", 120
    )
    began = time.monotonic()
    pid = timers.ask("run")["pid"]
    timers.wait("overdue steps that are never done")
    took = time.monotonic() - began
    os.kill(pid, signal.SIGKILL)
    return took


class Farm:
    """A process that has Django loaded and forks the timers' loop when told to: a start costs no seconds."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def ask(self, do: str, **args: Any) -> Any:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps({"do": do, **args}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the farm died at {do}")
        return json.loads(line)

    def wait(self, words: str, within_s: float = 300) -> None:
        """Wait until no step is left; asked seldom, since asking takes the processor from those who work."""
        deadline = time.monotonic() + within_s
        while self.ask("left")["left"]:
            if time.monotonic() > deadline:
                raise TimeoutError(words)
            time.sleep(0.2)


@contextmanager
def farm(server: Server) -> Iterator[Farm]:
    """Run tests/faults/farm.py on the server's database."""
    command = [sys.executable, "-m", "tests.faults.farm"]
    env = {**server.env, "DJANGO_SETTINGS_MODULE": "tests.bench.settings"}
    process = subprocess.Popen(
        command, cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield Farm(process)
    finally:
        if process.stdin:
            process.stdin.close()
        stop(process)  # type: ignore[arg-type]
