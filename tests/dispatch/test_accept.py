"""Accept: one takes the case, the mate joins, who comes too late learns who has it."""

import datetime as dt

import pytest

from fieldops.audit.models import AuditRow
from fieldops.cases.models import Case
from fieldops.dispatch.actions import (
    accept_assignment,
    arrive,
    decline_assignment,
    expire_assignment,
    reassign_assignment,
    recall_assignment,
)
from fieldops.dispatch.models import Assignment
from fieldops.feed.models import FeedRow, desk
from fieldops.feed.models import user as user_recipient
from fieldops.lib.clock import now
from fieldops.sync.snapshot import snapshot_for
from tests import make
from tests.contract import heard, kinds, one
from tests.threads import at_once
from tests.verify import verify_feed


def accept(town: make.Town, row: Assignment, who: str = "alpha1"):
    return accept_assignment(assignment_id=row.pk, by=town.by(who), at=now())


def command(town: make.Town, row: Assignment, who: str = "alpha1"):
    return make.send_command(town.users[who], make.envelope("accept", ("assignment", row.pk)))


class TestAccept:
    def test_it_takes_the_case(self, town):
        row = make.offered(town)

        with heard(desk(town.center.pk)) as events:
            moved = accept(town, row)

        assert (moved.outcome, moved.code) == ("applied", "")
        assert Assignment.objects.get(pk=row.pk).accepted_at is not None
        assert Case.objects.get(pk=row.case_id).stage == "on_the_way"
        assert one(events, "assignment.accepted")["body"]["status"] == "accepted"

    def test_the_mate_joins(self, town):
        row = make.accepted(town)

        with heard(desk(town.center.pk)) as events:
            moved = accept(town, row, "alpha2")

        assert (moved.outcome, moved.code) == ("applied", "JOINED")
        assert kinds(events) == ["assignment.answered"]
        assert [m["answer"] for m in one(events, "assignment.answered")["body"]["members"]] == ["accept"] * 2

    def test_again_is_stale_and_tells_nobody(self, town):
        row = make.accepted(town)

        with heard(desk(town.center.pk)) as events:
            moved = accept(town, row)

        assert (moved.outcome, moved.code) == ("noop", "STALE")
        assert events == []

    def test_it_is_the_same_for_the_phone_as_a_fresh_snapshot(self, town):
        case = make.at_bank(town, make.called(town, make.case(town)))
        make.called(town, case, result="refused", state="convinced")
        row = make.offered(town, case)

        with verify_feed(town.alpha1), verify_feed(town.alpha2):
            command(town, row)

    def test_a_changed_mind_counts(self, town):
        row = make.offered(town)
        decline_assignment(assignment_id=row.pk, by=town.by("alpha1"), at=now(), reason="unwell")

        moved = accept(town, row)

        assert moved.outcome == "applied"
        assert Assignment.objects.get(pk=row.pk).members.get(user=town.alpha1).answer == "accept"

    def test_it_refuses_the_outsider_as_if_there_were_nothing(self, town):
        row = make.offered(town)

        for who in ("bravo1", "intruder"):
            result = command(town, row, who)
            assert (result["outcome"], result["code"]) == ("deferred", "NOT_THERE")

        assert Assignment.objects.get(pk=row.pk).status == "offered"


class TestLateAccept:
    def test_it_counts_when_nobody_else_goes(self, town):
        row = make.offered(town)
        expire_assignment(assignment_id=row.pk, at=now())

        moved = accept(town, row)

        assert (moved.outcome, moved.code) == ("applied", "LATE")
        row.refresh_from_db()
        assert (row.status, row.late, row.ended_at) == ("accepted", True, None)
        assert Case.objects.get(pk=row.case_id).stage == "on_the_way"

    def test_it_counts_after_the_case_went_to_review(self, town):
        row = make.offered(town)
        expire_assignment(assignment_id=row.pk, at=now())
        make.called(town, row.case, state="aware")

        assert accept(town, row).code == "LATE"
        assert Case.objects.get(pk=row.case_id).stage == "on_the_way"

    def test_it_ends_the_round_begun_meanwhile(self, town):
        row = make.offered(town)
        expire_assignment(assignment_id=row.pk, at=now())
        other = make.offered(town, row.case, shift=town.bravo)
        assert (row.round, other.round) == (1, 2)

        accept(town, row)

        other.refresh_from_db()
        assert (other.status, other.taken_by) == ("withdrawn", "Alpha")

    def test_it_is_taken_when_another_crew_has_it(self, town):
        row = make.offered(town)
        expire_assignment(assignment_id=row.pk, at=now())
        other = make.offered(town, row.case, shift=town.bravo)
        accept(town, other, "bravo1")

        moved = accept(town, row)

        assert (moved.outcome, moved.code, moved.info["by"]) == ("conflict", "TAKEN", "Bravo")
        assert Assignment.objects.get(pk=row.pk).status == "expired"

    @pytest.mark.parametrize("support", [False, True])
    def test_it_is_taken_when_another_crew_has_been_there(self, town, support):
        row = make.offered(town, support=support)
        expire_assignment(assignment_id=row.pk, at=now())
        other = make.offered(town, row.case, shift=town.bravo)
        arrive(assignment_id=other.pk, by=town.by("bravo1"), at=now())
        make.conclude(town, other, who="bravo1")

        moved = accept(town, row)

        assert (moved.outcome, moved.code, moved.info["by"]) == ("conflict", "TAKEN", "Bravo")
        assert Case.objects.get(pk=row.case_id).stage == "to_review"

    def test_a_visit_before_it_was_made_takes_nothing(self, town):
        before = make.conclude(town, make.arrived(town))
        row = make.offered(town, before.case, shift=town.bravo)
        expire_assignment(assignment_id=row.pk, at=now())

        assert accept(town, row, "bravo1").code == "LATE"

    def test_it_is_engaged_when_the_crew_is_elsewhere(self, town):
        row = make.offered(town)
        expire_assignment(assignment_id=row.pk, at=now())
        make.accepted(town)

        moved = accept(town, row)

        assert (moved.outcome, moved.code) == ("conflict", "ENGAGED")

    def test_an_open_offer_waits_for_a_crew_that_went_late_to_another(self, town):
        first = make.offered(town)
        expire_assignment(assignment_id=first.pk, at=now())
        second = make.offered(town)
        assert accept(town, first).code == "LATE"

        moved = accept(town, second)

        assert (moved.outcome, moved.code) == ("conflict", "ENGAGED")
        assert Assignment.objects.get(pk=second.pk).status == "offered"

    def test_it_is_closed_when_the_case_is(self, town):
        row = make.offered(town)
        expire_assignment(assignment_id=row.pk, at=now())
        from_review = make.called(town, row.case, state="aware")
        make.closed(town, from_review)

        assert accept(town, row).code == "CLOSED"


class TestCalledOff:
    def test_a_competitor_is_withdrawn_and_told_who_has_it(self, town):
        row = make.offered(town)
        other = make.offered(town, row.case, shift=town.bravo, competing=True)

        with heard(user_recipient(town.bravo1.pk)) as events:
            accept(town, row)
        moved = accept(town, other, "bravo1")

        body = one(events, "assignment.withdrawn")["body"]
        assert (body["status"], body["taken_by"], body["must_stand_down"]) == ("withdrawn", "Alpha", True)
        assert (moved.outcome, moved.code, moved.info["by"]) == ("conflict", "TAKEN", "Alpha")

    def test_support_is_not_withdrawn(self, town):
        row = make.offered(town)
        support = make.offered(town, row.case, shift=town.bravo, support=True)

        accept(town, row)
        moved = accept(town, support, "bravo1")

        assert moved.outcome == "applied"
        assert Assignment.objects.get(pk=row.pk).status == "accepted"

    def test_support_that_accepts_first_leaves_the_first_crew_its_offer(self, town):
        row = make.offered(town)
        support = make.offered(town, row.case, shift=town.bravo, support=True)

        accept(town, support, "bravo1")

        assert accept(town, row).outcome == "applied"

    def test_a_recalled_crew_is_told_so(self, town):
        row = make.offered(town)
        recall_assignment(assignment_id=row.pk, by=town.by("supervisor"), at=now(), reason="he came in")

        moved = accept(town, row)

        assert (moved.outcome, moved.code) == ("conflict", "RECALLED")

    def test_a_replaced_crew_is_told_so(self, town):
        row = make.offered(town)
        to = town.bravo
        reassign_assignment(assignment_id=row.pk, to=to, by=town.by("supervisor"), at=now(), reason="nearer")

        assert accept(town, row).code == "REASSIGNED"


class TestSecret:
    def test_only_the_accepting_crew_reads_it(self, town):
        row = make.offered(town)
        other = make.offered(town, row.case, shift=town.bravo, competing=True)

        with heard(user_recipient(town.alpha1.pk)) as alpha, heard(user_recipient(town.bravo1.pk)) as bravo:
            with heard(desk(town.center.pk)) as board:
                command(town, row)

        assert one(alpha, "assignment.accepted")["secret"]["name"] == "王庆和"
        assert not any("secret" in event for event in [*bravo, *board])
        assert Assignment.objects.get(pk=other.pk).status == "withdrawn"
        assert snapshot_for(user=town.alpha1, device=None, at=now())["secrets"]
        assert not snapshot_for(user=town.bravo1, device=None, at=now())["secrets"]

    def test_it_is_sealed_at_rest_and_bound_to_its_row(self, town):
        row = make.offered(town)
        command(town, row)

        sealed = FeedRow.objects.filter(secret__isnull=False)

        assert {r.recipient for r in sealed} == {
            user_recipient(town.alpha1.pk),
            user_recipient(town.alpha2.pk),
        }
        assert "王庆和".encode() not in b"".join(bytes(r.secret) for r in sealed)

    def test_the_offer_has_neither_name_nor_number(self, town):
        with heard(user_recipient(town.alpha1.pk)) as events:
            make.offered(town)

        said = str(events)
        assert "王庆和" not in said and "13800" not in said and "江东" not in said
        assert one(events, "assignment.offered")

    def test_the_opening_is_audited_for_each_member(self, town):
        row = make.offered(town)
        before = AuditRow.objects.filter(verb="person.open_for_crew").count()

        command(town, row)

        readers = AuditRow.objects.filter(verb="person.open_for_crew").order_by("pk")[before:]
        assert {r.actor_id for r in readers} == {town.alpha1.pk, town.alpha2.pk}


@pytest.mark.django_db(transaction=True)
def test_two_crews_at_once_one_wins_and_the_other_learns_who():
    town = make.town()
    row = make.offered(town)
    other = make.offered(town, row.case, shift=town.bravo, competing=True)

    results = at_once(lambda: accept(town, row), lambda: accept(town, other, "bravo1"))

    outcomes = sorted((moved.outcome, moved.code) for moved in results)
    assert outcomes == [("applied", ""), ("conflict", "TAKEN")]
    assert Assignment.objects.filter(case=row.case, status="accepted").count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_accept_as_the_deadline_passes_has_one_outcome():
    town = make.town()
    row = make.offered(town)

    results = at_once(
        lambda: accept(town, row),
        lambda: expire_assignment(assignment_id=row.pk, at=now() + dt.timedelta(seconds=150)),
    )

    row.refresh_from_db()
    assert row.status == "accepted"
    assert results[0].code in ("", "LATE")
    assert row.late is (results[0].code == "LATE")
