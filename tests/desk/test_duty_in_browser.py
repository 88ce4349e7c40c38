"""Standby, break, off duty of a crew, set at the board; a crew with a case is refused in words."""

import pytest
from playwright.sync_api import expect

from tests.servers import Server

from .browser import sign_in

pytestmark = pytest.mark.browser

FURNISH = """
from tests import make
town = make.town()
make.accepted(town)
"""


@pytest.fixture(scope="module", autouse=True)
def town(running: Server):
    running.manage("shell", "-v0", "-c", FURNISH)


def test_a_crew_rings_in(running: Server, browser):
    board, complaints = sign_in(browser, running, "duty", viewport={"width": 1280, "height": 800})
    other, _more = sign_in(browser, running, "supervisor")
    bravo = board.get_by_test_id("crew-Bravo")
    still = bravo.bounding_box()

    # The whole crew rests; then one of it is back.
    board.get_by_test_id("duty-open-Bravo").click()
    expect(board.get_by_test_id("duty-bravo1-standby")).to_have_attribute("aria-pressed", "true")
    board.get_by_test_id("duty-Bravo-break").click()
    expect(bravo.get_by_test_id("duty-open-Bravo")).to_have_text("休息")
    expect(other.get_by_test_id("duty-open-Bravo")).to_have_text("休息")
    expect(board.get_by_test_id("duty-Bravo-break")).to_be_hidden()
    board.get_by_test_id("duty-open-Bravo").click()
    board.get_by_test_id("duty-bravo2-standby").click()
    expect(other.get_by_test_id("duty-open-Bravo")).to_have_text("待命")
    assert bravo.bounding_box() == still

    # Alpha has a case: it is said why not, and stays.
    board.get_by_test_id("duty-open-Alpha").click()
    board.get_by_test_id("duty-Alpha-off").click()
    alpha = board.get_by_test_id("crew-Alpha")
    expect(alpha.locator(".err").first).to_be_visible()
    expect(alpha.locator(".err").first).to_contain_text("机动队手上有案件")
    expect(alpha.get_by_test_id("duty-alpha1-standby")).to_have_attribute("aria-pressed", "true")
    # The one refusal the browser itself notes is the 409 of that press.
    assert [line for line in complaints if "409" not in line] == []
