"""Lined up behind a busy crew: offered by itself the moment that crew is free, or back to the desk."""

import datetime as dt

import pytest
import time_machine
from django.db import connection, transaction

from fieldops.audit.models import AuditRow
from fieldops.cases.models import Case, CaseEvent
from fieldops.dispatch.actions import (
    divert_crew,
    leave_line,
    line_up_case,
    offer_assignment,
    reassign_assignment,
    recall_assignment,
)
from fieldops.dispatch.lineup import waiting_for_shift, waiting_of_case
from fieldops.dispatch.models import Assignment, LineUp
from fieldops.feed.models import Alarm, desk
from fieldops.feed.models import user as user_recipient
from fieldops.lib.clock import now
from fieldops.lib.errors import WrongState
from fieldops.teams.models import ShiftMember
from fieldops.timers.loop import run_due
from tests import make
from tests.contract import heard, kinds, one
from tests.threads import at_once
from tests.verify import verify_feed


@pytest.fixture
def busy(town):
    """Alpha is with a person."""
    return make.arrived(town)


@pytest.fixture
def waiting(town):
    """Another case waits to be sent."""
    return make.at_bank(town, make.called(town, make.case(town)))


def line_up(town, case, shift=None, **more):
    more.setdefault("by", town.by("duty"))
    return line_up_case(
        case_id=case.pk, shift=shift or town.alpha, at=now(), reason="nobody else is free", **more
    )


class TestLineUp:
    def test_it_is_told_and_audited(self, town, busy, waiting):
        with heard(desk(town.center.pk)) as events:
            row = line_up(town, waiting, brief="counter 3")

        assert (row.state, row.brief) == ("waiting", "counter 3")
        assert one(events, "case.changed")["line"]["code"] == "lined_up"
        assert AuditRow.objects.filter(verb="case.line_up", subject_id=waiting.pk).count() == 1
        assert Case.objects.get(pk=waiting.pk).stage == "to_send"

    def test_again_is_harmless(self, town, busy, waiting):
        first = line_up(town, waiting)

        with heard(desk(town.center.pk)) as events:
            again = line_up(town, waiting)

        assert (again.pk, events) == (first.pk, [])

    def test_a_free_crew_is_sent_instead(self, town, waiting):
        with pytest.raises(WrongState) as refusal:
            line_up(town, waiting)

        assert refusal.value.code == "crew_free"

    def test_one_case_is_next_for_a_crew(self, town, busy, waiting):
        line_up(town, waiting)
        other = make.at_bank(town, make.called(town, make.case(town)))

        with pytest.raises(WrongState) as refusal:
            line_up(town, other)

        assert (refusal.value.code, refusal.value.extra["by"]) == ("crew_taken", waiting.number)

    def test_a_case_waits_for_one_crew(self, town, busy, waiting):
        make.offered(town, shift=town.bravo)
        line_up(town, waiting)

        with pytest.raises(WrongState) as refusal:
            line_up(town, waiting, town.bravo)

        assert (refusal.value.code, refusal.value.extra["by"]) == ("already_lined_up", "Alpha")

    def test_a_case_with_a_crew_does_not_wait(self, town, busy, waiting):
        make.offered(town, waiting, shift=town.bravo)

        with pytest.raises(WrongState) as refusal:
            line_up(town, waiting)

        assert refusal.value.code == "already_offered"

    def test_a_closed_case_does_not_wait(self, town, busy, waiting):
        make.closed(town, waiting)

        with pytest.raises(Exception, match="closed"):
            line_up(town, waiting)


class TestTheCrewIsFree:
    def test_its_conclusion_offers_it_in_the_same_change(self, town, busy, waiting):
        line_up(town, waiting, brief="counter 3")

        with heard(user_recipient(town.alpha1.pk)) as events, verify_feed(town.alpha1, may_forget=True):
            make.conclude(town, busy)

        assert kinds(events).index("assignment.concluded") < kinds(events).index("assignment.offered")
        offer = Assignment.objects.get(case=waiting)
        assert (offer.status, offer.automatic, offer.brief) == ("offered", True, "counter 3")
        assert offer.offered_by == town.duty
        assert LineUp.objects.get(case=waiting).assignment == offer
        assert Case.objects.get(pk=waiting.pk).stage == "waiting_answer"

    def test_both_or_neither(self, town, busy, waiting):
        line_up(town, waiting)

        with pytest.raises(ZeroDivisionError), transaction.atomic():
            make.conclude(town, busy)
            raise ZeroDivisionError

        assert Assignment.objects.get(pk=busy.pk).status == "arrived"
        assert waiting_of_case(waiting.pk)

    def test_its_recall_offers_it(self, town, busy, waiting):
        line_up(town, waiting)

        recall_assignment(assignment_id=busy.pk, by=town.by("duty"), at=now(), reason="he came in")

        assert Assignment.objects.get(case=waiting).team.call_sign == "Alpha"

    def test_its_replacement_offers_it(self, town, busy, waiting):
        line_up(town, waiting)

        reassign_assignment(
            assignment_id=busy.pk, to=town.bravo, by=town.by("supervisor"), at=now(), reason="nearer"
        )

        assert Assignment.objects.get(case=waiting).team.call_sign == "Alpha"

    def test_a_crew_that_may_not_go_gives_it_back_with_an_alarm(self, town, busy, waiting):
        line_up(town, waiting)
        ShiftMember.objects.filter(shift=town.alpha).update(duty="off")

        make.conclude(town, busy)

        assert Assignment.objects.get(pk=busy.pk).status == "concluded"
        assert not Assignment.objects.filter(case=waiting).exists()
        assert LineUp.objects.get(case=waiting).state == "lapsed"
        assert Alarm.objects.get(kind="line_up_lapsed").params == {"team": "Alpha", "code": "gate_blocked"}

    def test_a_case_that_was_closed_meanwhile_is_not_offered(self, town, busy, waiting):
        line_up(town, waiting)
        make.closed(town, waiting)

        make.conclude(town, busy)

        assert not Assignment.objects.filter(case=waiting).exists()
        assert not Alarm.objects.filter(kind="line_up_lapsed").exists()

    def test_diverted_elsewhere_it_gives_it_back(self, town, busy, waiting):
        line_up(town, waiting)
        worse = make.at_bank(town, make.called(town, make.case(town)))

        divert_crew(
            assignment_id=busy.pk, to_case_id=worse.pk, by=town.by("supervisor"), at=now(),
            reason="he transfers now", leave_reason="his wife is there",
        )  # fmt: skip

        assert LineUp.objects.get(case=waiting).state == "lapsed"
        assert Alarm.objects.get(kind="line_up_lapsed").params["code"] == "diverted"

    def test_diverted_to_it_nothing_is_given_back(self, town, busy, waiting):
        line_up(town, waiting)

        divert_crew(
            assignment_id=busy.pk, to_case_id=waiting.pk, by=town.by("supervisor"), at=now(),
            reason="he transfers now", leave_reason="his wife is there",
        )  # fmt: skip

        assert LineUp.objects.get(case=waiting).state == "dropped"
        assert not Alarm.objects.filter(kind="line_up_lapsed").exists()


class TestClosed:
    def test_a_closed_case_frees_the_place_at_once(self, town, busy, waiting):
        line_up(town, waiting)
        make.closed(town, waiting)
        other = make.at_bank(town, make.called(town, make.case(town)))

        assert line_up(town, other).state == "waiting"
        assert waiting_for_shift(town.alpha.pk).case_id == other.pk
        assert waiting_of_case(waiting.pk) is None

    def test_closing_ends_it_with_a_line(self, town, busy, waiting):
        line_up(town, waiting)
        make.closed(town, waiting)

        run_due(at=now())

        assert LineUp.objects.get(case=waiting).state == "dropped"
        assert CaseEvent.objects.filter(case=waiting, code="lined_up.over").exists()


class TestLeaveLine:
    def test_the_desk_takes_it_out(self, town, busy, waiting):
        line_up(town, waiting)

        with heard(desk(town.center.pk)) as events:
            leave_line(case_id=waiting.pk, by=town.by("duty"), at=now())
        make.conclude(town, busy)

        assert kinds(events) == ["case.changed"]
        assert not Assignment.objects.filter(case=waiting).exists()

    def test_where_nothing_waits_nothing_happens(self, town, waiting):
        with heard(desk(town.center.pk)) as events:
            leave_line(case_id=waiting.pk, by=town.by("duty"), at=now())

        assert events == []

    def test_sent_another_way_it_is_out_of_the_line(self, town, busy, waiting):
        line_up(town, waiting)

        offer_assignment(
            case_id=waiting.pk, shift=town.bravo, by=town.by("duty"), at=now(), reason="Bravo is back"
        )

        assert waiting_for_shift(town.alpha.pk) is None
        assert LineUp.objects.get(case=waiting).state == "dropped"


class TestApi:
    def test_the_desk_lines_up_and_takes_out(self, town, api, busy, waiting):
        body = {"team": str(town.alpha.team_id), "reason": "nobody else is free"}

        made = api(town.duty2).post(f"cases/{waiting.pk}/line-up", body)
        seen = api(town.duty2).get(f"cases/{waiting.pk}/recommendation").json()
        left = api(town.duty2).post(f"cases/{waiting.pk}/leave-line")

        assert (made.status_code, made.json()["team"]["call_sign"]) == (201, "Alpha")
        assert seen["lined_up"]["by_name"] == "duty2"
        assert (left.status_code, waiting_of_case(waiting.pk)) == (200, None)

    def test_the_crew_the_neighbour_and_the_analyst_may_not(self, town, api, busy, waiting):
        body = {"team": str(town.alpha.team_id), "reason": "nobody else is free"}

        for who, status in ((town.alpha1, 404), (town.stranger, 404), (town.analyst, 404)):
            for path in ("line-up", "leave-line"):
                assert api(who).post(f"cases/{waiting.pk}/{path}", body).status_code == status, (who, path)
        assert waiting_of_case(waiting.pk) is None

    def test_a_reason_is_wanted(self, town, api, busy, waiting):
        body = {"team": str(town.alpha.team_id)}

        assert api(town.duty).post(f"cases/{waiting.pk}/line-up", body).status_code == 400


class TestNobodyFree:
    def answer(self, api, town, case):
        return api(town.duty).get(f"cases/{case.pk}/recommendation").json()["nobody_free"]

    def test_a_free_crew_is_no_such_answer(self, town, api, busy, waiting):
        assert self.answer(api, town, waiting) is None

    def test_it_says_who_is_free_next_and_whom_to_ring(self, town, api, waiting):
        start = now()
        far = make.case(town, place_text="far", lng=107.60, lat=29.80)
        make.offered(town, far, shift=town.bravo)
        with time_machine.travel(start - dt.timedelta(minutes=20), tick=False):
            make.arrived(town)

        found = self.answer(api, town, waiting)

        assert [(row["team"]["call_sign"], row["status"]) for row in found["next"]] == [
            ("Bravo", "offered"),
            ("Alpha", "arrived"),
        ]
        free_at = dt.datetime.fromisoformat(found["next"][1]["free_at"])
        assert dt.timedelta(minutes=4) < free_at - start < dt.timedelta(minutes=6)
        assert found["next"][1]["there_at"] > found["next"][1]["free_at"]
        assert found["station"][0]["name"].startswith("Binjiang station")

    def test_a_usual_visit_is_the_centres_own_once_it_has_enough(self, town, api, waiting):
        start = now()
        make.offered(town, make.case(town, place_text="far"), shift=town.bravo)
        for hour in range(5):
            with time_machine.travel(start - dt.timedelta(hours=3, minutes=-20 * hour), tick=False):
                row = make.arrived(town)
            with time_machine.travel(start - dt.timedelta(hours=3, minutes=-20 * hour - 10), tick=False):
                make.conclude(town, row)
        make.arrived(town)

        found = self.answer(api, town, waiting)

        free_at = dt.datetime.fromisoformat(
            next(row for row in found["next"] if row["team"]["call_sign"] == "Alpha")["free_at"]
        )
        assert dt.timedelta(minutes=9) < free_at - start < dt.timedelta(minutes=11)

    def test_the_next_shift_is_named(self, town, api, waiting):
        ShiftMember.objects.update(duty="off")
        people = [make.user(town.center, "delta1", "member")]
        later = make.crew(town.center, "Delta", people)
        type(later).objects.filter(pk=later.pk).update(
            starts_at=now() + dt.timedelta(hours=1), ends_at=now() + dt.timedelta(hours=9)
        )

        found = self.answer(api, town, waiting)

        assert [row["team"]["call_sign"] for row in found["shifts"]] == ["Delta"]
        assert found["next"] == []


@pytest.mark.django_db(transaction=True)
def test_a_case_somebody_works_on_is_offered_by_the_timer():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer: nobody else can hold the case")
    town = make.town()
    busy = make.arrived(town)
    case = make.at_bank(town, make.called(town, make.case(town)))
    line_up(town, case)

    def hold_and_conclude():
        with transaction.atomic():
            Case.objects.select_for_update().get(pk=case.pk)
            return at_once(lambda: make.conclude(town, busy))[0]

    assert hold_and_conclude().status == "concluded"
    assert not Assignment.objects.filter(case=case).exists()
    run_due(at=now() + dt.timedelta(seconds=1))

    assert Assignment.objects.get(case=case).status == "offered"
