"""How late timers run while the server answers fifty requests a second: from due to done in the database."""

import subprocess
import sys
import threading
import time
from statistics import median, quantiles

import httpx

from tests.servers import ROOT, Server, run_postgres, run_server, sign_in

TIMERS = 300
OVER_S = 20
REQUESTS_A_SECOND = 50
GOAL_P99_S = 2.0
ENV = {
    "DJANGO_SETTINGS_MODULE": "tests.bench.late_settings",
    "FIELDOPS_LOG": "WARNING",
    "FIELDOPS_AUTO_CRITICAL": "manual",
}


def measure_timers() -> bool:
    """Print the lateness with and without load on both databases; tell whether the goal is held."""
    with run_postgres() as url:
        return all([_measure("SQLite", {}), _measure("PostgreSQL", {"DATABASE_URL": url})])


def _measure(database: str, where: dict[str, str]) -> bool:
    env = {**ENV, **where}
    with run_server(
        env, prepare=lambda env: shell(env, "from tests.bench.late import fill; fill()")
    ) as server:
        idle = lateness(server)
        with load(server) as rate:
            busy = lateness(server)
    print(f"  {database:10}   no requests {say(idle)}")
    goal = f"(goal: p99 at most {GOAL_P99_S:.0f} s)"
    print(f"  {database:10} {rate():3.0f} requests/s {say(busy)}   {goal}", flush=True)
    return quantiles(busy, n=100)[98] <= GOAL_P99_S


def lateness(server: Server) -> list[float]:
    """Set timers due evenly over OVER_S and return by how many seconds each was late."""
    shell(server.env, f"from tests.bench.late import put; put({TIMERS}, {OVER_S})")
    time.sleep(OVER_S)
    while int(shell(server.env, "from tests.bench.late import left; print(left())")):
        time.sleep(1)
    found = shell(server.env, f"from tests.bench.late import late; print(*late({TIMERS}))")
    return [float(seconds) for seconds in found.split()]


class load:
    """Read the desk's snapshot and write, in turn, evenly, from four threads; calling it tells the rate."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.stop = threading.Event()
        self.done = 0

    def __enter__(self) -> "load":
        self.began = time.monotonic()
        self.threads = [threading.Thread(target=self._go, daemon=True) for _ in range(4)]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join(30)
        self.took = time.monotonic() - self.began

    def __call__(self) -> float:
        return self.done / self.took

    def _go(self) -> None:
        with sign_in(self.server, "duty", "correct-horse-battery") as client:
            every = 4 / REQUESTS_A_SECOND
            due = time.monotonic()
            while not self.stop.is_set():
                self._one(client)
                due = max(due + every, time.monotonic() - 1)
                time.sleep(max(0.0, due - time.monotonic()))

    def _one(self, client: httpx.Client) -> None:
        """One read in two, one write in two."""
        path, self.done = ("desk/awake" if self.done % 2 else "desk/snapshot"), self.done + 1
        answer = client.post(f"/api/v1/{path}", json={}) if "awake" in path else client.get(f"/api/v1/{path}")
        assert answer.status_code < 300, answer.text


def shell(env: dict[str, str], code: str) -> str:
    """Run a line of Python inside the server's environment."""
    command = [sys.executable, "manage.py", "shell", "-v0", "-c", code]
    return subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=True, text=True).stdout


def say(late: list[float]) -> str:
    """Return the figures in words."""
    return f"{len(late)} timers late by p50 {median(late):.2f} s  p99 {quantiles(late, n=100)[98]:.2f} s"
