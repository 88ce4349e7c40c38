"""The desk's view of phones in a real browser: unsent up and back to 0, live; every decision is an action."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from fieldops.lib.clock import iso, now
from fieldops.lib.ids import new_id
from tests import make
from tests.desk.browser import Phone, sign_in
from tests.servers import Server, run_server

pytestmark = pytest.mark.browser
SHOTS = os.environ.get("PHONES_SHOTS", "")
FURNISH = """
from fieldops.dispatch.actions import recall_assignment
from fieldops.lib.clock import now
from tests import make
town = make.town()
gone = make.accepted(town)
recall_assignment(assignment_id=gone.pk, by=town.by("supervisor"), at=now(), reason="enough")
row = make.arrived(town)
print(gone.pk, gone.case_id, row.pk, row.case_id)
"""


@pytest.fixture(scope="module")
def server():
    with run_server() as running:
        running.ids = running.manage("shell", "-v0", "-c", FURNISH).split()
        yield running


def shot(page, name):
    if SHOTS:
        Path(SHOTS).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{SHOTS}/{name}.png")


def note(case, text):
    return "note", ("case", case), {"id": str(new_id()), "text": text}


def beat(phone: Phone, pending: int, **more):
    values = {"pending": pending, "can_ring": True, "ring_problem": None, "offset_ms": 0, "offset_age_s": 3}
    return phone._post("/api/v1/sync/heartbeat", {**phone.device, **values, "persisted": True, **more})


def test_unsent_goes_up_and_back_to_none_while_one_looks(server: Server, browser):
    page, complaints = sign_in(browser, server, "duty", viewport={"width": 1280, "height": 800})
    phone, bad = Phone(server, "alpha1"), Phone(server, "bravo1")
    page.goto(f"{server.url}/phones")
    # Each phone the town's people had before is a row of its own: this one is the last registered.
    row = page.locator(f"[data-phone='{phone.device['device_id']}']")
    expect(row.get_by_test_id("unsent-alpha1")).to_have_text("0")

    beat(phone, 3, kinds={"note": 2, "photo": 1}, oldest_at=iso(now()), stuck=1)
    expect(row.get_by_test_id("unsent-alpha1")).to_have_text("3")
    expect(row).to_contain_text("记录 2、照片 1")
    beat(bad, 1, kinds={"note": 1}, offset_ms=-3 * 24 * 3600 * 1000, can_ring=False, ring_problem="locked")
    expect(page.locator(f"[data-phone='{bad.device['device_id']}']")).to_contain_text("72")
    shot(page, "phones")
    beat(phone, 0)

    expect(row.get_by_test_id("unsent-alpha1")).to_have_text("0")
    assert page.get_by_test_id("revoke-alpha1").count() == 0
    assert complaints == []


def test_each_decision_is_an_action_and_stays_to_be_read(server: Server, browser):
    _gone, gone_case, visit, case = server.ids
    alpha1, alpha2 = Phone(server, "alpha1"), Phone(server, "alpha2")
    # Late of a crew called off, unreadable, from a copied storage, and two reports that differ.
    assert alpha1.send(*note(gone_case, "he had paid before"))["outcome"] == "flagged"
    assert alpha1.send("state", ("case", case), {"victim_state": "puzzled"})["outcome"] == "dead_letter"
    first = alpha1.seq
    alpha1.seq -= 1
    assert alpha1.send(*note(case, "from the copy"))["code"] == "SEQ_REUSED"
    alpha1.seq = first
    alpha1.send("report", ("assignment", visit), {"report": make.report()})
    other = make.report(effect="self_aware", prevented_fen=0, prevented_basis="none")
    assert alpha2.send("report", ("assignment", visit), {"report": other})["code"] == "TWO_REPORTS"

    page, complaints = sign_in(browser, server, "supervisor", viewport={"width": 1280, "height": 800})
    page.goto(f"{server.url}/held")
    expect(page.get_by_test_id("pick-alpha2")).to_be_visible()
    shot(page, "held")
    assert "from the copy" not in page.content()

    clone = page.get_by_test_id("held-refused")
    clone.get_by_test_id("open").click()
    clone.get_by_test_id("open-reason").fill("核对原文")
    shot(page, "held-open")
    clone.get_by_test_id("open-go").click()
    expect(clone).to_contain_text("from the copy")
    clone.get_by_test_id("accept").click()
    expect(page.get_by_test_id("held-refused")).to_have_count(0)

    letter = page.get_by_test_id("held-dead_letter")
    letter.get_by_test_id("aside").click()
    letter.get_by_test_id("aside-reason").fill("已当面问清")
    letter.get_by_test_id("aside-go").click()
    expect(page.get_by_test_id("held-dead_letter")).to_have_count(0)
    page.get_by_test_id("held-flagged").get_by_test_id("accept").click()
    page.get_by_test_id("pick-alpha1").click()

    expect(page.get_by_test_id("held-none")).to_be_visible()
    expect(page.get_by_test_id("held-done")).to_have_count(3)
    expect(page.locator("main")).to_contain_text("已当面问清")
    shot(page, "held-done")
    page.goto(f"{server.url}/cases/{case}")
    expect(page.locator("[data-part=timeline]").first).to_contain_text("from the copy")
    assert complaints == []


def test_a_lost_phone_is_taken_off_hands_in_and_is_judged(server: Server, browser):
    case = server.ids[3]
    lost = Phone(server, "alpha2")
    page, complaints = sign_in(browser, server, "supervisor", viewport={"width": 1280, "height": 800})
    page.goto(f"{server.url}/phones")
    row = page.locator(f"[data-phone='{lost.device['device_id']}']")
    row.get_by_test_id("revoke-alpha2").click()
    row.get_by_test_id("revoke-reason-alpha2").fill("丢在公交车上")
    shot(page, "phones-revoke")
    row.get_by_test_id("revoke-go-alpha2").click()
    expect(row).to_contain_text("尚未清除")

    refused = lost.http.get("/api/v1/sync/snapshot")
    assert (refused.status_code, refused.json()["code"]) == (403, "device_revoked")
    headers = {"X-Ingest-Token": refused.json()["ingest_token"]}
    kept = make.sent(make.envelope(*note(case, "written before it was lost"), seq=900))
    handed = lost.http.post("/api/v1/sync/ingest", json={**lost.device, "commands": [kept]}, headers=headers)
    assert handed.json()["results"][0]["code"] == "QUARANTINED"
    assert lost.http.post("/api/v1/sync/ingest/wiped", json=lost.device, headers=headers).status_code == 200
    expect(row).to_contain_text("已清除")

    page.goto(f"{server.url}/held")
    page.get_by_test_id("held-quarantined").get_by_test_id("accept").click()
    expect(page.get_by_test_id("held-quarantined")).to_have_count(0)
    page.goto(f"{server.url}/cases/{case}")
    expect(page.locator("[data-part=timeline]").first).to_contain_text("written before it was lost")
    assert complaints == []
