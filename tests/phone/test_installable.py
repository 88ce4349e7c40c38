"""The app as an app: the browser offers to install it, and finds nothing wrong with its manifest."""

import json

import pytest
from playwright.sync_api import Playwright

from .phones import Town, battery

pytestmark = pytest.mark.browser


def test_the_browser_would_install_it(town: Town, play: Playwright) -> None:
    # A profile of its own: in a private window, as the other tests have, nothing can be installed.
    with battery(play, "nobody", town.server.url) as power:
        phone = power.on()
        phone.open()
        phone.until(
            lambda: phone.page.evaluate("navigator.serviceWorker.getRegistration('/m/').then(Boolean)"),
            "no worker",
        )
        tools = phone.page.context.new_cdp_session(phone.page)

        errors = tools.send("Page.getInstallabilityErrors")["installabilityErrors"]
        found = tools.send("Page.getAppManifest")
        app_id = tools.send("Page.getAppId")

    assert errors == []
    assert found["errors"] == []
    assert found["url"] == f"{town.server.url}/m/manifest.webmanifest"
    told = json.loads(found["data"])
    assert (told["start_url"], told["scope"], told["display"]) == ("/m/", "/m/", "standalone")
    assert app_id["appId"] == f"{town.server.url}/m/"
