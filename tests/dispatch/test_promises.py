"""What a crew promised next: reminded, rung, on the desk, another crew named; asked whether it is safe."""

import datetime as dt

import pytest

from fieldops.cases.models import CaseEvent
from fieldops.dispatch.actions import confirm_stand_down, recall_assignment, set_out
from fieldops.dispatch.models import Assignment, RingAttempt
from fieldops.feed.alarms import acknowledge_alarm
from fieldops.feed.models import Alarm, desk
from fieldops.lib.clock import now
from fieldops.teams.models import Device
from fieldops.timers.loop import run_due
from fieldops.timers.models import Timer
from tests import make
from tests.contract import heard, one


def later(since, seconds):
    """Let time pass; phones go on saying that they are there."""
    at = since + dt.timedelta(seconds=seconds)
    Device.objects.update(last_seen_at=at)
    run_due(at=at)
    return at


def said(row):
    lines = CaseEvent.objects.filter(case=row.case, code__startswith="promise")
    return [(line.code.partition(".")[2], line.params["promise"]) for line in lines.order_by("at", "pk")]


def open_alarms(row):
    rows = Alarm.objects.filter(assignment_id=row.pk, acknowledged_at=None)
    return set(rows.values_list("kind", flat=True))


class TestSetOut:
    @pytest.fixture
    def row(self, town):
        make.charlie(town)
        return make.accepted(town)

    def test_first_the_crew_is_reminded(self, town, row):
        with heard(f"user:{town.alpha1.pk}") as events:
            later(row.accepted_at, 91)

        assert one(events, "assignment.changed")["line"]["code"] == "promise.remind"
        assert open_alarms(row) == set()

    def test_then_rung_then_on_the_desk_with_the_numbers(self, town, row):
        later(row.accepted_at, 151)
        assert set(RingAttempt.objects.values_list("name", "why")) == {
            ("alpha1", "set_out_late"),
            ("alpha2", "set_out_late"),
        }

        later(row.accepted_at, 181)

        alarm = Alarm.objects.get(kind="set_out_late")
        assert [person["name"] for person in alarm.params["ring"]] == ["alpha1", "alpha2"]
        assert said(row) == [("remind", "set_out"), ("ring", "set_out"), ("alarm", "set_out")]

    def test_then_another_crew_is_named_but_not_sent(self, town, row):
        later(row.accepted_at, 301)

        assert Alarm.objects.get(kind="suggest_crew").params["next"] == "Bravo"
        assert Assignment.objects.count() == 1

    def test_accepted_then_forgotten_rings_the_supervisor(self, town, row):
        later(row.accepted_at, 901)

        assert "forgotten" in open_alarms(row)
        assert RingAttempt.objects.filter(user=town.supervisor, why="supervisor").exists()

    def test_setting_out_ends_it_and_settles_its_alarms(self, town, row):
        later(row.accepted_at, 181)

        set_out(assignment_id=row.pk, by=town.by("alpha1"), at=now())

        assert open_alarms(row) == set()
        assert not Timer.objects.filter(kind="dispatch.set_out_late").exists()

    def test_a_timer_of_the_version_before_is_the_desks_alarm(self, town, row):
        Timer.objects.filter(kind="dispatch.set_out_late").exclude(key__endswith=":2").delete()
        payload = {"assignment_id": str(row.pk), "center_id": str(town.center.pk)}
        Timer.objects.filter(kind="dispatch.set_out_late").update(payload=payload)

        later(row.accepted_at, 181)

        assert open_alarms(row) == {"set_out_late"}


class TestArrive:
    def test_counts_from_twice_the_estimate(self, town):
        row = make.accepted(town)
        Assignment.objects.update(eta_s=1200)
        at = now()
        set_out(assignment_id=row.pk, by=town.by("alpha1"), at=at)

        later(at, 2399)
        assert said(row) == []
        later(at, 2400 + 121)

        assert said(row) == [("remind", "arrive"), ("ring", "arrive"), ("alarm", "arrive")]
        assert open_alarms(row) == {"arrive_late"}


class TestCheckIn:
    def test_silence_is_rung_and_brings_the_stations_number(self, town):
        row = make.arrived(town)

        later(row.arrived_at, 1321)

        alarm = Alarm.objects.get(kind="check_in")
        assert alarm.params["station"][0]["phone"] == "023-0000-9001"
        assert RingAttempt.objects.filter(why="check_in").count() == 2

    def test_it_is_never_let_go(self, town):
        row = make.arrived(town)

        at = later(row.arrived_at, 1441)
        later(at, 1)
        rings = said(row).count(("ring", "check_in"))
        later(at, 200)

        assert said(row).count(("ring", "check_in")) > rings


class TestStandDown:
    @pytest.fixture
    def row(self, town):
        row = make.accepted(town)
        return recall_assignment(
            assignment_id=row.pk, by=town.by("supervisor"), at=now(), reason="false alarm"
        )

    def test_it_names_who_called_it_off(self, town):
        row = make.accepted(town)

        with heard(f"user:{town.alpha1.pk}") as events:
            recall_assignment(assignment_id=row.pk, by=town.by("supervisor"), at=now(), reason="false alarm")

        assert one(events, "assignment.recalled")["body"]["ended_by_name"] == "supervisor"

    def test_unconfirmed_it_is_rung_then_on_the_desk(self, town, row):
        confirm_stand_down(assignment_id=row.pk, by=town.by("alpha1"), at=now())
        with heard(desk(town.center.pk)):
            later(row.ended_at, 31)
        assert list(RingAttempt.objects.values_list("name", "why")) == [("alpha2", "recalled")]
        assert open_alarms(row) == set()

        later(row.ended_at, 61)

        alarm = Alarm.objects.get(kind="recall_unconfirmed")
        assert [person["name"] for person in alarm.params["ring"]] == ["alpha2"]

    def test_it_goes_on_until_somebody_has_taken_it_in_hand(self, town, row):
        at = later(row.ended_at, 241)
        at = later(at, 1)
        assert said(row).count(("ring", "stand_down")) == 2
        alarm = Alarm.objects.get(kind="recall_unconfirmed")
        acknowledge_alarm(
            alarm_id=alarm.pk, center_id=town.center.pk, by_id=town.duty.pk, by_name="duty", at=at
        )

        at = later(at, 300)
        later(at, 300)

        assert said(row).count(("ring", "stand_down")) == 2
