"""A member's phone in Chromium, and the desk by its API."""

import io
import json
import os
import random
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from PIL import Image
from playwright.sync_api import BrowserContext, Error, Page, Playwright

from tests.browser import BAR_LOCK_MS, CHROMIUM, FLAGS, PHONE_MAY, PHONE_SIZE, Phone
from tests.servers import Server, free_port, stop, wait_until

PATIENCE_S = 60


@dataclass
class Town:
    """The server, what furnish.py made in it, and the duty officer's session."""

    server: Server
    teams: dict[str, str]
    cases: dict[str, str]
    desk: httpx.Client
    dist: Path
    signs: dict[str, str]

    def offer(self, crew: str, *, brief: str = "骗子叫他别理警察。先坐下，别先提“被骗”。") -> str:
        """Send the crew to its case and return the assignment's id."""
        body = {"team": self.teams[crew], "brief": brief, "reason": "nobody else is free"}
        return str(self._post(f"cases/{self.cases[crew]}/offer", body)["id"])

    def say(self, assignment: str, text: str) -> None:
        self._post(f"assignments/{assignment}/messages", {"text": text})

    def moved(self, crew: str, detail: str) -> None:
        """He has gone elsewhere, as the desk hears by telephone."""
        self._post(
            f"cases/{self.cases[crew]}/whereabouts",
            {"source": "call", "text": "江城银行滨江路支行", "detail": detail},
        )

    def recall(self, assignment: str) -> None:
        self._post(f"assignments/{assignment}/recall", {"reason": "家人已经劝住"})

    def revoke(self, phone: "Handset") -> None:
        """Take a phone off the centre's list."""
        self._post(f"devices/{phone.device_id()}/revoke", {"reason": "落在公交车上了"})

    def release(self, phone: "Handset") -> None:
        """Let its member sign out although something is unsent."""
        self._post(f"devices/{phone.device_id()}/release", {"reason": "手机要换"})

    def release_new_version(self) -> None:
        """Put a new worker among the served files, as the next release does."""
        worker = self.dist / "sw.js"
        worker.write_text(worker.read_text() + "\n// the next version\n")

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        answer = self.desk.post(f"/api/v1/{path}", json=body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    def python(self, code: str) -> Any:
        """Run code that prints JSON on the server's database."""
        return json.loads(self.server.python(code))


class Handset(Phone):
    """A phone whose bar is pressed when it is ready, not after a time."""

    def __init__(self, page: Page, username: str, url: str) -> None:
        self.page, self.username, self.url = page, username, url

    @property
    def host(self) -> str:
        return self.url

    def see(self, testid: str, timeout_s: float = PATIENCE_S) -> None:
        super().see(testid, timeout_s)

    def open(self) -> None:
        self.page.goto(f"{self.url}/m/")
        self.page.wait_for_selector("[data-testid^=screen-]", timeout=PATIENCE_S * 1000)

    def ready(self, testid: str = "bar") -> None:
        ready = f"[data-testid={testid}][data-locked=false][aria-busy=false]"
        self.page.wait_for_selector(ready, timeout=PATIENCE_S * 1000)

    def go_on_duty(self) -> None:
        self.see("bar")
        if not self.page.locator("[data-testid=duty-again]").count():
            self.ready()
            self.press("bar")
        self.see("duty-again")
        self.ready()
        self.press("bar")
        self.page.wait_for_selector("[data-testid=screen-onduty]", state="detached")
        self.confirmed()

    def confirmed(self) -> None:
        """Wait until the server has answered everything."""
        none = "[data-testid=strip-unconfirmed][data-count='0']"
        self.page.wait_for_selector(none, timeout=PATIENCE_S * 1000)

    def hold(self, ms: int = BAR_LOCK_MS, testid: str = "bar") -> None:
        """Hold the bar until it has fired, however slow the machine."""
        self.ready(testid)
        words = self.words(testid)
        self.thumb_down(testid)
        self.until(lambda: self._held(testid) > 0, "the bar was not held")
        self.until(lambda: self._held(testid) == 0, "the bar did not fire")
        self.page.mouse.up()
        swallowed = self.page.locator("[data-swallowed=true]").count()
        assert not swallowed, f"the bar changed under the thumb that held {words!r}: {self.state()}"

    def thumb_down(self, testid: str) -> None:
        box = self.page.locator(f"[data-testid={testid}]").bounding_box()
        assert box
        self.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        self.page.mouse.down()

    def _held(self, testid: str) -> float:
        """Return how far the bar is held, 0 to 1; 0 again once it fired or is gone."""
        part: float = self.page.evaluate(HELD, testid)
        return part

    def tap(self, testid: str) -> None:
        # The dock is deaf while the bar's words are new.
        if testid == "bar" or testid.startswith("tab-"):
            self.ready()
        self.page.locator(f"[data-testid='{testid}']").first.click()

    def pin(self, digits: str) -> None:
        for digit in digits:
            self.tap(f"pin-{digit}")

    def unsent(self) -> int:
        return int(self.page.get_attribute("[data-testid=strip-unconfirmed]", "data-count") or 0)

    def until(self, true: Callable[[], object], words: str) -> None:
        """Wait for a condition, letting the page's own events run meanwhile."""
        deadline = time.monotonic() + PATIENCE_S
        while not true():
            assert time.monotonic() < deadline, f"{words}: {self.state()}"
            self.page.wait_for_timeout(50)

    def state(self) -> dict[str, Any]:
        """Return what the phone shows and holds, for whoever reads a failure."""
        shown: dict[str, Any] = self.page.evaluate(SHOWN)
        if "signin" in shown["screen"]:
            return shown
        rows = self.rows("commands")
        held = [[row["type"], row["status"], row.get("outcome"), row.get("code")] for row in rows]
        return {**shown, "device": self.device_id(), "epoch": self.meta("epoch"), "commands": held}

    def device_id(self) -> str:
        return self.meta("device_id")

    def meta(self, what: str) -> str:
        found: str = self.page.evaluate(READ_META, what)
        return found

    def rows(self, store: str) -> list[dict[str, Any]]:
        """Return what lies in a store of this user's database, as JSON can say it."""
        found: list[dict[str, Any]] = self.page.evaluate(READ_STORE, store)
        return found


ON_DISK = """async (what) => {
  const told = (ask) => new Promise((done) => { ask.onsuccess = () => done(ask.result); });
  const { name } = (await indexedDB.databases()).find((one) => one.name.startsWith('fieldops-'));
  const db = await told(indexedDB.open(name));
  const found = await told(LOOK);
  const kept = await told(db.transaction('meta').objectStore('meta').get('outbox_key'));
  db.close();
  OPEN
  return JSON.parse(JSON.stringify(found));
}"""
# What was typed lies sealed (outbox.ts); a test reads it as the phone does.
OPENED = """const open = async (row) => {
    if (!row.sealed || row.sha256) return row;
    const tag = row.cmd_id ? 'command:' + row.cmd_id : 'draft:' + row.subject + ':' + row.form;
    const how = { name: 'AES-GCM', iv: row.sealed.iv, additionalData: new TextEncoder().encode(tag) };
    const plain = await crypto.subtle.decrypt(how, kept.key, row.sealed.data);
    const words = JSON.parse(new TextDecoder().decode(plain));
    return row.cmd_id ? { ...row, ...words } : { ...row, values: words };
  };
  for (const i in found) found[i] = await open(found[i]);"""
READ_STORE = ON_DISK.replace("OPEN", OPENED).replace(
    "LOOK", "db.transaction(what).objectStore(what).getAll()"
)
READ_META = ON_DISK.replace("OPEN", "").replace(
    "LOOK", "db.transaction('meta').objectStore('meta').get(what)"
)
SHOWN = """() => ({
  screen: document.querySelector('[data-testid^=screen-]')?.dataset.testid ?? '',
  bar: document.querySelector('[data-testid=bar]')?.innerText ?? '',
  strip: document.querySelector('[data-testid=strip-unconfirmed]')?.innerText ?? '',
  banners: [...document.querySelectorAll('[data-testid^=banner-]')].map((one) => one.innerText),
  online: navigator.onLine,
})"""
HELD = """(testid) => Number(
  document.querySelector(`[data-testid="${testid}"]`)?.style.getPropertyValue('--p') ?? 0)"""


def photograph(phone: Handset, number: int, press: str = "photo-take") -> None:
    """Press for the camera and take a picture."""
    with phone.page.expect_file_chooser() as chosen:
        phone.tap(press)
    slip = {"name": "slip.png", "mimeType": "image/png", "buffer": picture(number)}
    chosen.value.set_files(slip)  # type: ignore[arg-type]


def picture(number: int) -> bytes:
    """Return a photograph's worth of noise, each number its own."""
    dots = random.Random(number).randbytes(640 * 480 * 3)
    out = io.BytesIO()
    Image.frombytes("RGB", (640, 480), dots).save(out, "PNG")
    return out.getvalue()


OPTIONS: dict[str, Any] = {
    "viewport": PHONE_SIZE,
    "locale": "zh-CN",
    "timezone_id": "Asia/Shanghai",
    "has_touch": True,
    "is_mobile": True,
    "device_scale_factor": 2,
    "permissions": PHONE_MAY,
    "geolocation": {"longitude": 107.39, "latitude": 29.70},
}


class Battery:
    """A phone that can lose its power: an own browser process over a profile that stays."""

    def __init__(self, play: Playwright, profile: Path, username: str, url: str) -> None:
        self.play, self.profile, self.username, self.url = play, profile, username, url
        self.context: BrowserContext | None = None
        self.process: subprocess.Popen[bytes] | None = None
        self.browser: Any = None

    def on(self) -> Handset:
        """Start the browser over its profile."""
        port = free_port()
        self.profile.mkdir(parents=True, exist_ok=True)
        self.process = subprocess.Popen(
            [
                CHROMIUM,
                "--headless=new",
                *FLAGS,
                f"--user-data-dir={self.profile}",
                f"--remote-debugging-port={port}",
                "--no-first-run",
                "--window-size=390,844",
                "--accept-lang=zh-CN",
                "--hide-scrollbars",
                "about:blank",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "LANGUAGE": "zh_CN"},
        )
        wait_until(lambda: _listens(port), "the browser did not start", PATIENCE_S)
        self.browser = self.play.chromium.connect_over_cdp(f"http://127.0.0.1:{port}")
        self.context = self.browser.contexts[0]
        self.context.grant_permissions(PHONE_MAY)
        self.context.set_geolocation(OPTIONS["geolocation"])
        page = self.context.pages[0] if self.context.pages else self.context.new_page()
        page.set_viewport_size(PHONE_SIZE)
        return Handset(page, self.username, self.url)

    def dies(self) -> None:
        """Kill the browser's process by its id: nothing is flushed, nobody is told."""
        assert self.process
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self._forget()

    def off(self) -> None:
        """Close the browser as its owner does; what it holds is written down."""
        if self.process and self.browser:
            with suppress(Error):
                self.browser.new_browser_cdp_session().send("Browser.close")
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(20)
        if self.process:
            stop(self.process)
        self._forget()

    def _forget(self) -> None:
        if self.browser:
            self.browser.close()
        self.process = self.context = self.browser = None


@contextmanager
def battery(play: Playwright, username: str, url: str) -> Iterator[Battery]:
    """Yield a phone that can be killed and started again over the same profile."""
    with tempfile.TemporaryDirectory(prefix="fieldops-phone-", ignore_cleanup_errors=True) as folder:
        phone = Battery(play, Path(folder) / "profile", username, url)
        try:
            yield phone
        finally:
            phone.off()


def _listens(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/json/version", timeout=1).status_code == 200
    except httpx.TransportError:
        return False
