"""The offer that sends itself, as the desk sees it: the countdown, the hold, and the crew that went."""

import pytest
from playwright.sync_api import expect

from tests.servers import run_server

from .browser import chromium, sign_in

pytestmark = pytest.mark.browser

# Two people who believe the scammer, both places known: triage says mobile team, twice.
FURNISH = """
from tests import make
town = make.town()
make.charlie(town)
for _ in range(2):
    row = make.at_bank(town, make.called(town, make.case(town)))
    print(row.pk)
"""


@pytest.fixture
def desk(tmp_path):
    # Long enough to press the button on a busy machine, short enough to wait for.
    with run_server({"FIELDOPS_AUTO_ASK_S": "25"}) as server, chromium() as browser:
        server.cases = server.manage("shell", "-v0", "-c", FURNISH).split()
        page, complaints = sign_in(browser, server, "duty")
        yield server, page
        assert complaints == []


def test_it_counts_down_is_held_and_otherwise_sends(desk, tmp_path):
    server, page = desk
    held, sent = server.cases

    page.goto(f"{server.url}/cases/{held}")
    waiting = page.get_by_test_id("auto-waiting")
    expect(waiting).to_be_visible(timeout=20_000)
    expect(waiting).to_contain_text("0:")
    page.screenshot(path=tmp_path / "waiting.png")
    page.get_by_test_id("auto-hold").click()
    expect(page.get_by_test_id("auto-held")).to_contain_text("duty", timeout=20_000)
    page.screenshot(path=tmp_path / "held.png")

    page.goto(f"{server.url}/cases/{sent}")
    # No press: the crew is offered by itself, and the page follows.
    expect(page.locator("[data-testid^=status-]").first).to_be_visible(timeout=90_000)
    expect(page.get_by_test_id("auto-waiting")).to_have_count(0)
    page.screenshot(path=tmp_path / "sent.png")

    page.goto(f"{server.url}/cases/{held}")
    expect(page.get_by_test_id("auto-held")).to_be_visible()
    expect(page.get_by_test_id("send")).to_be_visible()
