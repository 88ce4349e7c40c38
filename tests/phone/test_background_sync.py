"""Background Sync: the browser tells the worker that the network is back, the worker wakes the open page."""

from collections.abc import Callable
from typing import Any

import pytest

from .phones import Handset

pytestmark = pytest.mark.browser


def test_the_worker_wakes_an_open_page(handset: Callable[..., Handset]) -> None:
    phone = handset("walk2")
    phone.open()
    phone.page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    phone.until(lambda: phone.page.evaluate("Boolean(navigator.serviceWorker.controller)"), "no worker")
    phone.page.evaluate(
        "() => { navigator.serviceWorker.addEventListener('message', (told) => (window.told = told.data)) }"
    )
    session = phone.page.context.new_cdp_session(phone.page)
    found: list[dict[str, Any]] = []
    session.on("ServiceWorker.workerRegistrationUpdated", lambda event: found.extend(event["registrations"]))
    session.send("ServiceWorker.enable")
    phone.until(lambda: found, "no worker")

    back = {"registrationId": found[0]["registrationId"], "tag": "wake", "lastChance": False}
    session.send("ServiceWorker.dispatchSyncEvent", {"origin": phone.url, **back})

    # Not `wait_for_function`: what is not so at once it asks by `eval`, which the page's policy refuses.
    phone.until(lambda: phone.page.evaluate("window.told") == "wake", "the page was not woken")
