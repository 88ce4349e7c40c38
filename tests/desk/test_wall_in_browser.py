"""The wall in Chromium: the next losses, the crews, the alarm, live; and it says when the line is lost."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.servers import Server

from .browser import sign_in, without_clock

pytestmark = pytest.mark.browser

WALL = {"width": 1920, "height": 1080}
FURNISH = """
import json
from fieldops.lib.clock import now
from tests import make
town = make.town()
first = make.at_bank(town, make.called(town, make.case(town)))
rows = [first, *(make.case(town, level="high", amount_at_risk_fen=320_000) for _ in range(9))]
make.offered(town, first)
print(json.dumps({"numbers": [row.number.rsplit("-")[-1] for row in rows], "case": str(first.pk)}))
"""
# As the ladder does when nobody answers.
ALARM = """
from fieldops.cases.models import Case
from fieldops.feed.alarms import raise_alarm
from fieldops.lib.clock import now
case = Case.objects.get(pk="{case}")
params = {{"team": "Alpha", "ring": [{{"name": "alpha1", "phone": "023-0000-0042"}}]}}
raise_alarm(center_id=case.center_id, kind="not_answered", key="wall", at=now(), case_id=case.pk,
    params=params, case_number=case.number)
"""


@pytest.fixture(scope="module")
def town(running: Server):
    return json.loads(running.manage("shell", "-v0", "-c", FURNISH))


def boxes(page):
    """Return where the wall's fixed parts stand."""
    return [page.locator(name).bounding_box() for name in (".wlan", ".wrows", ".wcrews", "#band")]


def test_the_wall_shows_what_is_lost_next_and_says_when_it_is_blind(running: Server, browser, town):
    board, _complaints = sign_in(browser, running, "supervisor", viewport=WALL)
    # Every 15 s it would fetch by itself what the news should bring at once.
    without_clock(board, 15000)
    board.get_by_test_id("user-menu").click()
    with board.context.expect_page() as opened:
        board.get_by_test_id("open-wall").click()
    wall = opened.value
    complaints: list[str] = []
    wall.on("pageerror", lambda error: complaints.append(str(error)))

    # Eight of ten, by the loss clock; the crew that is asked; no alarm yet.
    expect(wall.get_by_test_id("wall-open")).to_have_text("10")
    expect(wall.locator("[data-testid^=wall-case-]")).to_have_count(8)
    expect(wall.get_by_test_id(f"wall-case-{town['numbers'][0]}")).to_contain_text("Binjiang branch")
    crew = wall.get_by_test_id("wall-crew-Alpha")
    expect(crew).to_contain_text("待接单")
    expect(crew).to_contain_text("0/2")
    expect(wall.get_by_test_id("wall-band")).to_have_text("没有待确认的警报")
    shown = wall.locator("body").inner_text()
    assert "王" not in shown
    assert not re.search(r"\d{3}\*{2,}|1380001", shown)
    assert wall.locator("body button, body a, body input").count() == 0
    still = boxes(wall)
    assert wall.evaluate("document.documentElement.scrollHeight <= innerHeight")
    assert wall.evaluate("document.documentElement.scrollWidth <= innerWidth")

    # Nobody answers: the alarm stands there by itself, without the number to ring.
    running.manage("shell", "-v0", "-c", ALARM.format(case=town["case"]))
    band = wall.get_by_test_id("wall-alarm-not_answered")
    expect(band).to_contain_text("Alpha")
    expect(band).to_contain_text(town["numbers"][0])
    expect(wall.get_by_test_id("wall-band")).to_contain_text("未确认 1")
    assert "023-0000-0042" not in wall.locator("body").inner_text()
    board.bring_to_front()
    board.get_by_test_id("acknowledge-not_answered").click()
    expect(wall.get_by_test_id("wall-band")).to_have_text("没有待确认的警报")

    running.stop()
    expect(wall.locator("body.old #stale")).to_contain_text("连接断开")
    expect(wall.get_by_test_id("wall-band")).to_be_hidden()
    assert boxes(wall) == still
    assert complaints == []
