"""Two officers on one case see each other, and where the other is writing."""

import pytest
from playwright.sync_api import expect

from tests.servers import Server, wait_until

from .browser import sign_in, without_clock

pytestmark = pytest.mark.browser

FURNISH = """
from tests import make
town = make.town()
rows = [make.called(town, make.case(town)) for _ in range(2)]
print(*(row.pk for row in rows))
"""
# What stood there, one after the other: what was shown for a moment must not be missed.
SHOWN = """() => { window.shown = []; new MutationObserver((all) => all.forEach(({target}) => {
    const text = target.matches('[data-others]') ? target.title : null;
    if (text !== null && text !== window.shown.at(-1)) window.shown.push(text);
})).observe(document.body, {subtree: true, attributes: true, attributeFilter: ['title']}); }"""


def test_who_else_has_the_case_open(running: Server, browser):
    case, other_case = running.manage("shell", "-v0", "-c", FURNISH).split()
    duty, complaints = sign_in(browser, running, "duty")
    boss, _more = sign_in(browser, running, "supervisor")
    # Every 8 s a page says by itself where it is: here it must be said at once.
    without_clock(duty, 8000)
    without_clock(boss, 8000)
    said: list[str] = []
    boss.on("websocket", lambda line: line.on("framesent", lambda frame: said.append(str(frame))))
    duty.goto(f"{running.url}/cases/{case}")
    expect(duty.get_by_test_id("others")).to_be_hidden()
    duty.evaluate(SHOWN)

    # On another case nobody is beside him; on the same each sees the other, the newcomer too.
    boss.goto(f"{running.url}/cases/{other_case}")
    told = lambda: boss.wait_for_timeout(50) or any(other_case in frame for frame in said)  # noqa: E731
    wait_until(told, "he does not say where he is", 60)
    boss.goto(f"{running.url}/cases/{case}")
    expect(duty.get_by_test_id("others")).to_contain_text("supervisor")
    assert duty.evaluate("shown") == ["", "supervisor"]
    expect(boss.get_by_test_id("others")).to_contain_text("duty")

    boss.get_by_test_id("where-text").fill("江东")
    expect(duty.get_by_test_id("others")).to_contain_text("正在写：现在位置")
    assert "江东" not in duty.get_by_test_id("others").inner_text()

    boss.goto(f"{running.url}/")
    expect(duty.get_by_test_id("others")).to_be_hidden()
    assert complaints == []
