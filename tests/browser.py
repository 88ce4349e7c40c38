"""A real browser for tests: Debian's Chromium, a page per person, the phone's gestures."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.servers import ROOT, Server

CHROMIUM = os.environ.get("FIELDOPS_CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--autoplay-policy=no-user-gesture-required",
]
# Naming one permission denies all others.
PHONE_MAY = ["geolocation", "notifications", "background-sync", "screen-wake-lock"]
PHONE_SIZE = {"width": 390, "height": 844}
DESK_SIZE = {"width": 1440, "height": 900}
PASSWORD = "fieldops-demo"
# After the bar's words change it takes nothing for 2 s (phone.md, rule 4).
BAR_LOCK_MS = 2100


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Chromium, or skip where there is none."""
    if not Path(CHROMIUM).exists():
        pytest.skip(f"no browser at {CHROMIUM}")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def phone_context(browser: Browser, *, lng: float = 107.39, lat: float = 29.70) -> BrowserContext:
    """Return a phone: touch, 390×844, Chinese, somewhere in town."""
    return browser.new_context(
        viewport=PHONE_SIZE,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        has_touch=True,
        is_mobile=True,
        device_scale_factor=2,
        permissions=PHONE_MAY,
        geolocation={"longitude": lng, "latitude": lat},
    )


def desk_context(browser: Browser) -> BrowserContext:
    """Return a desk screen."""
    return browser.new_context(viewport=DESK_SIZE, locale="zh-CN", timezone_id="Asia/Shanghai")


class Phone:
    """One member's phone, by what a thumb does."""

    def __init__(self, context: BrowserContext, username: str, url: str) -> None:
        self.username = username
        self.page = context.new_page()
        self.url = url

    def sign_in(self) -> None:
        self.page.goto(f"{self.url}/m/")
        self.page.fill("[data-testid=signin-username]", self.username)
        self.page.fill("[data-testid=signin-password]", PASSWORD)
        self.page.click("[data-testid=signin-go]")
        self.see("screen-onduty")

    def go_on_duty(self) -> None:
        """Let it ring once, and say that it was heard."""
        self.page.click("[data-testid=bar]")
        self.page.wait_for_selector("[data-testid=duty-again]")
        self.page.wait_for_timeout(BAR_LOCK_MS)
        self.page.click("[data-testid=bar]")
        self.page.wait_for_selector("[data-testid=screen-onduty]", state="detached")

    def see(self, testid: str, timeout_s: float = 20) -> None:
        self.page.wait_for_selector(f"[data-testid='{testid}']", timeout=timeout_s * 1000)

    def press(self, testid: str) -> None:
        self.page.click(f"[data-testid='{testid}']")

    def hold(self, ms: int = 1300) -> None:
        """Hold the bar, after it is ready to be held."""
        self.page.wait_for_timeout(BAR_LOCK_MS)
        box = self.page.locator("[data-testid=bar]").bounding_box()
        assert box
        self.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        self.page.mouse.down()
        self.page.wait_for_timeout(ms)
        self.page.mouse.up()

    def words(self, testid: str) -> str:
        return self.page.inner_text(f"[data-testid='{testid}']")

    def wait_words(self, testid: str, words: str, timeout_s: float = 20) -> None:
        self.page.locator(f"[data-testid='{testid}']").filter(has_text=words).first.wait_for(
            timeout=timeout_s * 1000
        )


def shot(page: Page, folder: Path | None, name: str) -> None:
    """Keep a picture where the caller wants one (SCENE_SHOTS=docs/scene keeps them for the docs)."""
    wanted = os.environ.get("SCENE_SHOTS")
    place = ROOT / wanted if wanted else folder
    if place:
        place.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=place / f"{name}.png")


def sign_in_at_desk(browser: Browser, server: Server, username: str) -> Page:
    """Open a desk screen of its own session, by daylight."""
    context = desk_context(browser)
    context.add_cookies([{"name": "theme", "value": "light", "url": server.url}])
    page = context.new_page()
    page.goto(f"{server.url}/sign-in")
    page.fill("[data-testid=username]", username)
    page.fill("[data-testid=password]", PASSWORD)
    page.click("[data-testid=sign-in]")
    page.wait_for_url(lambda url: "/sign-in" not in url)
    return page


def strips(desk: Page) -> list[str]:
    """Return the test handles of the strips on the board."""
    found: list[str] = desk.eval_on_selector_all(
        "[data-testid^=case-strip-]", "rows => rows.map(row => row.dataset.testid)"
    )
    return found


def open_new_strip(desk: Page, before: set[str]) -> None:
    """Open the case that came after the strips named."""
    new = (set(strips(desk)) - before).pop()
    desk.locator(f"[data-testid='{new}']").first.click()
    desk.wait_for_selector("[data-testid=call]")


def download(analyst: Page, server: Server, form: str) -> bytes:
    """Return the day's sheet as a file, as the analyst gets it."""
    answer = analyst.context.request.get(f"{server.url}/api/v1/stats/daily?date={today()}&format={form}")
    assert answer.status == 200, answer.text()
    return answer.body()


def today() -> str:
    """Return the working day in Chongqing."""
    return datetime.now(ZoneInfo("Asia/Shanghai")).date().isoformat()


def in_order(text: str, words: list[str]) -> bool:
    """Tell whether the words stand in the text in this order."""
    places = [text.find(word) for word in words]
    return -1 not in places and places == sorted(places)
