"""A new version under an open form and a queue that waits: both survive, and it asks before it takes over."""

import re
from collections.abc import Callable

import pytest

from .phones import Handset, Town

pytestmark = pytest.mark.browser
COMMANDS = re.compile("/sync/commands")
LOOK = "navigator.serviceWorker.getRegistration('/m/').then((found) => found.update()).then(() => true)"
WAITS = "navigator.serviceWorker.getRegistration('/m/').then((found) => Boolean(found.waiting))"


def test_an_update_waits_for_form_and_queue(town: Town, handset: Callable[..., Handset]) -> None:
    phone = handset("update1")
    page = phone.page
    phone.open()
    phone.sign_in()
    phone.go_on_duty()
    phone.until(lambda: page.evaluate("Boolean(navigator.serviceWorker.controller)"), "no worker")
    at_the_form(town, phone)
    page.evaluate("window.sameAsBefore = true")

    town.release_new_version()
    page.evaluate(LOOK)
    phone.until(lambda: page.evaluate(WAITS), "the new version did not come")
    page.wait_for_timeout(1500)

    assert page.evaluate("window.sameAsBefore")
    assert page.locator("[data-testid=choice-met-person][aria-checked=true]").count() == 1
    assert page.locator("[data-testid=new-version]").count() == 0
    finish(phone)
    phone.see("new-version")
    assert page.locator("[data-testid=device-update]").count() == 0, "it must not be offered over a queue"

    page.unroute(COMMANDS)
    page.evaluate("dispatchEvent(new Event('online'))")
    phone.confirmed()
    phone.tap("device-update")
    phone.see("screen-noring")
    assert not page.evaluate("window.sameAsBefore")
    assert not page.evaluate(WAITS)
    assert [row["outcome"] for row in phone.rows("commands")] == ["applied"] * 5


def at_the_form(town: Town, phone: Handset) -> None:
    """Be at the door with the result half filled in, and a network that carries no commands."""
    town.offer("update")
    phone.see("screen-offer")
    for _move in ("accept", "set_out", "arrive"):
        phone.hold()
        phone.page.wait_for_timeout(100)
    phone.page.wait_for_selector("[data-testid=bar][data-hold='0']")
    phone.confirmed()
    phone.page.route(COMMANDS, lambda route: route.abort())
    phone.ready()
    phone.tap("bar")
    phone.see("screen-result")
    phone.tap("choice-met-person")


def finish(phone: Handset) -> None:
    for chosen in ("state-aware", "effect-dissuaded"):
        phone.tap(f"choice-{chosen}")
    phone.tap("bar")
    phone.see("screen-rest")
    phone.tap("bar")
    phone.see("screen-today")
