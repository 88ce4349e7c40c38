"""A locked phone rings, stores and names nobody; opens by PIN, finger, password; forgets after its lease."""

import json
from collections.abc import Callable

import pytest

from .furnish import BANK
from .phones import Handset, Town

pytestmark = pytest.mark.browser
NAME = "王庆和"
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

    rings_behind_the_gate(town, phone)
    opens_by_finger_and_not_by_guessing(phone)
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


def rings_behind_the_gate(town: Town, phone: Handset) -> None:
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


def opens_by_finger_and_not_by_guessing(phone: Handset) -> None:
    phone.tap("lock-passkey")
    phone.see("screen-action")
    assert NAME in phone.words("name")
    phone.page.reload()
    phone.see("screen-lock")
    for guess in range(5):
        phone.pin(f"111{guess}")
        phone.see("lock-problem" if guess < 4 else "lock-barred")
    phone.page.reload()
    phone.see("lock-barred")
    phone.tap("lock-sign-in")
    phone.page.fill("[data-testid=signin-password]", "fieldops-demo")
    phone.tap("signin-go")
    phone.see("screen-action")


def forgets_after_its_lease(phone: Handset) -> None:
    """Long after the shift, unheard of: the key and everything readable go at the next start."""
    page = phone.page
    page.route("**/api/v1/**", lambda route: route.abort())
    page.evaluate(LEASE_OVER)
    page.reload()
    phone.see("screen-signin")

    assert phone.rows("base") == []
    assert {row["text"] for row in phone.rows("commands")} == {""}


LEASE_OVER = """async () => {
  const told = (ask) => new Promise((done) => { ask.onsuccess = () => done(ask.result); });
  const { name } = (await indexedDB.databases()).find((one) => one.name.startsWith('fieldops-'));
  const db = await told(indexedDB.open(name));
  await told(db.transaction('meta', 'readwrite').objectStore('meta').put(Date.now() - 1000, 'lease_until'));
  db.close();
}"""
