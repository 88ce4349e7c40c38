"""Nobody at the desk while an alarm waits: the shift's owner is rung, then the supervisors too."""

import datetime as dt

import pytest

from fieldops.dispatch.actions import find_sleeping_desks, note_desk_awake
from fieldops.dispatch.models import RingAttempt
from fieldops.feed.alarms import acknowledge_alarm, raise_alarm
from fieldops.feed.models import Alarm, desk
from fieldops.lib.clock import now
from tests import make
from tests.contract import heard, one
from tests.threads import at_once, raised

KIND = "not_answered"


@pytest.fixture
def at():
    return now()


def ring(town, at, kind=KIND, key="a"):
    return raise_alarm(center_id=town.center.pk, kind=kind, key=key, at=at)


def look(at, seconds):
    """Let the loop look after so long; whoever was rung before did not answer."""
    later = at + dt.timedelta(seconds=seconds)
    RingAttempt.objects.filter(asked_at__lt=later).update(outcome="no_answer")
    find_sleeping_desks(at=later)
    return later


def rung():
    return sorted(RingAttempt.objects.filter(why="desk_asleep").values_list("user__username", flat=True))


def acknowledge(town, alarm, at):
    acknowledge_alarm(alarm_id=alarm.pk, center_id=town.center.pk, by_id=town.duty.pk, by_name="duty", at=at)


def test_an_alarm_open_for_a_minute_rings_the_shifts_owner(town, at):
    ring(town, at)

    with heard(desk(town.center.pk)) as events:
        look(at, 61)

    assert rung() == ["duty"]
    params = one(events, "alarm.raised")["body"]["params"]
    assert params["names"] == ["duty"]
    assert params["rung"][0]["phone"] == town.duty.phone


def test_it_gives_the_desk_a_minute(town, at):
    ring(town, at)

    look(at, 59)

    assert rung() == []


def test_without_an_open_alarm_everybody_may_sleep(town, at):
    acknowledge(town, ring(town, at), at)

    look(at, 3600)

    assert rung() == []


def test_a_touched_desk_is_awake(town, at):
    ring(town, at)
    note_desk_awake(center_id=town.center.pk, at=at + dt.timedelta(seconds=30))

    look(at, 89)
    assert rung() == []
    look(at, 91)
    assert rung() == ["duty"]


def test_a_touched_desk_that_answers_nothing_is_rung_after_five_minutes(town, at):
    ring(town, at)
    for seconds in range(0, 301, 20):
        note_desk_awake(center_id=town.center.pk, at=at + dt.timedelta(seconds=seconds))

    look(at, 301)

    assert rung() == ["duty"]


def test_another_alarm_acknowledged_just_now_is_a_desk_at_work(town, at):
    ring(town, at)
    acknowledge(town, ring(town, at, key="b"), at + dt.timedelta(seconds=50))

    look(at, 100)

    assert rung() == []


def test_what_the_system_settles_wakes_nobody(town, at):
    ring(town, at)
    other = ring(town, at, key="b")
    acknowledge_alarm(
        alarm_id=other.pk, center_id=town.center.pk, by_id=None, by_name="", at=at + dt.timedelta(seconds=50)
    )

    look(at, 61)

    assert rung() == ["duty"]


def test_it_rings_again_each_minute_and_then_the_supervisors_too(town, at):
    ring(town, at)
    for seconds in (61, 66, 71):
        look(at, seconds)
    assert rung() == ["duty"]

    look(at, 122)

    assert rung() == ["duty", "duty", "supervisor"]
    assert Alarm.objects.filter(kind="desk_asleep").count() == 1


def test_with_no_owner_the_supervisors_are_rung(town, at):
    town.center.desk_shifts.all().delete()
    ring(town, at)

    look(at, 61)

    assert rung() == ["supervisor"]


def test_it_is_over_when_somebody_acknowledges(town, at):
    alarm = ring(town, at)
    look(at, 61)

    acknowledge(town, alarm, at + dt.timedelta(seconds=70))
    look(at, 75)

    assert Alarm.objects.get(kind="desk_asleep").acknowledged_at
    ring(town, at + dt.timedelta(seconds=100), key="c")
    look(at, 161)
    assert rung() == ["duty", "duty"]


def test_what_can_wait_wakes_nobody(town, at):
    ring(town, at, kind="late_fact")

    look(at, 3600)

    assert rung() == []


def test_the_page_says_that_somebody_is_there(town, at, api):
    ring(town, at - dt.timedelta(seconds=90))

    assert api(town.duty).post("desk/awake").status_code == 204

    find_sleeping_desks(at=now())
    assert rung() == []


def test_a_crew_cannot_say_it(town, api):
    assert api(town.alpha1).post("desk/awake").status_code == 403


@pytest.mark.django_db(transaction=True)
def test_two_timer_processes_ring_once():
    town, at = make.town(), now()
    ring(town, at)

    results = at_once(*[lambda: look(at, 61)] * 3)

    assert raised(results) == []
    assert rung() == ["duty"]
