"""How soon the phone app stands: cold over slow 4G, and offline in a new browser process, CPU slowed by four.

Each is a ratio to an empty shell (one page, one script, one worker) of the same server in the same run:
absolute times move with the machine, and are printed as information only.
"""

import shutil
import tempfile
from pathlib import Path
from statistics import median

from playwright.sync_api import Page, sync_playwright

from tests.phone.phones import Battery, battery
from tests.servers import ROOT, run_server

ROUNDS = 7
# kind: (goal for the ratio, goal in seconds as information)
GOALS = {"cold": (3.5, 2.0), "offline": (2.0, 0.9)}
SLOW_4G = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1_600_000 / 8,
    "uploadThroughput": 750_000 / 8,
}
PEOPLE = """
from django.contrib.auth.hashers import make_password
from fieldops.teams.models import ShiftMember, User
from tests import make
from tests.browser import PASSWORD
make.town()
# Who is on duty with a phone long silent is shown that it cannot ring.
ShiftMember.objects.update(duty="off")
User.objects.update(password=make_password(PASSWORD))
"""
PAGES = {"app": "/m/", "empty": "/m/empty/index.html"}
EMPTY = {
    "index.html": """<!doctype html><title>Empty</title>
<div id="app"></div><script type="module" src="app.js"></script>""",
    "app.js": """const screen = document.createElement('div');
screen.dataset.testid = 'screen-empty';
screen.textContent = 'Fieldops';
document.getElementById('app').append(screen);
navigator.serviceWorker.register('sw.js');""",
    "sw.js": """self.addEventListener('install', (event) =>
  event.waitUntil(caches.open('empty').then((cache) => cache.addAll(['index.html', 'app.js']))));
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('fetch', (event) =>
  event.respondWith(caches.match(event.request).then((kept) => kept ?? fetch(event.request))));""",
}
CONTROLLED = "Boolean(navigator.serviceWorker.controller)"
# Milliseconds from the navigation's start until a screen with words stood and was painted.
STOOD = """() => new Promise((done) => {
  const look = () => {
    const screen = document.querySelector('[data-testid^=screen-]');
    if (screen && screen.textContent.trim()) requestAnimationFrame(() => done(performance.now()));
    else requestAnimationFrame(look);
  };
  look();
})"""


def measure_start() -> bool:
    """Print the figures; tell whether both ratios hold."""
    with tempfile.TemporaryDirectory(prefix="fieldops-dist-") as folder:
        dist = Path(folder) / "dist"
        shutil.copytree(ROOT / "frontend" / "dist", dist)
        (dist / "empty").mkdir()
        for name, text in EMPTY.items():
            (dist / "empty" / name).write_text(text)
        env = {"FIELDOPS_PHONE_DIST": str(dist), "FIELDOPS_LOG": "WARNING"}
        with run_server(env) as server, sync_playwright() as play:
            server.manage("shell", "-v0", "-c", PEOPLE)
            with battery(play, "alpha1", server.url) as phone:
                return all([_say("cold", _cold(phone)), _say("offline", _offline(phone))])


def _say(kind: str, times: dict[str, list[float]]) -> bool:
    app, empty = (median(times[name]) / 1000 for name in PAGES)
    most, goal_s = GOALS[kind]
    print(
        f"  {kind:8} app {app:.2f} s   empty shell {empty:.2f} s   ratio {app / empty:.2f}"
        f"   (goal: at most {most}; information: {goal_s} s)"
    )
    return app / empty <= most


def _cold(phone: Battery) -> dict[str, list[float]]:
    """First visits: nothing cached, no worker, slow 4G."""
    phone.on()
    times: dict[str, list[float]] = {name: [] for name in PAGES}
    for _round in range(ROUNDS):
        for name, path in PAGES.items():
            context = phone.browser.new_context()
            page = context.new_page()
            _throttle(page, SLOW_4G)
            times[name].append(_start(page, phone.url + path))
            context.close()
    phone.off()
    return times


def _offline(phone: Battery) -> dict[str, list[float]]:
    """Starts of a new browser process without a network, a member signed in."""
    handset = phone.on()
    handset.open()
    handset.sign_in()
    page = handset.page
    for path in PAGES.values():
        page.goto(phone.url + path)
        handset.until(lambda: page.evaluate(CONTROLLED), "no worker took the page")
        page.wait_for_timeout(3000)
    phone.off()
    times: dict[str, list[float]] = {name: [] for name in PAGES}
    for _round in range(ROUNDS):
        for name, path in PAGES.items():
            page = phone.on().page
            _throttle(page, {**SLOW_4G, "offline": True})
            times[name].append(_start(page, phone.url + path))
            phone.off()
    return times


def _start(page: Page, url: str) -> float:
    page.goto(url, wait_until="commit")
    stood: float = page.evaluate(STOOD)
    return stood


def _throttle(page: Page, network: dict[str, float]) -> None:
    tools = page.context.new_cdp_session(page)
    tools.send("Network.enable")
    tools.send("Network.emulateNetworkConditions", network)
    tools.send("Emulation.setCPUThrottlingRate", {"rate": 4})
