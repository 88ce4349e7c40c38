"""The small map on the case page: he and the crews, through every fetch of the part around it."""

import pytest
from playwright.sync_api import expect

from tests.servers import Server

from .browser import sign_in

pytestmark = pytest.mark.browser

FURNISH = """
from tests import make
town = make.town()
row = make.at_bank(town, make.called(town, make.case(town)))
print(row.pk)
"""


def test_he_and_the_crews_are_on_it_before_and_after_the_offer(running: Server, browser):
    case = running.manage("shell", "-v0", "-c", FURNISH).strip()
    page, complaints = sign_in(browser, running, "duty")
    page.goto(f"{running.url}/cases/{case}")
    mini = page.get_by_test_id("mini-map")

    # Before an offer every crew; a crew without a fix stands at its base.
    expect(mini.locator(".mk")).to_contain_text(["Binjiang branch", "Alpha", "Bravo"])
    expect(mini.locator(".mk.base")).to_have_count(2)
    assert mini.bounding_box()["height"] < 160
    assert 100 < mini.locator(".leaflet-container").bounding_box()["height"] < 160

    # Sent: the part is another one, the map is the same, and shows who goes.
    page.evaluate("window.deskMap.marked = true")
    page.get_by_test_id("send").first.click()
    expect(page.get_by_test_id("status-Alpha")).to_have_text("已派，未应答")
    expect(mini.locator(".mk.crew")).to_have_count(1)
    expect(mini.locator(".mk.crew")).to_contain_text("Alpha")
    expect(mini.locator(".leaflet-container")).to_have_count(1)
    assert page.evaluate(
        "window.deskMap.marked && document.querySelector('#mini').contains(deskMap.getContainer())"
    )
    assert complaints == []
