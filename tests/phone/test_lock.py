"""A locked phone rings, stores and names nobody; opens by PIN, finger, password; forgets after its lease."""

import json
from collections.abc import Callable

import pytest

from .furnish import BANK
from .phones import Handset, Town

pytestmark = pytest.mark.browser
NAME = "王庆和"
HALF = "他说钱是帮朋友转的，还没"
FINGER = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def test_a_locked_phone_rings_and_names_nobody(town: Town, handset: Callable[..., Handset]) -> None:
    phone = handset("lock1")
    tools = phone.page.context.new_cdp_session(phone.page)
    tools.send("WebAuthn.enable")
    tools.send("WebAuthn.addVirtualAuthenticator", {"options": FINGER})
    phone.open()
    phone.sign_in()
    set_pin(phone)
    phone.go_on_duty()

    offer = rings_behind_the_gate(town, phone)
    keeps_what_was_half_written(phone)
    opens_by_finger_and_password_and_not_by_guessing(phone)
    is_called_off_at_the_sign_in(town, phone, offer)
    forgets_after_its_lease(phone)


def set_pin(phone: Handset) -> None:
    phone.tap("duty-pin")
    for typed in ("2580", "2581", "2580", "2580"):
        phone.pin(typed)
        phone.page.wait_for_timeout(50)
    phone.see("pin-done")
    phone.tap("pin-passkey")
    phone.see("pin-passkey-done")
    phone.tap("bar")


def rings_behind_the_gate(town: Town, phone: Handset) -> str:
    """Opened anew it is locked; the offer comes, rings once touched, is accepted; the case stays closed."""
    page = phone.page
    page.reload()
    phone.see("screen-noring")
    phone.tap("strip-unconfirmed")
    phone.see("screen-lock")
    offer = town.offer("lock")
    phone.see("screen-offer")
    page.wait_for_selector("[data-testid=strip-ring]")
    assert BANK in phone.words("place")
    phone.hold()
    phone.see("screen-lock")
    phone.confirmed()
    town.say(offer, "他挪到 3 号窗口了")
    phone.until(
        lambda: any(row["kind"] == "message" for row in phone.rows("base")), "the words were not stored"
    )

    assert NAME not in page.inner_text("body")
    on_disk = json.dumps(phone.rows("base"), ensure_ascii=False)
    assert NAME not in on_disk and "3 号窗口" not in on_disk
    phone.tap("lock-passkey")
    phone.see("screen-action")
    assert NAME in phone.words("name")
    return offer


def keeps_what_was_half_written(phone: Handset) -> None:
    """A minute in another app locks; behind the lock the sheet stays as it was, and nobody reads it."""
    page = phone.page
    phone.tap("tab-case")
    phone.tap("note-open")
    page.fill("[data-testid=note-text]", HALF)
    page.evaluate(PASS, 200_000)
    page.locator("[data-testid=note-text]").press("End")
    page.evaluate(PASS, 310_000)
    page.wait_for_timeout(1500)
    phone.see("screen-case")
    page.evaluate(PASS, 0)
    page.evaluate(ELSEWHERE)
    phone.see("screen-lock")

    assert NAME not in page.inner_text("body") and HALF not in page.inner_text("body")
    assert page.get_by_role("textbox").count() == 0
    phone.pin("2580")
    phone.see("screen-case")
    assert page.locator("[data-testid=note-text]").is_visible()
    assert page.input_value("[data-testid=note-text]") == HALF
    page.mouse.click(195, 30)


def opens_by_finger_and_password_and_not_by_guessing(phone: Handset) -> None:
    phone.page.reload()
    phone.see("screen-lock")
    # A disk that fails leaves the keypad alive.
    phone.page.evaluate(DISK_FAILS_ONCE)
    phone.pin("1110")
    phone.see("lock-problem")
    bar_the_gate(phone)
    phone.page.reload()
    phone.see("lock-barred")
    phone.tap("lock-sign-in")
    sign_in_with(phone, "not-the-password")
    phone.see("signin-problem")
    phone.tap("signin-back")
    phone.see("lock-barred")
    phone.tap("lock-sign-in")
    sign_in_with(phone, "fieldops-demo")
    phone.see("screen-action")
    assert NAME in phone.words("name")


def bar_the_gate(phone: Handset) -> None:
    while phone.page.locator("[data-testid=lock-barred]").count() == 0:
        phone.pin("1111")
        phone.page.wait_for_selector("[data-testid=lock-problem], [data-testid=lock-barred]")


def sign_in_with(phone: Handset, password: str) -> None:
    phone.page.fill("[data-testid=signin-password]", password)
    phone.tap("signin-go")


def is_called_off_at_the_sign_in(town: Town, phone: Handset, offer: str) -> None:
    """Barred and about to sign in he is on duty all the same: what rings stands there and can be answered."""
    phone.page.reload()
    phone.see("screen-lock")
    bar_the_gate(phone)
    phone.tap("lock-sign-in")
    phone.see("screen-signin")
    town.recall(offer)

    phone.see("screen-standdown")
    phone.wait_words("strip-ring", "正在响")
    phone.hold()
    phone.see("screen-signin")
    phone.tap("signin-back")
    phone.confirmed()


def forgets_after_its_lease(phone: Handset) -> None:
    """Long after the shift, unheard of: the key and everything readable go at the next start."""
    page = phone.page
    page.route("**/api/v1/**", lambda route: route.abort())
    page.evaluate(LEASE_OVER)
    page.reload()
    phone.see("screen-signin")

    assert phone.rows("base") == []
    assert {row["text"] for row in phone.rows("commands")} == {""}


# The page's clock, some time on.
PASS = """(ms) => {
  window.realNow ??= Date.now;
  Date.now = () => window.realNow.call(Date) + ms;
}"""
ELSEWHERE = """() => {
  const seen = (state) => {
    Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  };
  const now = Date.now;
  seen('hidden');
  Date.now = () => now() + 61_000;
  seen('visible');
  Date.now = now;
  delete document.visibilityState;
}"""
DISK_FAILS_ONCE = """() => {
  const put = IDBObjectStore.prototype.put;
  IDBObjectStore.prototype.put = function (value, key) {
    if (key !== 'gate') return put.call(this, value, key);
    IDBObjectStore.prototype.put = put;
    throw new DOMException('the disk is full', 'QuotaExceededError');
  };
}"""
LEASE_OVER = """async () => {
  const told = (ask) => new Promise((done) => { ask.onsuccess = () => done(ask.result); });
  const { name } = (await indexedDB.databases()).find((one) => one.name.startsWith('fieldops-'));
  const db = await told(indexedDB.open(name));
  await told(db.transaction('meta', 'readwrite').objectStore('meta').put(Date.now() - 1000, 'lease_until'));
  db.close();
}"""
