"""A phone the centre lets go of, and one that lost its memory: what is unsent arrives, the phone is told."""

import re
from collections.abc import Callable

import pytest

from .phones import Handset, Town

pytestmark = pytest.mark.browser
COMMANDS = re.compile("/sync/commands")
# As after a restore from a backup made before the crew was asked: the call is there, not for this member.
FORGET = """
import json, uuid
from fieldops.dispatch.models import AssignmentMember
from fieldops.feed.models import FeedHead, user
from fieldops.teams.models import User
me = User.objects.get(username='aside1')
AssignmentMember.objects.filter(user=me).delete()
FeedHead.objects.filter(recipient=user(me.pk)).update(gen=uuid.uuid4())
print(json.dumps(True))
"""
KEPT = """
import json
from fieldops.sync.models import SyncCommand
from fieldops.teams.models import User
rows = SyncCommand.objects.filter(user_id=User.objects.get(username='aside1').pk, type='set_out')
print(json.dumps([row.result['outcome'] for row in rows]))
"""
HANDED_IN = """
import json
from fieldops.sync.models import Quarantined
from fieldops.teams.models import Device
row = Device.objects.get(user__username='gone1')
kept = Quarantined.objects.filter(device_id=row.pk).count()
print(json.dumps([kept, row.pending, row.wiped_at is not None, row.revoked_at is not None]))
"""
HOLDS = """
import json
from fieldops.teams.models import Device
print(json.dumps(Device.objects.get(user__username='wipe1').pending))
"""
LOST = """
import json
from fieldops.feed.models import Alarm
rows = Alarm.objects.filter(kind='storage_lost')
print(json.dumps([row.params for row in rows if row.params['name'] == 'wipe1']))
"""


def at_work(town: Town, phone: Handset, crew: str) -> None:
    """Be on the way to the crew's case, with nothing unsent."""
    phone.open()
    phone.sign_in()
    phone.go_on_duty()
    town.offer(crew)
    phone.see("screen-offer")
    phone.hold()
    phone.see("screen-action")
    phone.confirmed()


def test_what_the_centre_no_longer_shows_is_kept_until_it_is_sent(
    town: Town, handset: Callable[..., Handset]
) -> None:
    phone = handset("aside1")
    at_work(town, phone, "aside")
    phone.page.route(COMMANDS, lambda route: route.abort())
    phone.hold()
    phone.until(lambda: phone.unsent() == 1, "it was not saved")

    town.python(FORGET)
    phone.page.evaluate("dispatchEvent(new Event('online'))")

    phone.see("banner-detached")
    assert phone.unsent() == 1
    phone.page.unroute(COMMANDS)
    phone.page.evaluate("dispatchEvent(new Event('online'))")
    phone.until(lambda: town.python(KEPT) == ["deferred"], "it was not sent")
    phone.until(lambda: phone.rows("commands")[-1].get("outcome") == "deferred", "no answer came")
    # The centre waits a day for the call to come back; so long the phone owes it.
    assert phone.rows("commands")[-1]["status"] == "sent_unknown"
    assert phone.unsent() == 1
    phone.see("banner-detached")


def test_a_released_phone_hands_in_and_forgets(town: Town, handset: Callable[..., Handset]) -> None:
    phone = handset("gone1")
    phone.open()
    phone.sign_in()
    phone.go_on_duty()
    phone.page.route(COMMANDS, lambda route: route.abort())
    phone.see("screen-standby")
    phone.hold()
    phone.tap("tab-device")
    phone.hold()
    phone.until(lambda: phone.unsent() == 1, "it was not saved")

    phone.tap("strip-unconfirmed")
    phone.tap("tab-device")
    phone.tap("sign-out")
    phone.see("signout-sheet")
    assert phone.page.locator("[data-testid=signout-hand-in]").count() == 0, "nobody has let it go yet"
    town.release(phone)
    phone.page.evaluate("dispatchEvent(new Event('online'))")
    phone.see("signout-hand-in")
    phone.tap("signout-hand-in")

    phone.see("screen-signin")
    assert phone.rows("base") == phone.rows("commands") == []
    assert town.python(HANDED_IN) == [1, 0, True, False]


def test_a_phone_that_lost_its_memory_says_so_and_works(town: Town, handset: Callable[..., Handset]) -> None:
    phone = handset("wipe1")
    at_work(town, phone, "wipe")
    phone.page.route(COMMANDS, lambda route: route.abort())
    phone.hold()
    phone.until(lambda: phone.unsent() == 1, "it was not saved")
    phone.page.evaluate("dispatchEvent(new Event('online'))")
    phone.until(lambda: town.python(HOLDS) == 1, "the desk does not know of it")

    # The browser throws its storage away, as for a page unused; its cookies stay.
    phone.page.goto("about:blank")
    tools = phone.page.context.new_cdp_session(phone.page)
    gone = "indexeddb,local_storage,service_workers,cache_storage"
    tools.send("Storage.clearDataForOrigin", {"origin": phone.url, "storageTypes": gone})
    phone.page.unroute(COMMANDS)
    phone.open()
    phone.see("screen-signin")
    phone.page.fill("[data-testid=signin-username]", phone.username)
    phone.page.fill("[data-testid=signin-password]", "fieldops-demo")
    phone.tap("signin-go")

    phone.see("screen-action")
    assert phone.unsent() == 0
    assert [[one["pending"], one["kinds"]] for one in town.python(LOST)] == [[1, {"set_out": 1}]]
    phone.hold()
    # Nothing may be unconfirmed yet: the bar has fired, the disk is still being asked.
    phone.until(
        lambda: [row.get("outcome") for row in phone.rows("commands")] == ["applied"], "it did not arrive"
    )
