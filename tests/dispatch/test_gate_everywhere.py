"""The gate's table is obeyed alike, row by row: button on the page, the API's answer, automation's choice."""

import datetime as dt
import re
from collections.abc import Callable

import pytest

from fieldops.dispatch.actions import offer_assignment
from fieldops.dispatch.actions.offer import Blocked, ReasonWanted
from fieldops.dispatch.gate import CHECKS
from fieldops.dispatch.models import Assignment
from fieldops.dispatch.recommend import candidate_among, recommend
from fieldops.lib.clock import now
from fieldops.teams.models import Device, Shift, ShiftMember, Team
from fieldops.timers.loop import run_due
from tests import make

Holds = Callable[[make.Town], Shift]


def of_alpha(**fields: object) -> Holds:
    """Make a row hold by what Alpha's people do."""

    def holds(town: make.Town) -> Shift:
        ShiftMember.objects.filter(shift=town.alpha).update(**fields)
        return town.alpha

    return holds


def phones(*who: str) -> Holds:
    """Make these phones unable to ring."""

    def holds(town: make.Town) -> Shift:
        Device.objects.filter(user__username__in=who).update(can_ring=False, ring_problem="locked")
        return town.alpha

    return holds


def elsewhere(town: make.Town) -> Shift:
    people = [make.user(town.other, name, "member") for name in ("zulu1", "zulu2")]
    return make.crew(town.other, "Zulu", people)


def gone_home(town: make.Town) -> Shift:
    Shift.objects.filter(pk=town.alpha.pk).update(ends_at=now() - dt.timedelta(minutes=1))
    return Shift.objects.select_related("team").get(pk=town.alpha.pk)


def on_it(town: make.Town) -> Shift:
    make.accepted(town, town.asked)
    return town.alpha


def engaged(town: make.Town) -> Shift:
    make.accepted(town)
    return town.alpha


def asked(town: make.Town) -> Shift:
    make.offered(town)
    return town.alpha


def untrained(town: make.Town) -> Shift:
    Team.objects.exclude(call_sign="Alpha").update(skills=["brushing"])
    return town.alpha


def owed_rest(town: make.Town) -> Shift:
    start = town.alpha.starts_at - dt.timedelta(hours=9)
    before = Shift.objects.create(
        center=town.center, team=town.bravo.team, starts_at=start, ends_at=start + dt.timedelta(hours=8)
    )
    ShiftMember.objects.create(shift=before, user=town.alpha1)
    return town.alpha


def the_last(town: make.Town) -> Shift:
    ShiftMember.objects.exclude(shift=town.alpha).update(duty="off")
    return town.alpha


# Row of the table: how it comes to hold for a crew.
ROWS: dict[str, Holds] = {
    "wrong_center": elsewhere,
    "not_on_shift": gone_home,
    "on_this_case": on_it,
    "engaged": engaged,
    "offered_elsewhere": asked,
    "off_duty": of_alpha(duty="off"),
    "on_break": of_alpha(duty="break"),
    "resting": owed_rest,
    "missing_skill": untrained,
    "cannot_ring_any": phones("alpha1", "alpha2"),
    "cannot_ring_some": phones("alpha2"),
    "last_free_crew": the_last,
}
VERDICTS = {code: verdict for code, verdict, _holds in CHECKS}


def test_no_row_is_left_out():
    assert set(ROWS) == set(VERDICTS)


@pytest.fixture
def walked(town, settings):
    """Two crews besides Alpha, a case that wants a visit and the skill only some have."""
    settings.SKILLS_NEEDED = {"SD": ["brushing"]}
    settings.AUTO_OFFER = {**settings.AUTO_OFFER, "critical": {"mode": "auto", "after_s": 0}}
    make.charlie(town)
    town.asked = make.at_bank(town, make.called(town, make.case(town)))
    return town


@pytest.mark.parametrize("code", [*ROWS, "allow"])
def test_page_api_and_automation_agree(walked, api, code):
    crew = ROWS[code](walked) if code in ROWS else walked.alpha
    verdict = VERDICTS.get(code, "allow")

    found = candidate_among(recommend(walked.asked, at=now()), walked.asked, crew).verdict
    assert verdict == found.verdict
    assert code == "allow" or code in [reason["code"] for reason in found.reasons]
    assert button(api, walked, crew) == verdict
    assert answer(api, walked, crew) == verdict
    assert sent_by_itself(walked, crew) == (verdict == "allow")


def button(api, town, crew) -> str:
    """Return what the page lets one press: the send button, the button with a reason, nothing."""
    page = api(town.duty).client.get(f"/cases/{town.asked.pk}").content.decode()
    form = re.search(rf'<form[^>]*data-testid="candidate-{crew.team.call_sign}".*?</form>', page, re.S)
    if form is None or "<button" not in form[0]:
        return "block"
    return "warn" if re.search(r'name="reason"[^>]*required', form[0]) else "allow"


def answer(api, town, crew) -> str:
    """Return what the API says to sending without a reason, and to sending with one."""
    path, body = f"cases/{town.asked.pk}/offer", {"team": str(crew.team_id), "support": True}
    plain = api(town.duty).post(path, body)
    if plain.status_code == 201:
        return "allow"
    assert plain.status_code in (404, 409)
    by = town.by("duty")
    try:
        offer_assignment(case_id=town.asked.pk, shift=crew, by=by, at=now(), support=True)
    except (Blocked, ReasonWanted) as refusal:
        kind = type(refusal)
    reasoned = api(town.duty).post(path, {**body, "reason": "told by phone"})
    assert reasoned.status_code == (201 if kind is ReasonWanted else plain.status_code)
    return "warn" if kind is ReasonWanted else "block"


def sent_by_itself(town, crew) -> bool:
    """Tell whether the ladder of another crew's offer would ask this one, were it the only one besides."""
    Assignment.objects.filter(case=town.asked, shift=crew, status="offered").update(status="withdrawn")
    others = Shift.objects.filter(center=town.center).exclude(pk=crew.pk)
    first = others.exclude(assignments__status__in=["offered", "accepted"]).first()
    for member in ShiftMember.objects.filter(shift=first):
        member.duty = "standby"
        member.save(update_fields=["duty"])
    # The third crew stays free and may not be asked by a machine: only this crew's own verdict decides.
    third = others.exclude(pk=first.pk).values_list("members__user", flat=True)
    Device.objects.filter(user__in=list(third)).update(can_ring=False)
    before = set(Assignment.objects.filter(shift=crew).values_list("pk", flat=True))
    offer_assignment(
        case_id=town.asked.pk, shift=first, by=town.by("duty"), at=now(), reason="first", support=True
    )
    later = now() + dt.timedelta(seconds=46)
    Device.objects.update(last_seen_at=later)
    run_due(at=later)
    return Assignment.objects.filter(shift=crew).exclude(pk__in=before).exists()
