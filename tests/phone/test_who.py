"""Whose work it is: a gate at signing out, another member between, a session that ends on the road."""

import re
from collections.abc import Callable

import pytest

from .phones import Handset, Town

pytestmark = pytest.mark.browser
COMMANDS = re.compile("/sync/commands")
SENT = """
import json
from fieldops.sync.models import SyncCommand
from fieldops.teams.models import User
rows = SyncCommand.objects.filter(user_id=User.objects.get(username='out1').pk).order_by('seq')
print(json.dumps([row.type for row in rows]))
"""


def test_unsent_work_outlives_sign_out_and_another_member(
    town: Town, handset: Callable[..., Handset]
) -> None:
    phone = handset("out1")
    phone.open()
    phone.sign_in()
    phone.go_on_duty()
    phone.page.route(COMMANDS, lambda route: route.abort())

    go_off_duty(phone)
    leave(phone, keep=True)
    other = Handset(phone.page, "out2", phone.url)
    other.page.wait_for_selector("[data-testid=signin-username]")
    sign_in_as(other)
    assert other.unsent() == 0
    leave(other, keep=False)

    phone.page.unroute(COMMANDS)
    sign_in_as(phone, others=False)
    phone.confirmed()

    assert town.python(SENT) == ["duty", "duty"]


def test_a_session_that_ends_on_the_road_stops_nothing(town: Town, handset: Callable[..., Handset]) -> None:
    phone = handset("out2")
    phone.open()
    phone.sign_in()
    phone.go_on_duty()

    phone.page.context.clear_cookies()
    go_off_duty(phone)
    phone.see("banner-signed-out")
    assert phone.unsent() == 1
    phone.page.click("[data-testid=banner-signed-out] button")
    phone.see("signin-again")
    phone.page.fill("[data-testid=signin-password]", "fieldops-demo")
    phone.tap("signin-go")

    phone.confirmed()
    assert phone.page.locator("[data-testid=banner-signed-out]").count() == 0


def go_off_duty(phone: Handset) -> None:
    phone.see("screen-standby")
    phone.hold()
    phone.tap("tab-device")
    phone.see("screen-device")
    phone.hold()
    phone.until(lambda: phone.unsent() == 1, "it was not saved")


def leave(phone: Handset, *, keep: bool) -> None:
    """Sign out; with something unsent the phone asks first, and keeps it."""
    if phone.page.locator("[data-testid=screen-device]").count() == 0:
        phone.tap("strip-unconfirmed")
        phone.tap("tab-device")
    phone.see("sign-out")
    phone.tap("sign-out")
    if keep:
        phone.see("signout-sheet")
        phone.tap("signout-keep")
    phone.see("screen-signin")


def sign_in_as(phone: Handset, *, others: bool = True) -> None:
    page = phone.page
    page.fill("[data-testid=signin-username]", phone.username)
    if others:
        assert "out1" in page.inner_text("[data-testid=signin-others]")
    page.fill("[data-testid=signin-password]", "fieldops-demo")
    phone.tap("signin-go")
    phone.see("screen-onduty")
