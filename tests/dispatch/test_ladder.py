"""What silence does, step by step, through the timers."""

import datetime as dt

import pytest

from fieldops.cases.models import Case, CaseEvent
from fieldops.dispatch.actions import accept_assignment, mark_seen
from fieldops.dispatch.models import Assignment, RingAttempt
from fieldops.feed.models import Alarm, desk
from fieldops.lib.clock import now
from fieldops.teams.models import Device, ShiftMember
from fieldops.timers.loop import run_due, run_timer
from fieldops.timers.models import Timer
from tests import make
from tests.contract import heard, one


@pytest.fixture
def row(town):
    make.charlie(town)
    return make.offered(town)


def silent_for(row, seconds):
    """Let time pass without an answer; the phones go on saying that they are there."""
    at = row.offered_at + dt.timedelta(seconds=seconds)
    Device.objects.update(last_seen_at=at)
    run_due(at=at)


def codes(row):
    lines = CaseEvent.objects.filter(case=row.case, code__startswith="ladder")
    return list(lines.order_by("at", "pk").values_list("code", flat=True))


def test_not_delivered_rings_with_the_numbers(town, row):
    with heard(desk(town.center.pk)) as events:
        silent_for(row, 21)

    alarm = one(events, "alarm.raised")["body"]
    assert alarm["kind"] == "not_delivered"
    assert [person["phone"] for person in alarm["params"]["ring"]] == [town.alpha1.phone, town.alpha2.phone]
    assert one(events, "assignment.changed")["line"]["code"] == "ladder.ring"


def test_who_has_it_is_not_rung(town, row):
    mark_seen(user_id=town.alpha1.pk, ids=[row.pk], at=now())

    silent_for(row, 21)

    alarm = Alarm.objects.get(kind="not_delivered")
    assert [person["name"] for person in alarm.params["ring"]] == ["alpha2"]


def test_delivered_to_all_rings_nobody(town, row):
    for who in (town.alpha1, town.alpha2):
        mark_seen(user_id=who.pk, ids=[row.pk], at=now())

    silent_for(row, 21)

    assert not Alarm.objects.filter(kind="not_delivered").exists()


def test_the_next_crew_is_asked_too(town, row):
    silent_for(row, 46)

    other = Assignment.objects.exclude(pk=row.pk).get()
    assert (other.team.call_sign, other.round, other.automatic, other.status) == ("Bravo", 1, True, "offered")
    assert Assignment.objects.get(pk=row.pk).status == "offered"
    assert codes(row) == ["ladder.ring", "ladder.next_crew"]


def test_a_crew_is_asked_once_a_round(town, row):
    make.crew(town.center, "Delta", [make.user(town.center, "delta1", "member")])
    for seconds in range(0, 900, 5):
        silent_for(row, seconds)

    # Alpha, free again since its offer ran out, is not asked for ever; Delta stays as the last free crew.
    asked = Assignment.objects.values_list("team__call_sign", flat=True)
    assert sorted(asked) == ["Alpha", "Bravo", "Charlie", "Delta"][: len(asked)]
    assert len(asked) >= 3


def test_for_support_the_next_crew_is_support_in_the_same_round(town, row):
    people = [make.user(town.center, name, "member") for name in ("delta1", "delta2")]
    make.crew(town.center, "Delta", people)
    accept_assignment(assignment_id=row.pk, by=town.by("alpha1"), at=now())
    support = make.offered(town, row.case, shift=town.bravo, support=True)

    silent_for(support, 46)

    other = Assignment.objects.get(team__call_sign="Charlie")
    assert (other.support, other.round) == (True, support.round)


def test_with_nobody_to_ask_the_desk_is_told(town):
    row = make.offered(town)

    silent_for(row, 46)

    # Bravo is the last free crew: a machine does not send it, a person with a reason may.
    assert Assignment.objects.count() == 1
    alarm = Alarm.objects.get(assignment_id=row.pk, kind="last_crew_kept")
    assert alarm.params["next"] == "Bravo"


def test_with_nobody_left_the_desk_is_told_so(town):
    row = make.offered(town)
    ShiftMember.objects.filter(shift=town.bravo).update(duty="off")

    silent_for(row, 46)

    assert Alarm.objects.get(kind="nobody_free").assignment_id == row.pk


def test_the_countdown_names_the_crew_that_is_next(town, row):
    assert [step["next_team"] for step in row.ladder] == [None, "Bravo", None, None]
    make.crew(town.center, "Delta", [make.user(town.center, "delta1", "member")])
    ShiftMember.objects.filter(shift=town.bravo).update(duty="break")

    silent_for(row, 46)

    # Things were otherwise when the step came: the ladder says who was asked in the end.
    assert Assignment.objects.get(pk=row.pk).ladder[1]["next_team"] == "Charlie"


def test_silence_rings_the_crew_and_the_supervisor(town, row):
    silent_for(row, 91)

    rung = set(RingAttempt.objects.values_list("user__username", "why"))
    assert {("alpha1", "not_delivered"), ("alpha2", "not_delivered"), ("supervisor", "supervisor")} <= rung


def test_levels_are_more_or_less_patient(town):
    make.charlie(town)
    row = make.offered(town, make.case(town, level="low"))

    silent_for(row, 91)

    assert codes(row) == ["ladder.ring"]
    assert Assignment.objects.count() == 1


def test_an_offer_goes_by_the_ladder_it_was_made_with(town, settings):
    make.charlie(town)
    row = make.offered(town)
    settings.LADDER_S = {**settings.LADDER_S, "critical": [{"after_s": 1, "do": "expire"}]}

    silent_for(row, 21)

    assert codes(row) == ["ladder.ring"]
    assert Assignment.objects.get(pk=row.pk).status == "offered"


def test_then_the_supervisor_with_the_stations_number(town, row):
    silent_for(row, 91)

    alarm = Alarm.objects.get(kind="not_answered", assignment_id=row.pk)
    assert [person["name"] for person in alarm.params["ring"]] == ["alpha1", "alpha2"]
    assert alarm.params["station"][0] == {"name": "Binjiang station station_desk 1", "phone": "023-0000-9001"}


def test_at_last_it_expires_and_is_the_desks_turn(town):
    row = make.offered(town)

    with heard(desk(town.center.pk)) as events:
        silent_for(row, 151)

    assert one(events, "assignment.expired")["body"]["ended_at"]
    assert Case.objects.get(pk=row.case_id).stage == "to_send"
    kinds = set(Alarm.objects.filter(acknowledged_at=None).values_list("kind", flat=True))
    assert kinds == {"expired"}


def test_an_answer_ends_the_ladder(town, row):
    silent_for(row, 21)
    accept_assignment(assignment_id=row.pk, by=town.by("alpha1"), at=now())

    silent_for(row, 170)

    assert Assignment.objects.count() == 1
    assert Assignment.objects.get(pk=row.pk).status == "accepted"
    assert not Alarm.objects.filter(assignment_id=row.pk, kind="not_delivered", acknowledged_at=None).exists()
    assert codes(row) == ["ladder.ring"]


def test_a_step_whose_process_died_is_done_before_the_next(town, row):
    """It waits for its lease to run out; the end of the offer must not come first and take it away."""
    at = row.offered_at + dt.timedelta(seconds=21)
    first = Timer.objects.filter(key__startswith=f"assignment:{row.pk}:ladder:").order_by("due_at").first()
    Timer.objects.filter(pk=first.pk).update(lease_by="dead", lease_until=at + dt.timedelta(hours=1))

    silent_for(row, 46)
    silent_for(row, 47)
    run_timer(first.pk, by="dead", at=at)

    assert codes(row) == ["ladder.ring", "ladder.next_crew"]


def test_each_step_is_done_once(town, row):
    silent_for(row, 46)
    silent_for(row, 47)

    assert Assignment.objects.count() == 2
    assert codes(row) == ["ladder.ring", "ladder.next_crew"]


def test_the_case_waits_while_the_second_crew_is_still_asked(town, row):
    silent_for(row, 46)
    silent_for(row, 151)

    assert Assignment.objects.get(pk=row.pk).status == "expired"
    assert Case.objects.get(pk=row.case_id).stage == "waiting_answer"
