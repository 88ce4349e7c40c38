"""Recall, reassign, divert: by whom, what becomes of the crew, and the stand-down each confirms."""

import datetime as dt

import pytest

from fieldops.cases.models import Case, CaseFollower
from fieldops.dispatch.actions import confirm_stand_down, divert_crew, reassign_assignment, recall_assignment
from fieldops.dispatch.actions.offer import Blocked
from fieldops.dispatch.models import Assignment
from fieldops.feed.models import Alarm, desk
from fieldops.feed.models import user as user_recipient
from fieldops.lib.clock import now
from fieldops.lib.errors import WrongState
from fieldops.timers.loop import run_due
from tests import make
from tests.contract import heard, one
from tests.threads import at_once
from tests.verify import verify_feed


def recall(town, row, reason="he came in"):
    return recall_assignment(assignment_id=row.pk, by=town.by("supervisor"), at=now(), reason=reason)


def stand_down(town, row, who="alpha1"):
    return confirm_stand_down(assignment_id=row.pk, by=town.by(who), at=now())


class TestRecall:
    def test_the_crew_stands_down_and_the_desk_has_it_again(self, town):
        row = make.accepted(town)

        with heard(user_recipient(town.alpha1.pk)) as events:
            recall(town, row)

        body = one(events, "assignment.recalled")["body"]
        assert (body["status"], body["must_stand_down"], body["end_reason"]) == (
            "recalled",
            True,
            "he came in",
        )
        assert Case.objects.get(pk=row.case_id).stage == "to_send"
        assert not CaseFollower.objects.filter(case=row.case).exists()

    def test_the_phone_knows(self, town):
        row = make.accepted(town)

        with verify_feed(town.alpha1, may_forget=True):
            recall(town, row)

    def test_the_case_is_out_of_the_crews_reach(self, town, api):
        row = make.accepted(town)
        assert api(town.alpha1).get(f"cases/{row.case_id}").status_code == 200

        recall(town, row)

        assert api(town.alpha1).get(f"cases/{row.case_id}").status_code == 404

    def test_again_is_harmless(self, town):
        row = make.accepted(town)
        recall(town, row)

        with heard(desk(town.center.pk)) as events:
            recall(town, row)

        assert events == []

    def test_what_is_over_cannot_be_recalled(self, town):
        row = make.conclude(town, make.arrived(town))

        with pytest.raises(WrongState):
            recall(town, row)

    def test_an_offer_left_on_a_closed_case_can_be_ended(self, town):
        row = make.offered(town)
        Case.objects.filter(pk=row.case_id).update(stage="closed", closed_at=now())

        recall(town, row)

        assert make.offered(town).status == "offered"
        assert Case.objects.get(pk=row.case_id).stage == "closed"

    @pytest.mark.parametrize("end", ["expire", "decline"])
    def test_and_ends_by_itself(self, town, end):
        row = make.offered(town)
        Case.objects.filter(pk=row.case_id).update(stage="closed", closed_at=now())

        if end == "expire":
            run_due(at=now() + dt.timedelta(minutes=10))
        for who in ("alpha1", "alpha2") if end == "decline" else ():
            command = make.envelope("decline", ("assignment", row.pk), {"reason": "other"})
            assert make.send_command(town.users[who], command)["outcome"] == "applied"

        assert make.offered(town).status == "offered"

    def test_closing_the_case_ends_what_is_offered(self, town):
        row = make.offered(town)
        Case.objects.filter(pk=row.case_id).update(stage="to_review")

        make.closed(town, row.case)
        run_due(at=now())

        row.refresh_from_db()
        assert (row.status, row.end_reason) == ("recalled", "本案已结")

    def test_the_crew_is_free_at_once(self, town):
        recall(town, make.accepted(town))

        assert make.offered(town).status == "offered"


class TestStandDown:
    def test_each_member_confirms(self, town):
        row = make.accepted(town)
        recall(town, row)

        with heard(desk(town.center.pk)) as events:
            first = stand_down(town, row)
        again = stand_down(town, row)

        assert one(events, "assignment.stood_down")["line"]["params"]["name"] == "alpha1"
        assert (first.outcome, again.outcome) == ("applied", "noop")

    def test_silence_rings_those_who_have_not(self, town):
        row = make.accepted(town)
        recall(town, row)
        stand_down(town, row)

        run_due(at=now() + dt.timedelta(seconds=61))

        alarm = Alarm.objects.get(kind="recall_unconfirmed")
        assert [(who["name"], who["phone"]) for who in alarm.params["ring"]] == [
            ("alpha2", town.alpha2.phone)
        ]
        stand_down(town, row, "alpha2")
        alarm.refresh_from_db()
        assert alarm.acknowledged_at

    def test_when_all_have_nobody_is_rung(self, town):
        row = make.accepted(town)
        recall(town, row)
        stand_down(town, row)
        stand_down(town, row, "alpha2")

        run_due(at=now() + dt.timedelta(seconds=61))

        assert not Alarm.objects.filter(kind="recall_unconfirmed").exists()

    def test_who_was_not_called_off_has_nothing_to_confirm(self, town):
        assert stand_down(town, make.accepted(town)).outcome == "noop"


class TestReassign:
    def test_one_stands_down_the_other_is_asked(self, town):
        row = make.accepted(town, brief="counter 3")

        with heard(desk(town.center.pk)) as events:
            old, new = reassign_assignment(
                assignment_id=row.pk, to=town.bravo, by=town.by("supervisor"), at=now(), reason="nearer"
            )

        assert (old.status, old.taken_by, new.status, new.brief) == (
            "reassigned",
            "Bravo",
            "offered",
            "counter 3",
        )
        assert one(events, "assignment.reassigned")["line"]["params"]["by"] == "Bravo"
        assert one(events, "assignment.offered")["body"]["team"]["call_sign"] == "Bravo"
        assert Case.objects.get(pk=row.case_id).stage == "waiting_answer"

    def test_both_or_neither(self, town):
        row = make.accepted(town)
        make.offered(town, shift=town.bravo)

        with pytest.raises(Blocked):
            reassign_assignment(
                assignment_id=row.pk, to=town.bravo, by=town.by("supervisor"), at=now(), reason="nearer"
            )

        assert Assignment.objects.get(pk=row.pk).status == "accepted"
        assert CaseFollower.objects.filter(case=row.case).count() == 2


class TestDivert:
    def test_the_crew_goes_elsewhere(self, town):
        row = make.accepted(town)
        worse = make.at_bank(town, make.called(town, make.case(town)))

        old, new = divert_crew(
            assignment_id=row.pk, to_case_id=worse.pk, by=town.by("duty"), at=now(), reason="he transfers now"
        )

        assert (old.status, new.status, new.case_id) == ("recalled", "offered", worse.pk)
        assert new.shift_id == row.shift_id

    def test_both_or_neither(self, town):
        row = make.accepted(town)
        closed = make.closed(town, make.called(town, make.case(town)))

        with pytest.raises(WrongState):
            divert_crew(
                assignment_id=row.pk, to_case_id=closed.pk, by=town.by("duty"), at=now(), reason="no matter"
            )

        assert Assignment.objects.get(pk=row.pk).status == "accepted"


@pytest.mark.django_db(transaction=True)
def test_two_diverts_that_cross_do_not_wait_for_each_other():
    town = make.town()
    alpha = make.accepted(town)
    bravo = make.offered(town, shift=town.bravo)
    swaps = [(alpha.pk, bravo.case_id), (bravo.pk, alpha.case_id)]

    results = at_once(
        *[
            lambda swap=swap: divert_crew(
                assignment_id=swap[0], to_case_id=swap[1], by=town.by("duty"), at=now(), reason="swap them"
            )
            for swap in swaps
        ]
    )

    refused = [r for r in results if isinstance(r, Exception)]
    assert all(isinstance(r, WrongState) for r in refused)


class TestApi:
    def test_the_owner_of_the_shift_may(self, town, api):
        row = make.accepted(town)

        answer = api(town.duty).post(f"assignments/{row.pk}/recall", {"reason": "he came in"})

        assert (answer.status_code, answer.json()["status"]) == (200, "recalled")

    def test_another_duty_officer_may_not(self, town, api):
        row = make.accepted(town)

        for path, body in (
            ("recall", {"reason": "he came in"}),
            ("reassign", {"reason": "nearer", "team": str(town.bravo.team_id)}),
            ("divert", {"reason": "worse", "case": str(row.case_id)}),
        ):
            answer = api(town.duty2).post(f"assignments/{row.pk}/{path}", body)
            assert (answer.status_code, answer.json()["code"]) == (403, "role_forbidden")
        assert Assignment.objects.get(pk=row.pk).status == "accepted"

    def test_the_supervisor_may(self, town, api):
        row = make.accepted(town)
        body = {"reason": "nearer", "team": str(town.bravo.team_id)}

        answer = api(town.supervisor).post(f"assignments/{row.pk}/reassign", body)

        assert answer.status_code == 200
        assert answer.json()["offered"]["team"]["call_sign"] == "Bravo"

    def test_the_crew_may_not(self, town, api):
        row = make.accepted(town)

        assert api(town.alpha1).post(f"assignments/{row.pk}/recall", {"reason": "no"}).status_code == 403

    def test_the_neighbour_finds_nothing(self, town, api):
        row = make.accepted(town)

        assert api(town.stranger).post(f"assignments/{row.pk}/recall", {"reason": "no"}).status_code == 404
        assert api(town.bravo1).post(f"assignments/{row.pk}/recall", {"reason": "no"}).status_code == 404

    def test_a_reason_is_wanted(self, town, api):
        row = make.accepted(town)

        assert api(town.supervisor).post(f"assignments/{row.pk}/recall", {}).status_code == 400

    def test_what_is_over_is_409(self, town, api):
        row = make.conclude(town, make.arrived(town))

        answer = api(town.supervisor).post(f"assignments/{row.pk}/recall", {"reason": "late"})

        assert (answer.status_code, answer.json()["code"]) == (409, "wrong_state")
