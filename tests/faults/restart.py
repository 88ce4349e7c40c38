"""PostgreSQL shut down at once while timers run: the loop is back within seconds, nothing lost or doubled."""

import subprocess
import sys
import time

from tests.faults.postgres import BACK_WITHIN_S, SLACK, cluster
from tests.servers import ROOT, manage, run_server

TIMERS, OVER_S = 200, 10
ENV = {"DJANGO_SETTINGS_MODULE": "tests.bench.late_settings", "FIELDOPS_LOG": "CRITICAL"}
PUT = f"from tests.bench.late import put; put({TIMERS}, {OVER_S})"
COUNT = """
from fieldops.audit.models import AuditRow
from fieldops.timers.models import Timer
from tests.bench.late import left
print(AuditRow.objects.filter(verb="bench.late").count(), left(), Timer.objects.exclude(dead_at=None).count())
"""
# Sets a timer once PostgreSQL is there again and waits until it has run; loaded before, since Django's start
# costs seconds.
WATCH = """
import sys, time
from fieldops.lib.clock import now
from fieldops.timers.actions import set_timer
from fieldops.timers.models import Timer
sys.stdin.readline()
set_timer(key="probe", kind="bench.note", due_at=now(), payload={"due": now().isoformat()})
while Timer.objects.filter(key="probe").exists():
    time.sleep(0.05)
print(time.time())
"""


def part(url: str | None) -> list[str]:
    """Break it off once while two hundred timers come due. Only where PostgreSQL is."""
    if url is None:
        return []
    with cluster() as database, run_server({**ENV, "DATABASE_URL": database.url}) as server:
        # A watcher that has loaded everything before the break, and connects only after it.
        watcher = subprocess.Popen(
            [sys.executable, "manage.py", "shell", "-v0", "-c", WATCH],
            cwd=ROOT, env=server.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        manage(server.env, "shell", "-v0", "-c", PUT)
        time.sleep(OVER_S / 4)
        database.break_off()
        time.sleep(1)
        database.start()
        back = time.time()
        assert watcher.stdin
        watcher.stdin.write("\n")
        watcher.stdin.close()
        assert watcher.stdout
        took = float(watcher.stdout.readline()) - back
        watcher.wait()
        done, left, dead = counted(server.env)
    print(f"   back {took:.1f} s after PostgreSQL; {done} ran of {TIMERS + 1}, {left} left, {dead} dead")
    wrong = [f"back after {took:.0f} s"] if took > BACK_WITHIN_S * SLACK else []
    return wrong + (
        [f"{done} done, {left} left, {dead} dead"] if (done, left, dead) != (TIMERS + 1, 0, 0) else []
    )


def counted(env: dict[str, str]) -> tuple[int, ...]:
    """Wait until no timer is left; return how many ran, are left, and are dead letters."""
    for _ in range(60):
        found = tuple(int(part) for part in manage(env, "shell", "-v0", "-c", COUNT).split())
        if not found[1]:
            break
        time.sleep(1)
    return found
