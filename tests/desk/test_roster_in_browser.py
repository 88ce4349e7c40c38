"""The roster and the handover in a real browser on a real server, by keyboard where the page promises it."""

import re

import pytest
from playwright.sync_api import expect

from tests import make
from tests.browser import shot
from tests.servers import Server, run_server

from .browser import sign_in

pytestmark = pytest.mark.browser

FURNISH = """
import datetime as dt
from fieldops.lib.clock import local, now
from fieldops.teams.models import DeskShift, User
from fieldops.teams.roster.actions import assign_desk, change_crew, plan_turns
from tests import make
from tests.roster.world import roster
town = make.town()
at = now()
first = local(at).date() + dt.timedelta(days=1)
world = roster(town, planned_from=first.isoformat(), days=0, now=at.isoformat())
NAMES = {"a1": "陈一鸣", "a2": "刘志远", "b1": "韦兰", "b2": "覃勇", "c1": "吴川", "c2": "孙梅"}
for name, said in NAMES.items():
    User.objects.filter(username=name).update(name=said)
User.objects.filter(username="duty").update(name="唐雪")
User.objects.filter(username="duty2").update(name="何东")
plan_turns(center_id=town.center.pk, first=first, days=6, by=town.by("supervisor"), at=at)
assign_desk(center_id=town.center.pk, user_id=town.duty2.pk, starts_at=at + dt.timedelta(minutes=30),
            ends_at=at + dt.timedelta(hours=9), by=town.by("supervisor"), at=at, reason="test")
rows = [make.case(town), make.called(town, make.case(town))]
make.accepted(town)
print(rows[0].number, rows[1].number, first.isoformat())
"""


@pytest.fixture(scope="module")
def server():
    with run_server() as running:
        furnished = FURNISH.replace("now=at.isoformat()", 'now=local(at).strftime("%Y-%m-%d %H:%M")')
        running.first, running.second, running.day = running.manage("shell", "-v0", "-c", furnished).split()
        yield running


def handle(page, name):
    return page.get_by_test_id(name)


def send(page, name):
    """Press what sends and loads the page anew; the next press must not fall on the old one."""
    with page.expect_navigation():
        handle(page, name).click()


def test_the_desk_hands_over_and_nothing_is_left_unowned(server: Server, browser, tmp_path):
    goes, complaints = sign_in(browser, server, "duty")
    comes, _more = sign_in(browser, server, "duty2")
    goes.goto(f"{server.url}/roster")
    handle(goes, "handover-duty").click()
    goes.wait_for_url("**/handovers/*")
    shot(goes, tmp_path, "handover-blocked")

    expect(handle(goes, "block-unowned")).to_contain_text("3 案没有接手人")
    expect(handle(goes, "sign")).to_be_disabled()
    handle(goes, f"pass-to-{server.first}").select_option(label="supervisor")
    send(goes, f"pass-{server.first}")
    expect(handle(goes, "unowned")).to_have_text("2")
    handle(goes, "pass-all-to").select_option(label="何东")
    send(goes, "pass-all")
    expect(handle(goes, "unowned")).to_have_text("0")
    handle(goes, "handover-notes").fill("江东科院保卫处夜间换了值班电话，先打宿管。")
    send(goes, "notes-save")
    expect(handle(goes, "handover-notes")).to_have_value("江东科院保卫处夜间换了值班电话，先打宿管。")
    handle(goes, "sign").focus()
    with goes.expect_navigation():
        goes.keyboard.press("Enter")
    expect(handle(goes, "handover-status")).to_have_attribute("data-status", "signed")
    shot(goes, tmp_path, "handover-signed")

    comes.goto(goes.url)
    send(comes, "accept")
    expect(handle(comes, "accepted-by")).to_have_text("何东")
    expect(handle(goes, "accepted-by")).to_have_text("何东", timeout=20_000)  # by itself
    shot(comes, tmp_path, "handover-accepted")
    handle(comes, "sheet-2").click()
    expect(comes.locator("body")).to_contain_text(server.second)
    assert "王庆和" not in comes.content()
    assert complaints == []


def test_a_gap_is_found_and_filled_by_keyboard(server: Server, browser, tmp_path):
    page, complaints = sign_in(browser, server, "supervisor")
    page.goto(f"{server.url}/roster")
    shot(page, tmp_path, "roster")
    gaps = int(handle(page, "gap-count").inner_text().split()[-1])

    expect(page.locator("a.c[tabindex='0']")).to_have_count(1)  # the keys are there
    page.keyboard.press("g")
    expect(page.locator("a.c.gap:focus")).to_have_count(1)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#cell$"))
    shot(page, tmp_path, "roster-cell")
    handle(page, "put-on").select_option(index=0)
    handle(page, "put-on-save").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("[data-testid^=remove-]")).to_have_count(1)
    handle(page, "put-on").select_option(index=0)
    send(page, "put-on-save")

    expect(handle(page, "gap-count")).to_have_text(f"缺口 {gaps - 1}")
    assert complaints == []


def test_a_supervisor_swaps_and_a_member_asks_on_his_phone(server: Server, browser, tmp_path):
    page, complaints = sign_in(browser, server, "supervisor")
    page.goto(f"{server.url}/roster")
    with page.expect_navigation():
        handle(page, f"cell-Delta-{server.day}").click()
    handle(page, "swap-open-陈一鸣").click()
    handle(page, "swap-with-陈一鸣").select_option(index=0)
    handle(page, "swap-reason-陈一鸣").fill("请假")
    send(page, "swap-陈一鸣")
    expect(handle(page, "remove-陈一鸣")).to_have_count(0)
    expect(handle(page, f"cell-Delta-{server.day}")).to_contain_text("替")

    phone = browser.new_context(locale="zh-CN", viewport={"width": 390, "height": 844}).new_page()
    phone.goto(f"{server.url}/sign-in?next=/roster/mine")
    sign_in_at(phone, "a2")
    phone.goto(f"{server.url}/roster/mine")
    with phone.expect_navigation():
        handle(phone, "swap-turn").first.click()
    shot(phone, tmp_path, "mine")
    handle(phone, "swap-with").select_option(index=0)
    with phone.expect_navigation():
        handle(phone, "ask-swap").click()
    expect(handle(phone, "withdraw")).to_be_visible()
    page.reload()
    expect(handle(page, "asked-swap")).to_contain_text("刘志远")
    assert complaints == []


def sign_in_at(page, who):
    handle(page, "username").fill(who)
    handle(page, "password").fill(make.PASSWORD)
    handle(page, "sign-in").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)
