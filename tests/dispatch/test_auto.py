"""The offer that sends itself: counted down, held, and what speaks against it."""

import datetime as dt
from unittest.mock import Mock

import pytest
from django.conf import settings as conf
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fieldops.cases.models import Case, CaseEvent, Person
from fieldops.dispatch.actions import auto, find_cases_to_send, hold_offer
from fieldops.dispatch.auto import AGAINST, AutoFacts, against
from fieldops.dispatch.models import Assignment, PlannedOffer
from fieldops.feed.models import Alarm, desk
from fieldops.lib.clock import now
from fieldops.lib.errors import WrongState
from fieldops.teams.models import Device, ShiftMember
from fieldops.timers.loop import run_due
from tests import make
from tests.contract import heard, kinds, one
from tests.threads import at_once, raised


@pytest.fixture
def case(town):
    """He believes the scammer, in the bank: triage says mobile team."""
    return make.at_bank(town, make.called(town, make.case(town)))


def look(seconds=0):
    """Let the loop go round, so many seconds from now; the phones go on saying that they are there."""
    at = now() + dt.timedelta(seconds=seconds)
    Device.objects.update(last_seen_at=at)
    find_cases_to_send(at=at)
    run_due(at=at)
    return at


def why_not(case):
    line = CaseEvent.objects.filter(case=case, code="auto.skipped").first()
    return line.params["why"] if line else ""


class TestAsk:
    def test_it_counts_down_at_the_desk(self, town, case):
        with heard(desk(town.center.pk)) as events:
            look()

        plan = PlannedOffer.objects.get()
        assert (plan.state, plan.due_at - plan.made_at) == ("waiting", dt.timedelta(seconds=60))
        assert one(events, "case.changed")["line"]["params"] == {"team": plan.call_sign, "seconds": 60}
        assert one(events, "alarm.raised")["body"]["kind"] == "auto_offer"
        assert not Assignment.objects.exists()

    def test_it_counts_down_once(self, town, case):
        look()
        with heard(desk(town.center.pk)) as events:
            look(2)

        assert kinds(events) == []

    def test_it_sends_when_the_time_is_up(self, town, case):
        look()

        look(61)

        row = Assignment.objects.get()
        assert (row.status, row.automatic, row.offered_by) == ("offered", True, None)
        assert PlannedOffer.objects.get().state == "sent"
        assert not Alarm.objects.filter(kind="auto_offer", acknowledged_at=None).exists()

    def test_not_a_second_before(self, town, case):
        look()

        look(58)

        assert not Assignment.objects.exists()

    def test_it_sends_once_whatever_comes_after(self, town, case):
        look()
        look(61)
        look(400)

        # The ladder went on to the next crew and ran out; from then on a person decides.
        assert Case.objects.get(pk=case.pk).stage == "to_send"
        count = Assignment.objects.count()
        look(500)
        assert Assignment.objects.count() == count

    def test_a_crew_sent_by_the_desk_ends_it(self, town, case):
        look()
        make.offered(town, case, shift=town.bravo)
        look(4)

        assert PlannedOffer.objects.get().state == "skipped"
        assert not Alarm.objects.filter(kind="auto_offer", acknowledged_at=None).exists()
        look(61)
        assert Assignment.objects.count() == 1
        assert why_not(case) == ""


class TestHold:
    def test_held_it_does_not_send(self, town, case, api):
        look()

        with heard(desk(town.center.pk)) as events:
            assert api(town.duty).post(f"cases/{case.pk}/hold").status_code == 204
        look(100)

        assert one(events, "case.changed")["line"]["code"] == "auto.held"
        assert not Assignment.objects.exists()
        assert not Alarm.objects.filter(kind="auto_offer", acknowledged_at=None).exists()

    def test_again_is_harmless(self, town, case, api):
        look()
        hold_offer(case_id=case.pk, by=town.by("duty"), at=now())

        with heard(desk(town.center.pk)) as events:
            hold_offer(case_id=case.pk, by=town.by("duty2"), at=now())

        assert kinds(events) == []
        assert PlannedOffer.objects.get().held_by_name == "duty"

    def test_what_is_sent_cannot_be_held(self, town, case):
        look()
        look(61)

        with pytest.raises(WrongState):
            hold_offer(case_id=case.pk, by=town.by("duty"), at=now())

    def test_the_neighbours_desk_finds_nothing(self, town, case, api):
        look()

        assert api(town.stranger).post(f"cases/{case.pk}/hold").status_code == 404
        assert api(town.alpha1).post(f"cases/{case.pk}/hold").status_code in (403, 404)

    def test_a_person_may_still_send(self, town, case):
        look()
        hold_offer(case_id=case.pk, by=town.by("duty"), at=now())

        assert make.offered(town, case).status == "offered"


class TestAgainst:
    """What keeps an offer from being planned, each by itself."""

    def planned(self):
        look()
        return PlannedOffer.objects.exists()

    def test_nothing(self, town, case):
        assert self.planned()

    def test_an_unknown_place(self, town):
        case = make.called(town, make.case(town))
        Case.objects.update(whereabouts=None)

        assert not self.planned()
        make.at_bank(town, case)
        assert self.planned()

    def test_a_word_that_is_too_old(self, town, case):
        case.whereabouts.good_until = now() - dt.timedelta(seconds=1)
        case.whereabouts.save()

        assert not self.planned()

    def test_a_possible_duplicate(self, town, case):
        other = make.case(town).person
        Person.objects.filter(pk=case.person_id).update(possible_duplicate_of=other)

        assert not self.planned()

    def test_a_burst(self, town, case):
        for _ in range(conf.AUTO_BURST - 1):
            make.case(town)

        assert not self.planned()

    def test_the_last_free_crew(self, town, case):
        ShiftMember.objects.filter(shift=town.bravo).update(duty="off")

        assert not self.planned()

    def test_a_phone_that_cannot_ring(self, town, case):
        Device.objects.update(can_ring=False, ring_problem="silent")

        assert not self.planned()

    def test_a_lower_level(self, town):
        make.at_bank(town, make.called(town, make.case(town, level="high")))

        assert not self.planned()

    def test_triage_that_says_otherwise(self, town):
        make.at_bank(town, make.called(town, make.case(town), state="denies"))
        Case.objects.update(triage_channel="station")

        assert not self.planned()

    @pytest.mark.parametrize("code", [code for code, _holds in AGAINST])
    def test_each_line_of_the_table_decides(self, code):
        good = {"mode": "ask", "wanted": True, "asked_before": False, "held": False, "duplicate": False,
                "place_known": True, "arrived_lately": 1, "burst": 5, "best": "allow"}  # fmt: skip
        bad = {"not_wanted": {"wanted": False}, "manual": {"mode": "manual"},
               "asked_before": {"asked_before": True}, "held": {"held": True},
               "duplicate": {"duplicate": True}, "place_unknown": {"place_known": False},
               "burst": {"arrived_lately": 5}, "last_crew": {"best": "warn", "last_kept": True},
               "gate": {"best": "warn"}}  # fmt: skip

        assert against(AutoFacts(**good)) == ""
        assert against(AutoFacts(**{**good, **bad[code]})) == code


def test_a_case_that_cannot_be_read_holds_up_no_other(town, case):
    Case.objects.filter(pk=case.pk).update(triage_override={"why": "written by hand"})
    other = make.at_bank(town, make.called(town, make.case(town)))
    assert case.pk < other.pk

    look()

    assert PlannedOffer.objects.get().case == other


class TestNobodyFree:
    """Many cases wait for long; everybody else goes on writing."""

    @pytest.fixture(autouse=True)
    def _all_off(self, town, settings):
        settings.AUTO_BURST = 100
        ShiftMember.objects.update(duty="off")

    def queries(self):
        with CaptureQueriesContext(connection) as asked:
            find_cases_to_send(at=now())
        return [query["sql"] for query in asked.captured_queries]

    def test_they_are_looked_at_together_and_without_a_lock(self, town, case):
        alone = self.queries()
        for _ in range(4):
            make.at_bank(town, make.called(town, make.case(town)))

        together = self.queries()

        assert len(together) == len(alone)
        assert not [
            sql for sql in together if not sql.startswith(("SELECT", "(SELECT")) or "FOR NO KEY UPDATE" in sql
        ]
        assert not PlannedOffer.objects.exists()

    def test_a_crew_back_on_duty_is_planned_for_the_next_time_round(self, town, case):
        look()
        ShiftMember.objects.update(duty="standby")

        look(2)

        assert PlannedOffer.objects.get().case == case

    def test_a_picture_that_cannot_be_read_leaves_them_to_be_tried_one_by_one(self, town, case, monkeypatch):
        ShiftMember.objects.update(duty="standby")
        monkeypatch.setattr(auto, "read_picture", Mock(side_effect=KeyError("centre")))

        look()

        assert PlannedOffer.objects.get().case == case


def test_what_changed_meanwhile_is_looked_at_again(town, case):
    look()
    ShiftMember.objects.filter(shift=town.bravo).update(duty="off")

    look(61)

    assert not Assignment.objects.exists()
    assert why_not(case) == "last_crew"
    assert PlannedOffer.objects.get().state == "skipped"


def test_auto_sends_at_once(town, settings, case):
    settings.AUTO_OFFER = {**settings.AUTO_OFFER, "critical": {"mode": "auto", "after_s": 60}}

    look()

    assert Assignment.objects.get().automatic
    assert PlannedOffer.objects.get().state == "sent"


@pytest.mark.django_db(transaction=True)
def test_hold_against_the_countdowns_end_has_one_outcome():
    town = make.town()
    for _ in range(4):
        case = make.at_bank(town, make.called(town, make.case(town)))
        look()
        if not PlannedOffer.objects.filter(case=case).exists():
            break  # the last free crew is never taken

        results = at_once(
            lambda pk=case.pk: hold_offer(case_id=pk, by=town.by("duty"), at=now()), lambda: look(61)
        )

        state = PlannedOffer.objects.get(case=case).state
        sent = Assignment.objects.filter(case=case).count()
        assert (state, sent, len(raised(results))) in {("held", 0, 0), ("sent", 1, 1)}
