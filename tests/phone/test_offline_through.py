"""A whole case without a network, the phone's power lost twice on the way: everything arrives once, in order.

`SCENE_SHOTS=docs/scene/offline` keeps a picture of each step.
"""

import datetime as dt
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright

from tests.browser import shot, sign_in_at_desk
from tests.chaos import Chaos, chaos

from .phones import Battery, Handset, Town, battery, photograph

pytestmark = pytest.mark.browser
STEPS = ["accept", "set_out", "arrive", "conclude", "photo", "photo"]
ARRIVED = """
import json
from fieldops.dispatch.models import Assignment
from fieldops.outcomes.models import VisitReport
from fieldops.sync.models import SyncCommand
from fieldops.teams.models import User
user = User.objects.get(username='offline1')
taken = Assignment.objects.get(members__user=user)
rows = SyncCommand.objects.filter(user_id=user.pk).order_by('received_at', 'seq')
times = ('accepted_at', 'set_out_at', 'arrived_at', 'concluded_at')
print(json.dumps({
    'rows': [[row.seq, row.type, row.result['outcome']] for row in rows],
    'times': {name: getattr(taken, name).isoformat() for name in times},
    'reports': VisitReport.objects.filter(assignment=taken).count(),
}))
"""


@pytest.fixture
def desk(town: Town, browser: Browser) -> Page:
    """The desk's page of phones."""
    page = sign_in_at_desk(browser, town.server, "duty")
    page.goto(f"{town.server.url}/phones")
    return page


def test_offline_from_accept_to_outcome(town: Town, play: Playwright, desk: Page, tmp_path: Path) -> None:
    with chaos(town.server.port) as net, battery(play, "offline1", net.url) as power:
        phone = power.on()
        phone.open()
        phone.sign_in()
        power.off()  # signed in some time ago: the browser has written its cookies down
        phone = power.on()
        phone.open()
        phone.go_on_duty()
        town.offer("offline")
        phone.see("screen-offer")
        shot(desk, tmp_path, "1-desk-before")

        pressed = without_a_network(phone, power, net, tmp_path)
        online_again(power, net, desk, tmp_path)
        came = town.python(ARRIVED)

    assert [row[1] for row in came["rows"] if row[1] != "duty"] == STEPS
    assert [row[0] for row in came["rows"]] == sorted(row[0] for row in came["rows"])
    assert {row[2] for row in came["rows"]} == {"applied"}
    assert came["reports"] == 1
    for step, column in zip(STEPS, ("accepted_at", "set_out_at", "arrived_at", "concluded_at"), strict=False):
        off = abs(dt.datetime.fromisoformat(came["times"][column]).timestamp() - pressed[step])
        assert off < 2, f"{step} is off by {off} s"


def without_a_network(phone: Handset, power: Battery, net: Chaos, shots: Path) -> dict[str, float]:
    """Accept, set out, lose power, arrive, report, one photo, lose power again, one photo more."""
    gone(phone, net)
    pressed = {}
    for step in ("accept", "set_out"):
        phone.hold()
        pressed[step] = saved(phone, step)
    shot(phone.page, shots, "2-phone-set-out-offline")
    power.dies()

    phone = begin_offline(power)
    assert phone.unsent() == 2
    phone.hold()
    pressed["arrive"] = saved(phone, "arrive")
    phone.page.wait_for_selector("[data-testid=bar][data-hold='0']")
    phone.ready()
    phone.tap("bar")
    fill_in(phone)
    phone.tap("bar")
    pressed["conclude"] = saved(phone, "conclude")
    photographed(phone, 1)
    shot(phone.page, shots, "3-phone-rest-offline")
    power.dies()

    phone = begin_offline(power, "screen-noring")
    phone.tap("strip-unconfirmed")
    phone.page.locator("[data-testid=unsent-item]").nth(4).wait_for()
    shot(phone.page, shots, "4-phone-unsent")
    phone.tap("tab-today")
    phone.tap("today-row")
    photographed(phone, 2)
    return pressed


def gone(phone: Handset, net: Chaos) -> None:
    """No network: the phone knows, and every line is cut."""
    phone.page.context.set_offline(True)
    net.down = True
    net.cut()


def begin_offline(power: Battery, screen: str = "screen-action") -> Handset:
    """Start the browser anew, still without a network: the app opens from its own disk."""
    phone = power.on()
    phone.page.context.set_offline(True)
    phone.open()
    phone.see(screen)
    return phone


def saved(phone: Handset, kind: str) -> float:
    """Wait until a command is on disk, and return when it was given, by this machine's clock."""
    found: list[str] = []

    def is_there() -> bool:
        found[:] = [row["occurred_at"] for row in phone.rows("commands") if row["type"] == kind]
        return bool(found)

    phone.until(is_there, f"{kind} was not saved")
    now_s: float = phone.page.evaluate("Date.now() / 1000")
    given = dt.datetime.fromisoformat(found[-1]).timestamp()
    assert 0 <= now_s - given < 30
    return given


def fill_in(phone: Handset) -> None:
    phone.see("screen-result")
    for chosen in ("met-person", "state-aware", "effect-dissuaded"):
        phone.tap(f"choice-{chosen}")
    phone.tap("sum-prevented")
    for key in ("sum-said", "choice-basis-prevented-balance_seen", "sum-ok"):
        phone.tap(key)


def photographed(phone: Handset, count: int) -> None:
    """Take one picture more, and wait until it is saved."""
    photograph(phone, count)
    phone.page.locator("[data-testid=photo][data-word=saved]").nth(count - 1).wait_for()


def online_again(power: Battery, net: Chaos, desk: Page, shots: Path) -> None:
    """First only the heartbeat gets through: the desk sees what waits. Then everything does."""
    assert power.context
    page = power.context.pages[0]
    page.route(re.compile("/sync/commands"), lambda route: route.abort())
    net.down = False
    page.context.set_offline(False)
    unsent = desk.locator("[data-testid=unsent-offline1]")
    unsent.filter(has_text=re.compile("^6$")).wait_for(timeout=60_000)
    shot(desk, shots, "5-desk-six-unsent")

    page.unroute(re.compile("/sync/commands"))
    page.click("[data-testid=strip-unconfirmed]")
    page.click("[data-testid=bar]")
    page.wait_for_selector("[data-testid=strip-unconfirmed][data-count='0']", timeout=60_000)
    unsent.filter(has_text=re.compile("^0$")).wait_for(timeout=60_000)
    shot(desk, shots, "6-desk-none-unsent")
    shot(page, shots, "7-phone-all-confirmed")
