"""The end of a shift from the phone: one's own roster, the crew's handover signed and taken over by hand."""

import os
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from .looking import Walk
from .phones import Handset, Town

pytestmark = pytest.mark.browser
HOLDS = """
import json
from tests import make
from fieldops.teams.models import Device, User
mate = User.objects.get(username='over2')
if not Device.objects.filter(user=mate).update(pending=N):
    make.device(mate, can_ring=False, ring_problem='locked', pending=N)
print(json.dumps(N))
"""
KEPT = """
import json
from fieldops.handover.models import Handover
row = Handover.objects.get(shift__members__user__username='over1')
comes = row.accepted_by and row.accepted_by.username
print(json.dumps([row.status, row.notes, row.signed_by.username, comes]))
"""
NOTES = "2 号车的油不多了"


def test_one_crew_signs_over_and_the_next_takes_over(town: Town, handset: Callable[..., Handset]) -> None:
    phone = handset("over1")
    phone.open()
    phone.sign_in()
    phone.go_on_duty()
    phone.see("screen-standby")
    phone.hold()
    phone.see("screen-today")
    roster_in_the_phones_language(phone)
    town.python(HOLDS.replace("N", "2"))
    phone.tap("today-handover")
    phone.see("handover-block-unsettled_phone")
    assert "over2" in phone.words("handover-silent") and "over2 2" in phone.words("handover-unsent")
    phone.page.fill("[data-testid=handover-notes]", NOTES)

    phone.page.context.set_offline(True)
    phone.wait_words("handover-problem", "联网")
    phone.page.context.set_offline(False)
    town.python(HOLDS.replace("N", "0"))
    phone.page.wait_for_selector("[data-testid=handover-block-unsettled_phone]", state="detached")
    phone.hold()
    phone.wait_words("handover-signed", "over1")
    assert town.python(KEPT) == ["signed", NOTES, "over1", None]

    coming = handset("next1")
    coming.open()
    coming.sign_in()
    coming.page.click("[data-testid=tab-today]")
    coming.tap("today-handover")
    coming.page.get_by_text(NOTES).wait_for()
    given_back(coming)
    assert town.python(KEPT.replace("signed_by.username", "returned_reason")) == [
        "open",
        NOTES,
        "车辆装备不对，左后胎没气",
        None,
    ]
    assert coming.page.locator("[data-testid=handover-notes]").count() == 0, "the words are the other crew's"

    phone.page.get_by_text("被退回：车辆装备不对，左后胎没气").wait_for()
    phone.hold()
    phone.wait_words("handover-signed", "over1")
    coming.page.wait_for_selector("[data-testid=handover-return]")
    coming.hold()
    coming.wait_words("handover-accepted", "next1")
    assert town.python(KEPT) == ["accepted", NOTES, "over1", "next1"]
    phone.wait_words("handover-accepted", "next1")


def given_back(coming: Handset) -> None:
    """A slip costs nothing; without a word or a network nothing is given back, and what was typed stays."""
    coming.tap("handover-return")
    coming.see("handover-return-sheet")
    coming.tap("handover-return-go")
    coming.see("handover-return-sheet")
    coming.tap("choice-why-gear")
    coming.page.fill("[data-testid=handover-return-words]", "左后胎没气")
    coming.page.context.set_offline(True)
    coming.tap("handover-return-go")
    coming.wait_words("handover-return-problem", "联网")
    coming.page.context.set_offline(False)
    walk = Walk(coming, os.environ.get("SCREEN_SHOTS"))
    walk.look("handover-return")
    assert not walk.wrong, walk.complaints
    coming.tap("handover-return-go")
    coming.page.wait_for_selector("[data-testid=handover-return-sheet]", state="detached")


def roster_in_the_phones_language(phone: Handset) -> None:
    """The link opens one's own shifts beside the app, signed in, and leads back."""
    phone.page.evaluate("localStorage.setItem('fieldops:lang', 'zh-Hant')")
    phone.page.evaluate("dispatchEvent(new StorageEvent('storage', { key: 'fieldops:lang' }))")
    phone.page.wait_for_selector("html[lang=zh-Hant]", state="attached")
    with phone.page.context.expect_page() as opened:
        phone.tap("today-roster")
    roster = opened.value
    roster.get_by_role("heading", name="我的班").wait_for()
    assert roster.get_attribute("html", "lang") == "zh-Hant"
    assert roster.locator("[data-testid=swap-turn]").count() == 1
    for width in (390, 320):
        roster.set_viewport_size({"width": width, "height": 844})
        assert widest(roster) <= width, f"it runs off the side at {width} px"
    roster.click("[data-testid=to-app]")
    roster.wait_for_selector("[data-testid^=screen-]")
    roster.close()
    phone.page.evaluate("localStorage.setItem('fieldops:lang', 'zh-Hans')")
    phone.page.evaluate("dispatchEvent(new StorageEvent('storage', { key: 'fieldops:lang' }))")
    phone.page.wait_for_selector("html[lang=zh-Hans]", state="attached")


def widest(page: Page) -> int:
    """Return how wide the page wants to be: on a phone what is too wide is shown small, not cut."""
    found: int = page.evaluate("Math.max(innerWidth, document.documentElement.scrollWidth)")
    return found
