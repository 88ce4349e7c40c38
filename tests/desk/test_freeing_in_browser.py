"""Nobody free, at the desk: line up, divert with a reason for leaving, another crew instead of the first."""

import json

import pytest
from playwright.sync_api import expect

from tests.servers import Server

from .browser import Phone, sign_in

pytestmark = pytest.mark.browser

# Alpha is with a person, Bravo has been asked about another case: nobody may go to the third.
FURNISH = """
import json
from fieldops.teams.models import ShiftMember
from tests import make
town = make.town()
busy = make.arrived(town)
asked = make.offered(town, make.called(town, make.case(town)), shift=town.bravo)
case = make.at_bank(town, make.called(town, make.case(town)))
print(json.dumps({"case": str(case.pk), "number": case.number, "busy": str(busy.pk), "asked": str(asked.pk),
    "asked_case": str(asked.case_id), "busy_number": busy.case.number}))
"""


@pytest.fixture(scope="module")
def town(running: Server):
    return json.loads(running.manage("shell", "-v0", "-c", FURNISH))


def test_nobody_is_free_then_lined_up_then_diverted_then_replaced(running: Server, browser, town):
    duty, complaints = sign_in(browser, running, "duty")
    duty.goto(f"{running.url}/cases/{town['case']}")

    # Who is next and whom to ring; a crew with a person is not the duty officer's to take.
    expect(duty.get_by_test_id("nobody-free")).to_contain_text("现在没有可派的组")
    expect(duty.get_by_test_id("station-number").first).to_contain_text("Binjiang station")
    expect(duty.get_by_test_id("busy-Alpha")).to_contain_text("到场")
    expect(duty.get_by_test_id("divert-open-Alpha")).to_have_count(0)
    expect(duty.get_by_test_id("send")).to_have_count(0)

    duty.get_by_test_id("line-up-open-Alpha").click()
    duty.get_by_test_id("line-up-Alpha").click()
    expect(duty.get_by_test_id("lined-up")).to_contain_text("等Alpha")
    board, _more = sign_in(browser, running, "supervisor")
    expect(board.get_by_test_id("next-Alpha")).to_contain_text(town["number"].rsplit("-")[-1])
    expect(board.get_by_test_id(f"case-strip-{town['number']}")).to_contain_text("等Alpha")

    # The supervisor cannot wait: the crew leaves the person it is with, and says why he may be left.
    board.goto(f"{running.url}/cases/{town['case']}")
    board.get_by_test_id("divert-open-Alpha").click()
    alpha = board.get_by_test_id("candidate-Alpha")
    alpha.get_by_test_id("divert-reason").fill("正在转账")
    alpha.get_by_test_id("leave-reason").fill("妻子在他身边")
    board.get_by_test_id("divert-here-Alpha").click()
    expect(board.get_by_test_id("status-Alpha")).to_have_text("已派，未应答")
    expect(duty.get_by_test_id("status-Alpha")).to_have_text("已派，未应答")
    expect(duty.get_by_test_id("lined-up")).to_have_count(0)
    phone = Phone(running, "alpha1")
    told = {row["id"]: row for row in phone.snapshot()["assignments"]}
    assert told[town["busy"]]["must_stand_down"]
    assert "妻子在他身边" in told[town["busy"]]["end_reason"]
    assert phone.send("confirm_stand_down", ("assignment", town["busy"]))["outcome"] == "applied"

    # Bravo is called off its case and goes instead of Alpha: the open list says so by itself.
    duty.get_by_test_id("support").click()
    expect(duty.get_by_test_id("reason-Bravo")).to_have_count(0)
    board.goto(f"{running.url}/cases/{town['asked_case']}")
    board.get_by_test_id("recall-open-Bravo").click()
    board.get_by_test_id("recall-reason").first.fill("他自己来了")
    board.get_by_test_id("recall-Bravo").click()
    duty.get_by_test_id("reason-Bravo").fill("更近")
    duty.get_by_test_id("reassign-Bravo").click()
    expect(duty.get_by_test_id("status-Bravo")).to_have_text("已派，未应答")
    expect(duty.get_by_test_id("status-Alpha")).to_contain_text("已改派")
    assert complaints == []
