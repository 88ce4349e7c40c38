"""Two members report differently: the desk sees it, the supervisor picks; what changed stands in bold."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.servers import Server

from .browser import sign_in

pytestmark = pytest.mark.browser

FURNISH = """
import json
from fieldops.lib.clock import now
from fieldops.outcomes.actions import file_report
from tests import make
town = make.town()
visit = make.conclude(town, make.arrived(town), prevented_fen=6_000_000)
second = make.report(prevented_fen=4_000_000)
file_report(assignment_id=visit.pk, report=second, by=town.by("alpha2"), at=now())
other = make.case(town)
print(json.dumps({"case": str(visit.case_id), "number": visit.case.number,
    "other": str(other.pk), "other_number": other.number}))
"""


@pytest.fixture(scope="module")
def town(running: Server):
    return json.loads(running.manage("shell", "-v0", "-c", FURNISH))


def test_the_supervisor_picks_one_of_two_reports(running: Server, browser, town):
    boss, complaints = sign_in(browser, running, "supervisor", viewport={"width": 1440, "height": 900})
    strip = boss.get_by_test_id(f"case-strip-{town['number']}")
    expect(strip).to_contain_text("两份结果不一致")
    duty, _more = sign_in(browser, running, "duty")
    duty.goto(f"{running.url}/cases/{town['case']}")

    # A duty officer sees both and may not pick.
    review = duty.get_by_test_id("review-Alpha")
    expect(review).to_contain_text("争议")
    expect(review).to_contain_text("alpha2")
    expect(review.get_by_test_id("decide-alpha2")).to_have_count(0)

    boss.goto(f"{running.url}/cases/{town['case']}")
    expect(boss.get_by_test_id("review-Alpha").locator("tr.dif")).to_have_count(1)
    boss.get_by_test_id("decide-alpha2").click()
    expect(boss.get_by_test_id("decide-alpha2")).to_have_count(0)
    expect(boss.get_by_test_id("sum-prevented")).to_have_text("4.00 万")
    expect(boss.get_by_test_id("label")).to_be_visible()
    expect(duty.get_by_test_id("review-Alpha")).not_to_contain_text("争议")
    expect(duty.get_by_test_id("sum-prevented")).to_have_text("4.00 万")
    assert complaints == []


def test_a_changed_value_stands_in_bold_for_a_while(running: Server, browser, town):
    duty, complaints = sign_in(browser, running, "duty")
    boss, _more = sign_in(browser, running, "supervisor")
    strip = duty.get_by_test_id(f"case-strip-{town['other_number']}")
    expect(strip.locator(".changed")).to_have_count(0)
    # Watched from inside: three seconds are over before a busy machine may look.
    duty.evaluate(
        """() => { document.body.dataset.bold = ''; new MutationObserver((all) => all.forEach(({target}) => {
            if (target.classList?.contains('changed')) document.body.dataset.bold += target.textContent + ';';
        })).observe(document.body, {subtree: true, attributes: true, attributeFilter: ['class']}); }"""
    )

    boss.goto(f"{running.url}/cases/{town['other']}")
    boss.get_by_test_id("grade").click()
    boss.locator("form[data-api$=grade] [name=amount_at_risk_fen]").fill("90000")
    boss.locator("form[data-api$=grade] [name=reason]").fill("他刚说的")
    boss.get_by_test_id("grade-save").click()

    expect(strip.locator(".am")).to_have_text("9 万")
    expect(duty.locator("body")).to_have_attribute("data-bold", re.compile("9 万"))
    expect(strip.locator(".changed")).to_have_count(0)
    assert complaints == []
