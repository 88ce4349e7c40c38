"""The program behind the ladders' part: makes offers, forks the timers' loop, counts what came of them."""

import json
import os
import signal
import sys
import threading
from collections import Counter
from typing import Any

import django

django.setup()

from django.db import connection, connections  # noqa: E402

from fieldops.cases.models import CaseEvent  # noqa: E402
from fieldops.dispatch.models import Assignment  # noqa: E402
from fieldops.lib.clock import now  # noqa: E402
from fieldops.teams.models import Device  # noqa: E402
from fieldops.timers.loop import TimerLoop  # noqa: E402
from fieldops.timers.models import Timer  # noqa: E402
from tests import make  # noqa: E402

RINGING, SILENT = 4, 20
CODE_OF = {
    "ring": "ladder.ring",
    "next_crew": "ladder.next_crew",
    "supervisor": "ladder.supervisor",
    "expire": "expired",
}
KIND = "dispatch.ladder_step"
children: list[int] = []


def offers(town: make.Town, crews: list[Any], count: int, level: str = "critical") -> dict[str, Any]:
    """Offer so many cases at once, each to another crew; nobody will answer.

    Critical ones go to crews that ring, and their ladder asks all of those in turn; the others are asked by
    nobody but us, since a machine sends no crew whose phones cannot ring.
    """
    Device.objects.filter(can_ring=True).update(last_seen_at=now())
    for shift in (crews if level == "critical" else crews[RINGING:])[:count]:
        make.offered(town, make.at_bank(town, make.case(town, level=level)), shift=shift)
    return {}


def run() -> dict[str, Any]:
    """Fork a timers' loop. No connection may be shared with it."""
    connections.close_all()
    if connection.vendor == "postgresql":
        connection.close_pool()  # type: ignore[attr-defined]
    pid = os.fork()
    if pid == 0:
        # Orphaned when the parent goes, it must not stay: the parent kills it by its id.
        TimerLoop(threading.Event()).run()
        os._exit(0)
    children.append(pid)
    return {"pid": pid}


def left() -> dict[str, Any]:
    """Return how many steps are still to come, and how many of them are due."""
    reap()
    steps = Timer.objects.filter(kind=KIND)
    return {"left": steps.count(), "due": steps.filter(due_at__lte=now()).count()}


def judge() -> dict[str, Any]:
    """Find every step of every offer that did not happen exactly once, and every dead letter."""
    said = Counter(
        (str(line.case_id), line.params.get("team"), line.code)
        for line in CaseEvent.objects.filter(code__in=CODE_OF.values())
    )
    rows = Assignment.objects.select_related("team")
    wanted = [
        (str(row.case_id), row.team.call_sign, CODE_OF[step["do"]]) for row in rows for step in row.ladder
    ]
    wrong = [f"{key} {said[key]} times" for key in wanted if said[key] != 1]
    wrong += [f"{key} unwanted" for key in set(said) - set(wanted)]
    wrong += [f"{row.pk} is {row.status}" for row in rows if row.status != "expired"]
    wrong += [f"dead letter {timer.kind}" for timer in Timer.objects.filter(dead_at__isnull=False)]
    return {"wrong": wrong, "offers": len(rows), "steps": len(wanted)}


def reap() -> None:
    for pid in list(children):
        if os.waitpid(pid, os.WNOHANG)[0]:
            children.remove(pid)


DO = {"run": run, "left": left, "judge": judge}


def main() -> None:
    """Answer one line for each line asked."""
    town = make.town()
    crews = [town.alpha, town.bravo]
    for number in range(2, RINGING + SILENT):
        people = [make.user(town.center, f"crew{number}", "member")]
        crews.append(make.crew(town.center, f"Crew {number}", people, rings=number < RINGING))
    for line in sys.stdin:
        asked = json.loads(line)
        do = asked.pop("do")
        answer = offers(town, crews, **asked) if do == "offers" else DO[do]()
        print(json.dumps(answer), flush=True)
    for pid in children:
        os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
