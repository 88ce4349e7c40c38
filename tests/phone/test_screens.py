"""Every screen of the phone, walked once on a real server, in three languages: axe-core finds nothing to say.

`SCREEN_SHOTS=folder` keeps a picture of each.
"""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser import PHONE_SIZE
from tests.servers import ROOT

from .phones import Handset, Town

pytestmark = pytest.mark.browser
AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
# Each language under another light: by day, at night, in the sun.
LOOKS = {"en": "sun", "zh-Hant": "dark", "zh-Hans": "light"}
LOOK = """async ({ lang, theme }) => {
  for (const [key, value] of [['fieldops:lang', lang], ['fieldops:theme', theme]]) {
    localStorage.setItem(key, value);
    dispatchEvent(new StorageEvent('storage', { key }));
  }
  while (document.documentElement.lang !== lang) await new Promise((done) => setTimeout(done, 20));
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""
RUN = """async () => {
  const of = (node) => node.target.join(' ') + ' ' + (node.any[0]?.message ?? '');
  const { violations } = await axe.run(document, { resultTypes: ['violations'] });
  return violations.map((one) => one.id + ': ' + one.nodes.map(of).join(' | '));
}"""


class Walk:
    """Looks at each screen it comes to, and remembers what was wrong."""

    def __init__(self, phone: Handset, shots: str | None) -> None:
        self.phone, self.shots = phone, shots
        self.wrong: dict[str, list[str]] = {}
        self.seen: set[str] = set()

    def look(self, name: str) -> None:
        page = self.phone.page
        self.seen.add(name)
        page.evaluate(AXE.read_text()) if not page.evaluate("'axe' in window") else None
        for lang, theme in LOOKS.items():
            page.evaluate(LOOK, {"lang": lang, "theme": theme})
            found: list[str] = page.evaluate(RUN)
            if found:
                self.wrong[f"{name} {lang}"] = found
            self.keep(f"{name}-{lang}")
        self.too_small(name)
        self.squeeze(name)

    def squeeze(self, name: str) -> None:
        """On 320 px with text at 200 % nothing runs off the side, and the bar stays in view."""
        page = self.phone.page
        page.set_viewport_size({"width": 320, "height": 640})
        self.text_size(200)
        found: list[str] = page.evaluate(SQUEEZE)
        if found:
            self.wrong[f"{name} at 320 px and 200 %"] = found
        if "SQUEEZED" in os.environ:
            self.keep(f"{name}-200-zh-Hans")
        self.text_size(100)
        page.set_viewport_size(PHONE_SIZE)

    def text_size(self, percent: int) -> None:
        """Set the system's text size, as its owner does."""
        tools = self.phone.page.context.new_cdp_session(self.phone.page)
        tools.send("Page.setFontSizes", {"fontSizes": {"standard": 16 * percent // 100}})
        tools.detach()

    def keep(self, name: str) -> None:
        if self.shots and (name.endswith("zh-Hans") or "ALL_LANGS" in os.environ):
            Path(self.shots).mkdir(parents=True, exist_ok=True)
            self.phone.page.screenshot(path=f"{self.shots}/{len(self.seen):02d}-{name}.png")

    def too_small(self, name: str) -> None:
        """What a thumb may hit is 48 px high, or stands in the strip, which reaches beyond its own edge."""
        small: list[str] = self.phone.page.evaluate(SMALL)
        if small:
            self.wrong[f"{name} smaller than 48 px"] = small


SMALL = """() => {
  const size = (one) => one.getBoundingClientRect();
  const shown = (one) => size(one).width > 1 && one.tabIndex >= 0;
  return [...document.querySelectorAll('button, a[href], input')]
    .filter((one) => shown(one) && !one.closest('.strip'))
    .filter((one) => size(one).height < 47.5 || size(one).width < 47.5)
    .map((one) => `${one.dataset.testid ?? one.className} ${size(one).width} x ${size(one).height}`);
}"""

SQUEEZE = """async () => {
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const all = (what) => [...document.querySelectorAll(what)];
  const box = (one) => one.getBoundingClientRect();
  const wide = all('.screen, main, .dock, .head, .sheet')
    .filter((one) => one.scrollWidth > one.clientWidth + 1)
    .map((one) => 'too wide: ' + one.className);
  const out = all('[data-testid=bar], [data-testid=signin-go]')
    .filter((one) => box(one).bottom > innerHeight + 1 || box(one).right > innerWidth + 1)
    .map((one) => 'out of view: ' + one.textContent);
  return [...wide, ...out];
}"""


def test_every_screen_in_three_languages(town: Town, handset: Callable[..., Handset]) -> None:
    phone = handset("walk1")
    walk = Walk(phone, os.environ.get("SCREEN_SHOTS"))

    before_the_case(walk)
    offer = town.offer("walk")
    phone.see("screen-offer")
    on_the_way(walk, town, offer)
    with_him(walk)
    afterwards(walk, town)
    elsewhere(walk, town, handset)

    assert not walk.wrong, "\n".join(f"{name}: {one}" for name, found in walk.wrong.items() for one in found)
    assert walk.seen >= set(ALL)


# Every screen there is, as Root.svelte names them, and the sheets that open over them.
ROOT_NAMES = re.findall(r"(\w+): \(\) => import", (ROOT / "frontend/src/Root.svelte").read_text())
ALL = {*ROOT_NAMES, "signin", "onduty", "standby", "offer", "action"}


def before_the_case(walk: Walk) -> None:
    phone = walk.phone
    phone.open()
    walk.look("signin")
    phone.sign_in()
    walk.look("onduty")
    phone.tap("duty-pin")
    walk.look("pin")
    for _twice in range(2):
        phone.pin("2580")
    phone.see("pin-done")
    phone.tap("bar")
    phone.go_on_duty()
    phone.see("screen-standby")
    walk.look("standby")
    phone.hold()
    for tab in ("today", "script", "device"):
        phone.tap(f"tab-{tab}")
        phone.see(f"screen-{tab}")
        walk.look(f"{tab}" if tab != "script" else "script-idle")
    phone.tap("tab-today")
    phone.tap("today-handover")
    phone.see("handover-notes")
    walk.look("handover")
    phone.tap("back")
    phone.tap("tab-device")
    phone.tap("device-unsent")
    walk.look("unsent")
    phone.tap("back")
    phone.tap("tab-standby")


def on_the_way(walk: Walk, town: Town, offer: str) -> None:
    phone = walk.phone
    walk.look("offer")
    phone.tap("decline")
    walk.look("offer-decline")
    phone.tap("decline-back")
    phone.hold()
    phone.see("screen-action")
    walk.look("action")
    phone.tap("message-write")
    walk.look("action-message")
    phone.page.mouse.click(195, 30)
    phone.tap("navigate")
    walk.look("action-navigate")
    phone.tap("navigate-map")
    phone.see("screen-map")
    walk.look("map")
    phone.tap("back")
    town.say(offer, "他挪到 3 号窗口了")
    phone.wait_words("log", "3 号窗口")
    phone.hold()
    phone.wait_words("bar", "到场")
    walk.look("action-en-route")
    phone.hold()
    phone.page.wait_for_selector("[data-testid=bar][data-hold='0']")


def with_him(walk: Walk) -> None:
    phone = walk.phone
    walk.look("action-arrived")
    phone.ready()
    phone.tap("tab-case")
    phone.see("person-name")
    walk.look("case")
    for opens, sheet in (("dial", "case-dial"), ("stop-payment", "case-stop"), ("note-open", "case-note")):
        phone.tap(opens)
        walk.look(sheet)
        phone.page.mouse.click(195, 30)
    phone.tap("tab-script")
    phone.see("screen-script")
    walk.look("script")
    phone.tap("tab-cards")
    walk.look("cards")
    phone.tap("card-show")
    phone.see("screen-show")
    walk.look("show")
    phone.tap("card-close")
    phone.tap("card-prove")
    phone.see("screen-prove")
    walk.look("prove")
    phone.tap("card-close")
    phone.ready()
    phone.tap("tab-help")
    phone.see("screen-help")
    walk.look("help")
    phone.hold()
    phone.see("help-state")
    walk.look("help-sent")
    phone.hold(testid="help-over")
    phone.see("screen-cards")
    locked(walk)


def locked(walk: Walk) -> None:
    """Opened anew, the phone asks for its PIN: level and street, no name; the case after it."""
    phone = walk.phone
    phone.page.reload()
    phone.see("screen-lock")
    walk.look("lock")
    words = phone.page.inner_text("body")
    assert "王庆和" not in words and "王*" not in words and "江城银行滨江路支行" in words
    phone.pin("2580")
    phone.see("screen-action")


def afterwards(walk: Walk, town: Town) -> None:
    phone = walk.phone
    phone.tap("bar")
    phone.see("screen-result")
    walk.look("result")
    phone.tap("sum-prevented")
    walk.look("result-sum")
    for key in ("key-6", "key-wan", "choice-basis-prevented-balance_seen", "sum-ok"):
        phone.tap(key)
    phone.tap("type-change")
    walk.look("result-type")
    phone.page.mouse.click(195, 30)
    for chosen in ("met-person", "state-aware", "effect-dissuaded"):
        phone.tap(f"choice-{chosen}")
    phone.tap("bar")
    phone.see("screen-rest")
    phone.page.wait_for_selector("[data-testid=rest-saved][data-word=confirmed]")
    walk.look("rest")
    phone.tap("account-add")
    walk.look("rest-indicator")
    phone.page.mouse.click(195, 30)
    phone.tap("bar")
    phone.see("today-row")
    walk.look("today-row")
    phone.tap("tab-standby")
    # Opened anew the page is silent until it is touched: this phone cannot ring.
    phone.page.reload()
    phone.see("screen-noring")
    walk.look("noring")


def elsewhere(walk: Walk, town: Town, handset: Callable[..., Handset]) -> None:
    """What only another member's phone shows."""
    for name, screen in (("checkin1", "checkin"), ("halt1", "standdown")):
        walk.phone = handset(name)
        walk.phone.open()
        enter(walk.phone, f"screen-{screen}")
        walk.look(screen)
    revoked = walk.phone
    walk.phone = handset("supervisor")
    walk.phone.open()
    enter(walk.phone, "screen-alarms")
    walk.look("alarms")
    walk.phone = revoked
    town.revoke(walk.phone)
    walk.phone.see("revoked-wiped")
    walk.phone.wait_words("strip-ring", "未上岗")  # it rang until now; nobody rings this phone any more
    walk.look("revoked")
    walk.phone = handset("nobody")
    walk.phone.page.add_init_script("Object.defineProperty(window, 'isSecureContext', { value: false })")
    walk.phone.open()
    walk.phone.see("screen-insecure")
    walk.look("insecure")


def enter(phone: Handset, screen: str) -> None:
    phone.page.fill("[data-testid=signin-username]", phone.username)
    phone.page.fill("[data-testid=signin-password]", "fieldops-demo")
    phone.tap("signin-go")
    phone.see(screen)
