"""A phone in a hole, a frozen page, a phone switched off: the desk sees each, and its next offer is rung.

`RING_SECONDS=shipped pytest -s tests/ring/test_dead_phones.py` runs at the shipped seconds, prints the times.
"""

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, sync_playwright

from tests.browser import CHROMIUM, FLAGS, PASSWORD, shot, sign_in_at_desk
from tests.phone.phones import OPTIONS, Battery, Handset, battery
from tests.ring.furnish import PHONES
from tests.ring.gateway import Gateway, report_headers, run_gateway
from tests.ring.hole import Hole, hole
from tests.servers import ROOT, Server, run_server, sign_in, wait_until

pytestmark = pytest.mark.browser
FILL = "import json; from tests.ring.furnish import fill; print(json.dumps(fill()))"
SHIPPED = os.environ.get("RING_SECONDS") == "shipped"
QUICK = {
    "FIELDOPS_HEARTBEAT_S": "1",
    "FIELDOPS_HEARTBEAT_LOST_S": "4",
    "FIELDOPS_RING_TIMEOUT_S": "100",
    "FIELDOPS_LADDER_LOW": '[{"after_s": 1, "do": "supervisor"}, {"after_s": 2, "do": "expire"}]',
}
WITHIN_S = 45


@dataclass
class Scene:
    """The server, the gateway, the desk, and three phones on duty."""

    server: Server
    gateway: Gateway
    made: dict[str, dict[str, str]]
    duty: httpx.Client
    board: Page
    hole: Hole
    app: Page  # before the hole
    frozen: set[int]  # the processes of the page that will stand still
    killed: Battery

    def member(self, name: str) -> dict[str, Any]:
        """Return what the desk is told of a crew member."""
        shifts = self.duty.get("/api/v1/desk/snapshot").json()["shifts"]
        return next(m for shift in shifts for m in shift["members"] if m["name"] == name)

    def bell(self, name: str) -> str:
        """Return the bell of a crew's cell on the board, in words; empty while it rings."""
        cell = self.board.locator(".cw .m").filter(has=self.board.get_by_text(name, exact=True))
        return "" if cell.locator("[data-rings]").count() else cell.locator(".mt").inner_text().strip()


@pytest.fixture(scope="module")
def scene(data_keys: None) -> Iterator[Scene]:
    """One scene for both tests; in the second the phones die."""
    if not Path(CHROMIUM).exists() or not (ROOT / "frontend" / "dist" / "index.html").exists():
        pytest.skip("no browser, or the phone app is not built")
    with ExitStack() as stack:
        gateway = stack.enter_context(run_gateway())
        server = stack.enter_context(run_server({**gateway.settings(), **({} if SHIPPED else QUICK)}))
        made = json.loads(server.manage("shell", "-v0", "-c", FILL).splitlines()[-1])
        duty = stack.enter_context(sign_in(server, "duty", PASSWORD))
        play = stack.enter_context(sync_playwright())
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        stack.callback(browser.close)
        proxy = stack.enter_context(hole(server.port))
        board = sign_in_at_desk(browser, server, "duty")
        killed = stack.enter_context(battery(play, "killed", server.url))
        swallowed = Handset(browser.new_context(**OPTIONS).new_page(), "swallowed", proxy.url)
        swallowed.sign_in()
        others = renderers(os.getpid())
        frozen = Handset(browser.new_context(**OPTIONS).new_page(), "frozen", server.url)
        frozen.sign_in()
        still = renderers(os.getpid()) - others
        last = killed.on()
        last.sign_in()
        for phone in (swallowed, frozen, last):
            phone.go_on_duty()
        here = Scene(server, gateway, made, duty, board, proxy, swallowed.page, still, killed)
        stack.callback(signal_all, still, signal.SIGCONT)
        wait_until(lambda: all(here.member(name)["can_ring"] for name in PHONES), "a phone never rang", 60)
        yield here


def die(scene: Scene) -> None:
    """End all three at once: no byte passes, the page's process stands still, the browser is gone."""
    scene.hole.swallows.set()
    assert scene.frozen
    signal_all(scene.frozen, signal.SIGSTOP)
    scene.killed.dies()


def signal_all(pids: set[int], what: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):  # a spare page's process comes and goes
            os.kill(pid, what)


def renderers(ancestor: int) -> set[int]:
    """Return the processes of browsers' pages among a process's descendants."""
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            parents.setdefault(parent, []).append(int(folder.name))
    found: set[int] = set()
    ahead = [ancestor]
    while ahead:
        children = parents.get(ahead.pop(), [])
        ahead += children
        found |= {pid for pid in children if "--type=renderer" in _command(pid)}
    return found


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


def test_a_ping_shows_a_notice_in_the_phones_own_words(scene: Scene) -> None:
    """The service worker's part of Web Push: Chromium hands it a ping without content."""
    page = scene.app
    session = page.context.new_cdp_session(page)
    found: list[dict[str, Any]] = []
    session.on("ServiceWorker.workerRegistrationUpdated", lambda event: found.extend(event["registrations"]))
    session.send("ServiceWorker.enable")
    wait_until(lambda: page.wait_for_timeout(50) or found, "no service worker", 30)

    ping = {"origin": scene.hole.url, "registrationId": found[0]["registrationId"], "data": ""}
    session.send("ServiceWorker.deliverPushMessage", ping)

    shown = "async () => (await (await navigator.serviceWorker.ready).getNotifications()).map((n) => n.title)"
    wait_until(lambda: page.evaluate(shown) == ["有新任务"], "no notice", 30)


def test_each_dead_phone_is_seen_and_its_next_offer_is_rung(scene: Scene, tmp_path: Path) -> None:
    wait_until(lambda: not any(scene.bell(name) for name in PHONES), "the board never saw them ring", 60)
    readiness = scene.board.locator(".cw .mt").filter(has_text="可响").first.get_attribute("title")
    assert readiness and "试响" in readiness

    died = time.time()
    die(scene)
    seen: dict[str, float] = {}

    def all_seen() -> bool:
        for name in PHONES:
            if name not in seen and scene.bell(name):
                seen[name] = time.time() - died
        return len(seen) == len(PHONES)

    wait_until(all_seen, f"a dead phone was never seen, only {seen}", WITHIN_S + 15)
    shot(scene.board, tmp_path, "ring-1-board")
    assert {scene.member(name)["ring_problem"] for name in PHONES} == {"offline"}
    assert max(seen.values()) < WITHIN_S, seen

    rung = {name: offered_and_rung(scene, name) for name in PHONES}
    print({name: f"seen after {seen[name]:.1f} s, rung {rung[name]:.2f} s after Send" for name in PHONES})
    reported(scene, tmp_path)


def offered_and_rung(scene: Scene, name: str) -> float:
    """Send the crew, wait for the gateway; return the seconds between."""
    made = scene.made[name]
    body = {"team": made["team"], "reason": "told by phone"}
    sent = time.time()
    answer = scene.duty.post(f"/api/v1/cases/{made['case']}/offer", json=body)
    assert answer.status_code == 201, answer.text
    wait_until(lambda: scene.gateway.rung(made["phone"]), f"{name} was never rung", 30)

    asked = scene.gateway.rung(made["phone"])[0]
    assert all(scene.gateway.signed)
    assert asked["assignment"] == answer.json()["id"]
    assert "王" not in asked["text"]
    return scene.gateway.at[scene.gateway.asked.index(asked)] - sent


def reported(scene: Scene, shots: Path) -> None:
    """The gateway says that nobody answered: beside the receipts at once, and on the timeline."""
    made = scene.made["killed"]
    scene.board.goto(f"{scene.server.url}/cases/{made['case']}")
    scene.board.locator("[data-testid=rung-killed][data-rung=sent]").wait_for()

    ring_id = scene.gateway.rung(made["phone"])[0]["ring_id"]
    body = json.dumps({"status": "no_answer"}).encode()
    report = httpx.post(
        f"{scene.server.url}/api/v1/ring/{ring_id}/status",
        content=body,
        headers=report_headers(ring_id, body),
    )

    assert report.status_code == 200, report.text
    told = scene.board.locator("[data-testid=rung-killed][data-rung=no_answer]")
    told.wait_for()
    assert "无人接" in told.inner_text()
    scene.board.locator("[data-testid=timeline]").filter(has_text="电话叫killed").wait_for()
    shot(scene.board, shots, "ring-2-case")


@pytest.mark.skipif(SHIPPED, reason="the shipped ladder takes minutes")
def test_a_hung_gateway_holds_up_no_step_of_the_ladder(scene: Scene) -> None:
    made = scene.made["nobody"]
    scene.gateway.answer = None
    body = {"team": made["team"], "reason": "told by phone"}
    answer = scene.duty.post(f"/api/v1/cases/{made['case']}/offer", json=body)
    assert answer.status_code == 201, answer.text
    wait_until(lambda: scene.gateway.rung(made["phone"]), "the gateway was never asked", 30)

    def alarms() -> set[str]:
        return {alarm["kind"] for alarm in scene.duty.get("/api/v1/desk/snapshot").json()["alarms"]}

    # It would hang for longer than this waits.
    wait_until(lambda: "expired" in alarms(), "the ladder stood still", 80)
    scene.gateway.let_go.set()
