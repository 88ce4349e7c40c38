"""The dormitory, at the desk, in a real browser: the call refused, the school told, the class teacher there.

The minutes of that evening are proved by test_dormitory.py, where the clock can be set.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser import chromium, download, in_order, open_new_strip, shot, sign_in_at_desk, strips
from tests.servers import ROOT, Server, manage, run_server

pytestmark = pytest.mark.browser
ALERT = ROOT / "fieldops" / "demo" / "data" / "dormitory.json"
SCHOOL = "江东科技学院"


@pytest.fixture
def desks(tmp_path: Path) -> Iterator[tuple[Server, Page, Page]]:
    """The demo town, served; a duty officer and an analyst."""
    # By hand: on a slow machine the countdown of another case would take the crew before it is seen free.
    by_hand = {"FIELDOPS_DEMO": "1", "FIELDOPS_AUTO_CRITICAL": "manual"}
    town = run_server(by_hand, prepare=lambda env: manage(env, "seeddemo"))
    with town as server, chromium() as browser:
        desk, analyst = (sign_in_at_desk(browser, server, name) for name in ("duty", "analyst"))
        try:
            yield server, desk, analyst
        finally:
            shot(desk, tmp_path, "dormitory-99-last")


def test_the_school_is_told_and_its_answer_timed(desks: tuple[Server, Page, Page], tmp_path: Path) -> None:
    server, desk, analyst = desks
    before = at_school(analyst, server)
    desk.wait_for_selector("[data-testid=send-bank-lobby-alert]")
    known = set(strips(desk))
    alert = json.loads(ALERT.read_text())
    alert["person"]["phone"] = "13900007316"
    (tmp_path / "alert.json").write_text(json.dumps({**alert, "issued_at": now_text(desk)}))
    server.manage("sendalert", str(tmp_path / "alert.json"), "--to", server.url)
    desk.locator("[data-testid^=case-strip-]").nth(len(known)).wait_for()
    open_new_strip(desk, known)

    refused(desk)
    shot(desk, tmp_path, "dormitory-1-triage")
    told(desk, tmp_path)
    closed(desk)

    assert in_order(
        desk.inner_text("[data-testid=timeline]"), ["收到", "研判", "告知", "应答", "到位", "结案"]
    )
    shot(desk, tmp_path, "dormitory-3-closed")
    assert at_school(analyst, server) == before + 1


def refused(desk: Page) -> None:
    """She says wrong person and hangs up: triage says the school."""
    desk.click("[data-testid=call]")
    desk.wait_for_selector("[data-testid=save-call]")
    desk.click("[data-testid=result-refused]")
    desk.click("[data-testid=state-hangs_up]")
    desk.click("[data-testid=save-call]")
    desk.locator("[data-testid=triage-channel]").filter(has_text="学校").wait_for()


def told(desk: Page, shots: Path) -> None:
    """The security office is told and answers at once; the class teacher reaches her."""
    if not desk.locator("[data-testid=notice-tell-security_office]").is_visible():
        desk.click("[data-testid=tell-school]")
    desk.click("[data-testid=notice-tell-security_office]")
    desk.click("[data-testid=notice-answered]")
    desk.click("[data-testid=notice-tell-class_teacher]")
    desk.locator("[data-testid=notice-reached]").nth(1).wait_for()
    shot(desk, shots, "dormitory-2-told")
    desk.locator("[data-testid=notice-reached]").last.click()
    desk.locator("[data-testid=stage]").filter(has_text="待复核").wait_for()


def closed(desk: Page) -> None:
    desk.click("[data-testid=close-open]")
    desk.click("[data-testid=close-case]")
    desk.locator("[data-testid=timeline]").filter(has_text="结案").wait_for()


def at_school(analyst: Page, server: Server) -> int:
    """Return the day's cases under the school on the sheet."""
    body = json.loads(download(analyst, server, "json"))["body"]
    return sum(row["cases"] for row in body["schools"] if row["name"] == SCHOOL)


def now_text(page: Page) -> str:
    """Return the present instant as the city writes it."""
    text: str = page.evaluate("new Date().toISOString()")
    return text
