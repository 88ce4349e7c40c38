"""Two officers on one case see each other, and where the other is writing."""

import pytest
from playwright.sync_api import expect

from tests.servers import Server

from .browser import sign_in

pytestmark = pytest.mark.browser

FURNISH = """
from tests import make
town = make.town()
rows = [make.called(town, make.case(town)) for _ in range(2)]
print(*(row.pk for row in rows))
"""


def test_who_else_has_the_case_open(running: Server, browser):
    case, other_case = running.manage("shell", "-v0", "-c", FURNISH).split()
    duty, complaints = sign_in(browser, running, "duty")
    boss, _more = sign_in(browser, running, "supervisor")
    duty.goto(f"{running.url}/cases/{case}")
    expect(duty.get_by_test_id("others")).to_be_hidden()

    # On another case nobody is beside him; on the same each sees the other, the newcomer too.
    boss.goto(f"{running.url}/cases/{other_case}")
    boss.wait_for_selector("#live")
    expect(duty.get_by_test_id("others")).to_be_hidden()
    boss.goto(f"{running.url}/cases/{case}")
    expect(duty.get_by_test_id("others")).to_contain_text("supervisor")
    expect(boss.get_by_test_id("others")).to_contain_text("duty")

    boss.get_by_test_id("where-text").fill("江东")
    expect(duty.get_by_test_id("others")).to_contain_text("正在写：现在位置")
    assert "江东" not in duty.get_by_test_id("others").inner_text()

    boss.goto(f"{running.url}/")
    expect(duty.get_by_test_id("others")).to_be_hidden()
    assert complaints == []
