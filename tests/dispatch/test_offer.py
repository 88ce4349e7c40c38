"""Offer: the gate obeyed, one crew once, what the crew is told, the ladder frozen."""

import datetime as dt

import pytest
from django.test import override_settings

from fieldops.cases.actions import say_whereabouts
from fieldops.cases.models import Case
from fieldops.dispatch.actions import expire_assignment, offer_assignment
from fieldops.dispatch.actions.offer import Blocked, ReasonWanted
from fieldops.dispatch.models import Assignment
from fieldops.feed.models import Alarm, desk
from fieldops.feed.models import user as user_recipient
from fieldops.lib.clock import now
from fieldops.lib.errors import WrongState
from fieldops.lib.ids import new_id
from fieldops.teams.actor import Actor
from fieldops.teams.models import Device, ShiftMember
from fieldops.timers.models import Timer
from tests import make
from tests.contract import heard, one
from tests.threads import at_once
from tests.verify import verify_feed


@pytest.fixture
def ready(town):
    """A case to send: called, convinced, in the bank."""
    return make.at_bank(town, make.called(town, make.case(town)))


def offer(town, case, *, shift=None, by="duty", **more):
    return offer_assignment(case_id=case.pk, shift=shift or town.alpha, by=town.by(by), at=now(), **more)


class TestOffer:
    def test_it_asks_the_crew(self, town, ready):
        with heard(user_recipient(town.alpha1.pk)) as events:
            row = offer(town, ready, brief="counter 3")

        body = one(events, "assignment.offered")["body"]
        assert (body["status"], body["brief"], body["level"]) == ("offered", "counter 3", "critical")
        assert body["whereabouts"]["text"] == "Binjiang branch"
        assert [call["state_after"] for call in body["calls"]] == ["convinced"]
        assert body["distance_m"] and body["eta_s"]
        assert Case.objects.get(pk=ready.pk).stage == "waiting_answer"
        assert {m.name for m in row.members.all()} == {"alpha1", "alpha2"}

    def test_the_phone_knows_what_a_fresh_snapshot_says(self, town, ready):
        with verify_feed(town.alpha1), verify_feed(town.bravo1):
            offer(town, ready)

    def test_who_sent_it_is_kept_though_only_the_name_is_at_hand(self, town, ready):
        by = town.by("duty")
        row = offer_assignment(
            case_id=ready.pk, shift=town.alpha, by=Actor(by.user_id, by.name, by.kind), at=now()
        )

        assert Assignment.objects.get(pk=row.pk).offered_by == town.users["duty"]

    def test_only_desk_and_crew_hear_of_it(self, town, ready):
        with heard(desk(town.center.pk)) as board, heard(user_recipient(town.bravo1.pk)) as bravo:
            with heard(desk(town.other.pk)) as neighbours:
                offer(town, ready)

        assert one(board, "assignment.offered")
        assert bravo == [] and neighbours == []

    def test_a_member_off_duty_is_not_asked(self, town, ready):
        ShiftMember.objects.filter(user=town.alpha2).update(duty="off")

        row = offer(town, ready, reason="one is enough")

        assert [m.name for m in row.members.all()] == ["alpha1"]

    def test_what_was_told_stays_told(self, town, ready):
        row = offer(town, ready)
        say_whereabouts(case_id=ready.pk, source="crew", by=town.by("duty"), at=now(), text="counter 3")

        row.refresh_from_db()

        assert row.told["whereabouts"]["text"] == "Binjiang branch"
        assert "name" not in row.told and "phone" not in row.told

    def test_the_ladder_is_frozen(self, town, ready):
        row = offer(town, ready)

        with override_settings(LADDER_S={"critical": [{"after_s": 1, "do": "expire"}]}):
            row.refresh_from_db()

        assert [(step["after_s"], step["do"]) for step in row.ladder] == [
            (20, "ring"),
            (45, "next_crew"),
            (90, "supervisor"),
            (150, "expire"),
        ]
        assert row.expires_at == row.offered_at + dt.timedelta(seconds=150)
        assert Timer.objects.filter(key__startswith=f"assignment:{row.pk}:ladder:").count() == 4

    def test_the_ranking_and_the_gate_are_kept_with_it(self, town, ready):
        row = offer(town, ready)

        assert [entry["team"]["call_sign"] for entry in row.ranking] == ["Alpha", "Bravo"]
        assert row.gate == {"verdict": "allow", "reasons": []}

    def test_the_same_id_again_is_the_same_offer(self, town, ready):
        pk = new_id()
        offer(town, ready, assignment_id=pk)

        with heard(desk(town.center.pk)) as events:
            again = offer(town, ready, assignment_id=pk)

        assert (again.pk, events) == (pk, [])
        assert Assignment.objects.count() == 1

    def test_an_id_of_another_case_is_refused(self, town, ready):
        row = make.offered(town)

        with pytest.raises(WrongState) as refused:
            offer(town, ready, shift=town.bravo, reason="x y", assignment_id=row.pk)

        assert refused.value.code == "id_reused"

    def test_the_chosen_place_counts(self, town, ready):
        home = Case.objects.get(pk=ready.pk).all_whereabouts.get(source="alert")

        row = offer(town, ready, whereabouts_id=home.pk)

        assert row.told["whereabouts"]["text"] == "home"
        assert Case.objects.get(pk=ready.pk).whereabouts_id == home.pk
        assert row.distance_m == row.ranking[0]["distance_m"] > 4000


class TestSecond:
    def test_while_a_crew_is_asked_it_is_refused(self, town, ready):
        offer(town, ready)

        with pytest.raises(WrongState) as refused:
            offer(town, ready, shift=town.bravo, reason="quick")

        assert (refused.value.code, refused.value.extra["by"]) == ("already_offered", "Alpha")

    def test_while_a_crew_has_it_it_is_refused(self, town, ready):
        make.accepted(town, ready)

        with pytest.raises(WrongState) as refused:
            offer(town, ready, shift=town.bravo, reason="quick")

        assert (refused.value.code, refused.value.extra["by"]) == ("already_taken", "Alpha")

    def test_support_is_a_new_round_on_purpose(self, town, ready):
        make.accepted(town, ready)

        row = offer(town, ready, shift=town.bravo, reason="two doors", support=True)

        assert (row.round, row.support) == (2, True)
        assert Case.objects.get(pk=ready.pk).stage == "on_the_way"

    def test_support_never_looks_like_an_offer_to_the_first_crew(self, town, ready):
        make.accepted(town, ready)

        with verify_feed(town.alpha1), heard(user_recipient(town.alpha1.pk)) as events:
            offer(town, ready, shift=town.bravo, reason="two doors", support=True)

        assert all(event["subject"]["kind"] == "case" for event in events)
        assert "offered" in [event["line"]["code"] for event in events if "line" in event]

    def test_a_closed_case_is_refused(self, town, ready):
        make.closed(town, ready)

        with pytest.raises(WrongState) as refused:
            offer(town, ready)

        assert refused.value.code == "closed"

    def test_after_expiry_the_next_offer_is_a_new_round(self, town, ready):
        first = offer(town, ready)
        expire_assignment(assignment_id=first.pk, at=now())

        assert offer(town, ready).round == 2


class TestGate:
    def test_a_warning_wants_a_reason_and_passes_with_it(self, town, ready):
        Device.objects.filter(user=town.alpha2).update(can_ring=False, ring_problem="locked")

        with pytest.raises(ReasonWanted) as refused:
            offer(town, ready)
        row = offer(town, ready, reason="told by phone")

        who = [{"name": "alpha2", "problem": "locked"}]
        assert refused.value.extra["reasons"] == [{"code": "cannot_ring_some", "params": {"who": who}}]
        assert (row.gate["verdict"], row.gate_reason) == ("warn", "told by phone")

    def test_a_phone_that_cannot_ring_is_on_the_desk_at_once(self, town, ready):
        Device.objects.filter(user=town.alpha2).update(can_ring=False, ring_problem="locked")

        offer(town, ready, reason="told by phone")

        alarm = Alarm.objects.get(kind="cannot_ring")
        assert {person["phone"] for person in alarm.params["ring"]} == {town.alpha1.phone, town.alpha2.phone}

    def test_an_engaged_crew_is_blocked_even_with_a_reason(self, town, ready):
        make.accepted(town)

        with pytest.raises(Blocked) as refused:
            offer(town, ready, reason="I insist")

        assert refused.value.code == "crew_taken"

    def test_another_centres_crew_is_blocked(self, town, ready):
        theirs = make.crew(town.other, "Echo", [town.intruder])

        with pytest.raises(Blocked) as refused:
            offer(town, ready, shift=theirs, reason="I insist")

        assert "wrong_center" in [reason["code"] for reason in refused.value.extra["reasons"]]

    def test_a_refused_offer_leaves_nothing(self, town, ready):
        ShiftMember.objects.filter(shift=town.alpha).update(duty="off")
        before = Case.objects.get(pk=ready.pk)

        with heard(desk(town.center.pk)) as events, pytest.raises(Blocked):
            offer(town, ready)

        assert events == []
        assert (
            not Assignment.objects.exists() and not Timer.objects.filter(kind__startswith="dispatch").exists()
        )
        assert Case.objects.get(pk=ready.pk).version == before.version


@pytest.mark.django_db(transaction=True)
def test_two_desks_sending_one_crew_one_wins():
    town = make.town()
    ones = [make.at_bank(town, make.called(town, make.case(town))) for _ in range(2)]

    results = at_once(*[lambda case=case: offer(town, case) for case in ones])

    codes = sorted(r.status if isinstance(r, Assignment) else r.code for r in results)
    assert codes == ["crew_taken", "offered"]
    assert Assignment.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_desks_sending_two_crews_to_one_case_one_wins():
    town = make.town()
    case = make.at_bank(town, make.called(town, make.case(town)))

    results = at_once(
        lambda: offer(town, case), lambda: offer(town, case, shift=town.bravo, by="duty2", reason="x y")
    )

    codes = sorted(r.status if isinstance(r, Assignment) else r.code for r in results)
    assert codes == ["already_offered", "offered"]


class TestApi:
    def url(self, case):
        return f"cases/{case.pk}/offer"

    def test_it_offers(self, town, api, ready):
        answer = api(town.duty).post(self.url(ready), {"team": str(town.alpha.team_id), "brief": "counter 3"})

        assert answer.status_code == 201
        assert answer.json()["status"] == "offered"

    def test_it_refuses_the_outsider(self, town, api, ready):
        body = {"team": str(town.alpha.team_id)}

        for who in (town.stranger, town.analyst, town.alpha1):
            assert api(who).post(self.url(ready), body).status_code == 404
        assert not Assignment.objects.exists()

    def test_it_refuses_the_crew_itself(self, town, api, ready):
        make.accepted(town, ready)

        answer = api(town.alpha1).post(self.url(ready), {"team": str(town.bravo.team_id)})

        assert (answer.status_code, answer.json()["code"]) == (403, "role_forbidden")

    def test_it_refuses_another_centres_team(self, town, api, ready):
        theirs = make.crew(town.other, "Echo", [town.intruder])

        answer = api(town.duty).post(self.url(ready), {"team": str(theirs.team_id)})

        assert answer.status_code == 404

    def test_a_team_off_shift_has_no_crew(self, town, api, ready):
        type(town.alpha).objects.filter(pk=town.alpha.pk).update(ends_at=now())

        answer = api(town.duty).post(self.url(ready), {"team": str(town.alpha.team_id)})

        assert (answer.status_code, answer.json()["code"]) == (409, "no_crew")

    def test_it_says_what_is_in_the_way(self, town, api, ready):
        make.accepted(town)

        answer = api(town.duty).post(self.url(ready), {"team": str(town.alpha.team_id), "reason": "now"})

        assert (answer.status_code, answer.json()["code"]) == (409, "crew_taken")
        assert answer.json()["reasons"][0]["code"] == "engaged"

    def test_it_refuses_fields_it_does_not_know(self, town, api, ready):
        body = {"team": str(town.alpha.team_id), "status": "accepted"}

        assert api(town.duty).post(self.url(ready), body).status_code == 400

    def test_the_recommendation_is_for_the_desk(self, town, api, ready):
        crews = api(town.duty).get(f"cases/{ready.pk}/recommendation").json()["crews"]

        assert [crew["team"]["call_sign"] for crew in crews] == ["Alpha", "Bravo"]
        assert api(town.stranger).get(f"cases/{ready.pk}/recommendation").status_code == 404
