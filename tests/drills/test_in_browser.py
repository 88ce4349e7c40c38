"""A drill at the desk: the supervisor starts it, a phone rings, everything says drill, the report stays."""

import pytest
from playwright.sync_api import expect

from tests.desk.browser import Phone, chromium, sign_in
from tests.servers import Server

pytestmark = pytest.mark.browser
FURNISH = "from tests import make; make.town()"


@pytest.fixture(scope="module", autouse=True)
def town(running: Server):
    running.manage("shell", "-v0", "-c", FURNISH)


def test_a_drill_from_start_to_report(running: Server):
    with chromium() as browser:
        page, complaints = sign_in(browser, running, "supervisor")
        phone = Phone(running, "alpha1")
        page.goto(f"{running.url}/drills")
        page.get_by_test_id("scene-phone_dead").check(force=True)
        page.get_by_test_id("drill-team").select_option(label="Alpha")
        page.get_by_test_id("drill-start").click()
        page.locator("[data-testid^=drill-open-]").click()

        # On the phone it is an offer like any other, and says that it is a drill.
        offer = phone.snapshot()["assignments"][0]
        assert (offer["status"], offer["drill"]) == ("offered", True)
        phone.show(offer["id"])
        assert phone.send("accept", ("assignment", offer["id"]))["outcome"] == "applied"

        board, _more = sign_in(browser, running, "duty")
        expect(board.get_by_test_id(f"case-strip-{offer['case_number']}")).to_contain_text("演练")
        expect(board.get_by_test_id("crew-Alpha")).to_contain_text("演练")
        board.goto(f"{running.url}/cases/{offer['case_id']}")
        expect(board.get_by_test_id("drill-mark")).to_have_text("演练")
        board.goto(page.url)
        expect(board.get_by_test_id("drill-end")).to_have_count(0)

        page.reload()
        page.get_by_test_id("drill-words").fill("alpha2 没有应答")
        page.get_by_test_id("drill-end").click()
        expect(page.get_by_test_id("drill-crew-Alpha")).to_contain_text("alpha1")
        expect(page.locator("main")).to_contain_text("sha256")
        expect(page.locator("main")).to_contain_text("alpha2 没有应答")
        assert phone.snapshot()["assignments"][0]["must_stand_down"]
        assert complaints == []
