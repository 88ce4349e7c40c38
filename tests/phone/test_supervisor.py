"""A supervisor away from the desk sends the recommended crew from his phone: held, once, and it rings."""

from collections.abc import Callable

import pytest

from .phones import Handset, Town

pytestmark = pytest.mark.browser
# Nobody else is on duty; the desk has one alarm, about a case no crew has answered.
WAITS = """
import json
from fieldops.cases.models import Case
from fieldops.feed.alarms import raise_alarm
from fieldops.feed.models import Alarm
from fieldops.lib.clock import now
from fieldops.teams.models import ShiftMember
ShiftMember.objects.exclude(user__username__startswith='sent').update(duty='off')
Alarm.objects.filter(acknowledged_at__isnull=True).update(acknowledged_at=now())
case = Case.objects.get(pk='CASE')
raise_alarm(center_id=case.center_id, kind='not_answered', key='sent', at=now(), params={'team': '机动一队'},
    case_id=case.pk, case_number=case.number)
print(json.dumps(case.number))
"""
OFFERED = """
import json
from fieldops.dispatch.models import Assignment
rows = Assignment.objects.filter(case_id='CASE')
print(json.dumps([[row.team.call_sign, row.status, row.offered_by.username] for row in rows]))
"""


def test_a_supervisor_sends_the_recommended_crew(town: Town, handset: Callable[..., Handset]) -> None:
    crew = handset("sent1")
    crew.open()
    crew.sign_in()
    crew.go_on_duty()
    number = town.python(WAITS.replace("CASE", town.cases["sent"]))
    boss = handset("supervisor")
    boss.open()
    boss.page.fill("[data-testid=signin-username]", boss.username)
    boss.page.fill("[data-testid=signin-password]", "fieldops-demo")
    boss.tap("signin-go")
    boss.see("screen-alarms")
    card = boss.page.locator("[data-testid=watch-not_answered]").filter(has_text=number[-3:])
    card.locator("[data-testid=watch-send]").wait_for()
    assert crew.page.locator("[data-testid=screen-standby]").count() == 1

    # Opened anew the page is silent until it is touched, and says so.
    boss.page.reload()
    boss.page.locator("[data-testid=watch-mute]").press("Enter")
    boss.page.wait_for_selector("[data-testid=watch-mute]", state="detached")

    # His crew-mate has no phone, and nobody else is free: that wants a reason.
    card.locator("[data-testid=watch-reason]").fill("只有他们在附近")
    # A tap sends nobody: it stands in his name.
    card.locator("[data-testid=watch-send]").click()
    assert town.python(OFFERED.replace("CASE", town.cases["sent"])) == []
    boss.hold(testid="watch-send")

    crew.see("screen-offer")
    crew.until(lambda: crew.page.locator("[data-testid=strip-ring]").inner_text() == "正在响", "it is silent")
    assert town.python(OFFERED.replace("CASE", town.cases["sent"])) == [
        [town.signs["sent"], "offered", "supervisor"]
    ]
    card.locator("[data-testid=watch-send]").wait_for(state="detached")
