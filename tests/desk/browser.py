"""A furnished server, a desk in the system's Chromium, and crews' phones over real HTTP."""

from typing import Any

import httpx
from playwright.sync_api import Browser, Page

from fieldops.lib.ids import new_id
from tests import make
from tests.browser import chromium
from tests.servers import Server

__all__ = ["FURNISH", "Phone", "chromium", "sign_in", "without_clock"]

FURNISH = """
from tests import make
town = make.town()
row = make.case(town)
print(row.pk, row.number)
"""
# A refused first look at the session is how allauth says "nobody yet".
EXPECTED = ("401 (Unauthorized)",)


def sign_in(browser: Browser, server: Server, who: str, **context: Any) -> tuple[Page, list[str]]:
    """Sign in through the form; return the board and the list that fills with what the page complains of."""
    options = {"locale": "zh-CN", "viewport": {"width": 1440, "height": 900}, **context}
    page = browser.new_context(**options).new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda line: (
            line.type == "error"
            and not any(known in line.text for known in EXPECTED)
            and complaints.append(line.text)
        ),
    )
    page.goto(f"{server.url}/sign-in")
    page.get_by_test_id("username").fill(who)
    page.get_by_test_id("password").fill(make.PASSWORD)
    page.get_by_test_id("sign-in").click()
    page.wait_for_selector("#live")
    # Keys are heard once the page's scripts have run.
    page.wait_for_load_state("load")
    return page, complaints


def without_clock(page: Page, ms: int) -> None:
    """Stop what a page does every so often: only what happens may move it. For pages opened from now on."""
    page.context.add_init_script(
        f"""const every = setInterval;
        window.setInterval = (work, ms) => ms === {ms} ? 0 : every(work, ms);"""
    )


class Phone:
    """A crew member's phone, without a screen: signs in, registers, sends commands."""

    def __init__(self, server: Server, who: str) -> None:
        self.http = httpx.Client(base_url=server.url, headers={"Accept": "application/json"})
        self.http.get("/_allauth/browser/v1/auth/session")
        self._post("/_allauth/browser/v1/auth/login", {"username": who, "password": make.PASSWORD})
        self.device = {"device_id": str(new_id()), "epoch": str(new_id())}
        self._post("/api/v1/sync/devices", {**self.device, "name": who, "app": "test", "schema": 1})
        beat = {"pending": 0, "can_ring": True, "ring_problem": None}
        self._post("/api/v1/sync/heartbeat", {**self.device, **beat})
        self.seq = 0

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        headers = {"X-CSRFToken": self.http.cookies.get("csrftoken") or ""}
        answer = self.http.post(path, json=body, headers=headers)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    def snapshot(self) -> Any:
        return self.http.get("/api/v1/sync/snapshot").json()

    def send(
        self, kind: str, subject: tuple[str, str], args: dict[str, Any] | None = None, **also: Any
    ) -> Any:
        """Send one command, with what is on disk and shown; return its result."""
        self.seq += 1
        command = make.envelope(kind, subject, args, seq=self.seq)
        body = {
            **self.device,
            "cursor": self.snapshot()["cursor"],
            "seen": [],
            "commands": [make.sent(command)],
            **also,
        }
        return self._post("/api/v1/sync/commands", body)["results"][0]

    def show(self, *ids: str) -> None:
        """Report these assignments and messages as on disk and shown."""
        body = {**self.device, "cursor": self.snapshot()["cursor"], "seen": list(ids), "commands": []}
        self._post("/api/v1/sync/commands", body)
