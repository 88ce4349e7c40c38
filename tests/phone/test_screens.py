"""Every screen of the phone, walked once on a real server, in three languages: axe-core finds nothing to say.

`SCREEN_SHOTS=folder` keeps a picture of each.
"""

import os
import re
from collections.abc import Callable

import pytest

from tests.servers import ROOT

from .looking import Walk
from .phones import Handset, Town

pytestmark = pytest.mark.browser


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

    assert not walk.wrong, walk.complaints
    assert walk.seen >= set(ALL)


# Every screen there is, as Root.svelte names them, and the sheets that open over them.
ROOT_NAMES = re.findall(r"(\w+): \(\) => import", (ROOT / "frontend/src/Root.svelte").read_text())
NO_DISK = """
localStorage.setItem('fieldops:last_user', JSON.stringify({ id: 'nobody', username: 'nobody', out: false }));
IDBFactory.prototype.open = () => { throw new DOMException('the disk does not answer', 'UnknownError'); };
"""
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
    walk.phone = handset("nobody")
    walk.phone.page.add_init_script(NO_DISK)
    walk.phone.open()
    walk.phone.see("screen-broken")
    walk.look("broken")


def enter(phone: Handset, screen: str) -> None:
    phone.page.fill("[data-testid=signin-username]", phone.username)
    phone.page.fill("[data-testid=signin-password]", "fieldops-demo")
    phone.tap("signin-go")
    phone.see(screen)
