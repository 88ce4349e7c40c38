"""The desk in a real browser on a real server: call, place, triage, send, answers live, message, outcome."""

import pytest
from playwright.sync_api import expect

from tests import make
from tests.servers import Server, run_server

from .browser import FURNISH, Phone, sign_in

pytestmark = pytest.mark.browser


@pytest.fixture
def server():
    with run_server() as running:
        running.case_id, running.number = running.manage("shell", "-v0", "-c", FURNISH).split()
        yield running


def call_and_record(page, state: str = "convinced") -> None:
    """Press call, say where he is, record the call."""
    page.get_by_test_id("call").click()
    page.wait_for_selector("[data-testid=call-number][href^='tel:1380001']")
    page.get_by_test_id("where-text").press_sequentially("Binjiang br")
    page.get_by_test_id("where-place").first.click()
    page.get_by_test_id("where-detail").fill("大厅")
    page.get_by_test_id("where-save").click()
    expect(page.get_by_test_id("where-now")).to_contain_text("Binjiang branch 大厅")
    page.get_by_test_id("hang-up").click()
    page.get_by_test_id("result-connected").click()
    page.get_by_test_id(f"state-{state}").click()
    page.get_by_test_id("save-call").click()
    expect(page.get_by_test_id("victim-state")).to_have_text({"convinced": "深信", "denies": "否认"}[state])


def send(page) -> None:
    """Send the crew that is advised, with a reason where the gate wants one."""
    reason = page.get_by_test_id("send-reason")
    if reason.count():
        reason.fill("已电话确认")
    page.get_by_test_id("send").click()
    page.wait_for_selector("[data-assignment]")


def test_the_bank_lobby_from_call_to_outcome(server: Server, browser):
    page, complaints = sign_in(browser, server, "duty")
    board, _more = sign_in(browser, server, "supervisor")
    phones = [Phone(server, name) for name in ("alpha1", "alpha2")]
    page.get_by_test_id(f"case-strip-{server.number}").click()
    expect(page.get_by_test_id("call")).to_be_visible()

    call_and_record(page)
    expect(page.get_by_test_id("triage-channel")).to_have_attribute("data-channel", "mobile_team")
    expect(page.locator(":focus")).to_have_attribute("data-testid", "send")
    assert "王庆和" not in page.content()
    expect(page.get_by_test_id("send")).to_contain_text("派 Alpha 去 Binjiang branch")
    send(page)
    offer = page.locator("[data-assignment]").get_attribute("data-assignment")

    for phone in phones:
        phone.show(offer)
    assert phones[0].send("accept", ("assignment", offer))["outcome"] == "applied"
    expect(board.get_by_test_id("crew-answers-Alpha")).to_have_text("1/2")
    assert phones[1].send("accept", ("assignment", offer))["code"] == "JOINED"
    expect(board.get_by_test_id("crew-answers-Alpha")).to_have_text("2/2")
    expect(page.get_by_test_id("answers-Alpha")).to_have_text("2/2")

    page.get_by_test_id("message-text").fill("他到 3 号窗口了")
    page.get_by_test_id("message-send").click()
    expect(page.get_by_test_id("message")).to_contain_text("他到 3 号窗口了")
    for phone in phones:
        phone.show(*[message["id"] for message in phone.snapshot()["messages"]])
    expect(page.get_by_test_id("message")).to_contain_text("已阅 2/2")

    phones[0].send("set_out", ("assignment", offer))
    expect(page.get_by_test_id("stage")).to_have_text("途中")
    phones[0].send("arrive", ("assignment", offer))
    expect(board.locator(".part[data-stage=with_person] [data-strip]")).to_have_count(1)
    done = phones[0].send("conclude", ("assignment", offer), {"report": make.report()})
    assert done["outcome"] == "applied"
    expect(page.get_by_test_id("sum-prevented")).to_have_text("6.00 万")
    expect(page.get_by_test_id("label")).to_contain_text("及时劝阻")
    expect(board.get_by_test_id("crew-answers-Alpha")).to_have_text("")

    page.get_by_test_id("close-open").click()
    page.get_by_test_id("close-case").click()
    expect(page.get_by_test_id("stage")).to_have_text("已结")
    expect(board.get_by_test_id(f"case-strip-{server.number}")).to_have_count(0)
    assert complaints == []


def test_typed_text_survives_what_changes_around_it(server: Server, browser):
    page, complaints = sign_in(browser, server, "duty")
    other, _more = sign_in(browser, server, "supervisor")
    page.goto(f"{server.url}/cases/{server.case_id}")
    other.goto(f"{server.url}/cases/{server.case_id}")
    page.get_by_test_id("where-text").fill("半个地")
    page.get_by_test_id("reveal-reason").fill("核对")

    other.get_by_test_id("where-text").fill("新地方")
    other.get_by_test_id("where-save").click()

    expect(page.get_by_test_id("where-now")).to_contain_text("新地方")
    expect(page.get_by_test_id("where-text")).to_have_value("半个地")
    expect(page.get_by_test_id("reveal-reason")).to_have_value("核对")
    expect(page.locator(":focus")).to_have_attribute("data-testid", "reveal-reason")
    assert complaints == []


def test_one_person_has_one_caller_and_the_other_is_told_in_words(server: Server, browser):
    page, _complaints = sign_in(browser, server, "duty")
    other, _more = sign_in(browser, server, "supervisor")
    other.goto(f"{server.url}/cases/{server.case_id}")
    page.goto(f"{server.url}/cases/{server.case_id}")

    page.get_by_test_id("call").click()

    expect(other.get_by_text("duty 正在与他通话")).to_be_visible()
    expect(other.get_by_test_id("call")).to_have_count(0)
    page.reload()
    page.wait_for_selector("[data-testid=call-number][href^='tel:1380001']")


def test_everything_by_keyboard(server: Server, browser):
    page, _complaints = sign_in(browser, server, "duty")
    page.keyboard.press("j")
    expect(page.locator(":focus")).to_have_attribute("data-testid", f"case-strip-{server.number}")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-testid=call]")

    page.keyboard.press("c")
    expect(page.locator(":focus")).to_have_attribute("data-testid", "call")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-testid=call-number][href]")
    expect(page.locator(":focus")).to_have_attribute("data-testid", "where-text")
    page.keyboard.press("Escape")
    page.keyboard.press("x")
    page.keyboard.press("1")  # connected
    page.keyboard.press("Tab")
    page.keyboard.press("5")  # convinced
    page.keyboard.press("Control+Enter")

    expect(page.get_by_test_id("victim-state")).to_have_text("深信")
    expect(page.locator(":focus")).to_have_attribute("data-testid", "send")
    page.keyboard.press("Escape")
    page.wait_for_url(f"{server.url}/")
    expect(page.locator(":focus")).to_have_attribute("data-testid", f"case-strip-{server.number}")


def test_a_lost_connection_is_said_and_takes_the_claims_away(server: Server, browser):
    page, _complaints = sign_in(browser, server, "duty")
    page.goto(f"{server.url}/cases/{server.case_id}")
    page.wait_for_selector("[data-testid=call]")
    top = page.get_by_test_id("call").bounding_box()

    server.stop()

    expect(page.locator("body.old #stale")).to_contain_text("连接断开")
    expect(page.get_by_test_id("call")).to_be_disabled()
    assert page.get_by_test_id("call").bounding_box() == top


def test_a_school_is_told_and_its_answers_timed(server: Server, browser):
    server.manage(
        "shell", "-v0", "-c",
        "from fieldops.cases.models import Case; from fieldops.places.models import Place;"
        "row = Case.objects.get(); row.person.school = Place.objects.get(kind='school'); row.person.save()",
    )  # fmt: skip
    page, complaints = sign_in(browser, server, "duty")
    page.goto(f"{server.url}/cases/{server.case_id}")
    page.get_by_test_id("tell-school").click()
    page.get_by_test_id("notice-tell-security_office").click()
    expect(page.get_by_test_id("stage")).to_have_text("校所已告知")

    page.get_by_test_id("notice-answered").click()
    expect(page.get_by_test_id("notice-answered")).to_have_count(0)
    page.get_by_test_id("notice-coming").click()
    page.get_by_test_id("notice-reached").click()

    expect(page.get_by_test_id("stage")).to_have_text("待复核")
    expect(page.get_by_test_id("timeline")).to_contain_text("到位")
    assert complaints == []
