"""What only a browser can show: its own disk, its own locks, two tabs."""

import os
import random
import time

import pytest

from tests.browser import chromium
from tests.chaos import chaos
from tests.engine.conftest import Rig
from tests.engine.machine import Machine
from tests.engine.oracle import judge
from tests.engine.pages import Pages
from tests.engine.swarm import is_settled

pytestmark = [pytest.mark.browser, pytest.mark.slow]
STEPS = 200
WITHIN_S = 90


def until_settled(pages: Pages, *phones: str) -> None:
    """Wait until nothing waits on these phones."""
    deadline = time.monotonic() + WITHIN_S
    for phone in phones:
        while not is_settled(state := pages.ask(phone, "state")):
            assert time.monotonic() < deadline, (phone, state)
            time.sleep(0.1)


def test_two_hundred_steps_in_chromium(rig: Rig) -> None:
    """§8.1 on real IndexedDB; a crash closes the tab."""
    seed = int(os.environ.get("MACHINE_SEED", random.randrange(10**6)))
    print(f"MACHINE_SEED={seed}")
    number = rig.next_crew()
    crew = rig.world["crews"][number]
    with chaos(rig.server.port, seed=seed) as net, chromium() as browser:
        pages = Pages(browser, net.url, rig.world)
        machine = Machine(rig.server, net, pages, [crew], seed, [rig.next_case(), rig.next_case()])
        machine.teams = [rig.world["teams"][number]]
        for name in crew:
            pages.make(name)

        machine.run(STEPS)
        until_settled(pages, *crew)

        print(machine.count, judge(machine))
        pages.close()


def test_two_tabs_have_one_request_in_flight(rig: Rig) -> None:
    """§8.10: both tabs have a pump; the browser's lock lets one send."""
    number = rig.next_crew()
    name = rig.world["crews"][number][0]
    visit = rig.offer(number)
    with chaos(rig.server.port) as net, chromium() as browser:
        pages = Pages(browser, net.url, rig.world)
        for tab in ("one", "two"):
            pages.make(name, tab)
        net.delay_s = (0.05, 0.1)
        subject = {"kind": "case", "id": visit["case_id"]}
        saved = [
            pages.in_tab(
                tab, name, "act", type="note", subject=subject, args={"id": "new", "text": f"{tab} {turn}"}
            )
            for turn in range(12)
            for tab in ("one", "two")
        ]
        deadline = time.monotonic() + WITHIN_S
        while not rig.has(saved):
            assert time.monotonic() < deadline
            for tab in ("one", "two"):
                pages.in_tab(tab, name, "wake")
        pages.close()

    held = rig.facts()

    assert net.busiest["/api/v1/sync/commands"] == 1
    assert net.count["/api/v1/sync/commands"] >= 2
    rows = [row["cmd_id"] for row in held["commands"]]
    assert [rows.count(cmd_id) for cmd_id in saved] == [1] * 24
    assert [held["lines"][f"{tab} {turn}"] for turn in range(12) for tab in ("one", "two")] == [1] * 24
