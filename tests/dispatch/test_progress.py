"""Set out, arrive: each time once, skipped steps implied, a far arrival marked."""

import datetime as dt

import pytest

from fieldops.audit.models import AuditRow
from fieldops.cases.models import Case, CaseEvent
from fieldops.dispatch.actions import (
    accept_assignment,
    arrive,
    conclude_assignment,
    expire_assignment,
    reassign_assignment,
    recall_assignment,
    set_out,
)
from fieldops.dispatch.models import Assignment
from fieldops.feed.models import desk
from fieldops.feed.models import user as user_recipient
from fieldops.lib.clock import now
from fieldops.timers.loop import run_due
from fieldops.timers.models import Timer
from tests import make
from tests.contract import heard, kinds, one
from tests.verify import verify_feed

FAR = (107.42, 29.72)


def move(step, town, row, who="alpha1", **more):
    return step(assignment_id=row.pk, by=town.by(who), at=now(), **more)


class TestSetOut:
    def test_it_drives(self, town):
        row = make.accepted(town)

        with heard(desk(town.center.pk)) as events:
            moved = move(set_out, town, row)

        assert moved.outcome == "applied"
        assert one(events, "assignment.set_out")["body"]["set_out_at"]
        assert Case.objects.get(pk=row.case_id).stage == "on_the_way"
        left = Timer.objects.filter(key__startswith=f"assignment:{row.pk}:")
        assert set(left.values_list("kind", flat=True)) == {"dispatch.arrive_late"}

    def test_again_keeps_the_first_time_and_a_line(self, town):
        row = make.accepted(town)
        move(set_out, town, row)
        first = Assignment.objects.get(pk=row.pk).set_out_at

        with verify_feed(town.alpha2), heard(desk(town.center.pk)) as events:
            moved = move(set_out, town, row, "alpha2")

        assert (moved.outcome, moved.code) == ("noop", "STALE")
        assert Assignment.objects.get(pk=row.pk).set_out_at == first
        assert one(events, "assignment.changed")["line"]["code"] == "again"

    def test_it_implies_accept_with_all_it_brings(self, town):
        row = make.offered(town)
        rival = make.offered(town, row.case, shift=town.bravo, competing=True)

        with heard(user_recipient(town.alpha1.pk)) as events:
            move(set_out, town, row)

        found = Assignment.objects.get(pk=row.pk)
        assert (found.status, bool(found.accepted_at)) == ("en_route", True)
        assert found.members.get(user=town.alpha1).answer == "accept"
        assert one(events, "assignment.set_out")["secret"]["name"] == "王庆和"
        assert AuditRow.objects.filter(verb="person.open_for_crew").count() == 2
        assert Assignment.objects.get(pk=rival.pk).status == "withdrawn"

    def test_the_phones_know_after_an_implied_accept(self, town):
        row = make.offered(town)

        with verify_feed(town.alpha1), verify_feed(town.alpha2):
            make.send_command(town.alpha1, make.envelope("set_out", ("assignment", row.pk)))

    def test_a_recalled_crew_keeps_its_time_on_the_timeline(self, town):
        row = make.accepted(town)
        recall_assignment(assignment_id=row.pk, by=town.by("supervisor"), at=now(), reason="he came in")

        moved = move(set_out, town, row)

        assert (moved.outcome, moved.code) == ("flagged", "RECALLED")
        assert Assignment.objects.get(pk=row.pk).set_out_at is None
        line = CaseEvent.objects.get(case=row.case, code="again")
        assert line.params == {"name": "alpha1", "command": "set_out", "verdict": "RECALLED"}


class TestArrive:
    def test_it_is_with_the_person(self, town):
        row = make.accepted(town)

        with heard(desk(town.center.pk)) as events:
            move(arrive, town, row, position=make.BANK)

        assert one(events, "assignment.arrived")["body"]["arrived_far_m"] is None
        case = Case.objects.get(pk=row.case_id)
        assert (case.stage, bool(case.met_at)) == ("with_person", True)

    def test_from_the_offer_it_implies_accept(self, town):
        row = make.offered(town)

        assert move(arrive, town, row).outcome == "applied"
        assert Assignment.objects.get(pk=row.pk).accepted_at

    def test_far_from_the_place_is_marked(self, town):
        row = make.accepted(town)

        with verify_feed(town.alpha1), heard(desk(town.center.pk)) as events:
            move(arrive, town, row, position=FAR)

        assert one(events, "assignment.arrived")["body"]["arrived_far_m"] > 3000
        assert one(events, "assignment.changed")["line"]["code"] == "arrived.far"

    @pytest.mark.parametrize("position", [None, (107.3905, 29.7020)])
    def test_near_or_unknown_is_not_marked(self, town, position):
        row = make.accepted(town)

        move(arrive, town, row, position=position)

        assert Assignment.objects.get(pk=row.pk).arrived_far_m is None

    def test_set_out_after_it_is_stale(self, town):
        row = make.arrived(town)

        assert move(set_out, town, row).code == "STALE"

    def test_a_second_crew_arrives_too(self, town):
        row = make.accepted(town)
        support = make.offered(town, row.case, shift=town.bravo, support=True)
        move(arrive, town, row)

        assert move(arrive, town, support, "bravo1").outcome == "applied"
        assert Case.objects.get(pk=row.case_id).stage == "with_person"


class TestConclude:
    def test_only_from_arrived(self, town):
        row = make.accepted(town)

        moved = move(conclude_assignment, town, row, effect="dissuaded")

        assert (moved.outcome, moved.code) == ("conflict", "NOT_ARRIVED")

    def test_the_crew_is_free_again(self, town):
        row = make.arrived(town)

        with heard(desk(town.center.pk)) as events:
            move(conclude_assignment, town, row, effect="dissuaded")

        assert one(events, "assignment.concluded")["line"]["params"]["effect"] == "dissuaded"
        assert Case.objects.get(pk=row.case_id).stage == "to_review"
        assert make.offered(town).status == "offered"

    def test_a_second_crew_still_there_keeps_the_case_out_of_review(self, town):
        row = make.arrived(town)
        support = make.offered(town, row.case, shift=town.bravo, support=True)
        move(arrive, town, support, "bravo1")

        move(conclude_assignment, town, row, effect="dissuaded")
        assert Case.objects.get(pk=row.case_id).stage == "with_person"

        move(conclude_assignment, town, support, "bravo1", effect="dissuaded")
        assert Case.objects.get(pk=row.case_id).stage == "to_review"

    def test_again_is_stale(self, town):
        row = make.arrived(town)
        move(conclude_assignment, town, row, effect="dissuaded")

        with heard(desk(town.center.pk)) as events:
            moved = move(conclude_assignment, town, row, "alpha2", effect="dissuaded")

        assert (moved.code, kinds(events)) == ("STALE", [])

    def test_who_was_only_asked_need_not_come(self, town):
        row = make.arrived(town)
        support = make.offered(town, row.case, shift=town.bravo, support=True)

        with heard(user_recipient(town.bravo1.pk)) as events:
            make.conclude(town, row)

        assert one(events, "assignment.withdrawn")["body"]["taken_by"] == "Alpha"
        assert Case.objects.get(pk=row.case_id).stage == "to_review"
        make.closed(town, Case.objects.get(pk=row.case_id))
        run_due(at=now() + dt.timedelta(minutes=10))
        assert not Timer.objects.filter(attempts__gt=0).exists()
        support.refresh_from_db()
        assert support.status == "withdrawn"
        assert make.offered(town, shift=town.bravo).status == "offered"

    def test_an_offer_stays_while_another_crew_is_there(self, town):
        row = make.arrived(town)
        charlie = make.charlie(town)
        support = make.offered(town, row.case, shift=town.bravo, support=True)
        move(arrive, town, support, "bravo1")
        asked = make.offered(town, row.case, shift=charlie, support=True)

        move(conclude_assignment, town, row, effect="dissuaded")

        asked.refresh_from_db()
        assert asked.status == "offered"


class TestTheVisitIsOver:
    """Once a visit was concluded, a crew less does not bring the case back to those to be sent."""

    @pytest.fixture
    def support(self, town):
        """Bravo is on its way to the visit that Alpha has concluded."""
        row = make.arrived(town)
        support = make.offered(town, row.case, shift=town.bravo, support=True)
        move(accept_assignment, town, support, "bravo1")
        make.conclude(town, row)
        return support

    def test_a_recalled_crew_leaves_it_to_be_reviewed(self, town, support):
        recall_assignment(assignment_id=support.pk, by=town.by("supervisor"), at=now(), reason="not needed")

        assert Case.objects.get(pk=support.case_id).stage == "to_review"

    def test_a_replacement_that_does_not_answer_too(self, town, support):
        charlie = make.charlie(town)
        _, asked = reassign_assignment(
            assignment_id=support.pk, to=charlie, by=town.by("supervisor"), at=now(), reason="nearer"
        )

        expire_assignment(assignment_id=asked.pk, at=now())

        assert Case.objects.get(pk=support.case_id).stage == "to_review"

    def test_one_asked_after_it_was_called_off_too(self, town, support):
        asked = make.offered(town, support.case, shift=make.charlie(town), support=True)
        recall_assignment(assignment_id=support.pk, by=town.by("supervisor"), at=now(), reason="not needed")

        expire_assignment(assignment_id=asked.pk, at=now())

        assert Case.objects.get(pk=support.case_id).stage == "to_review"

    def test_a_new_danger_is_a_new_visit(self, town):
        row = make.conclude(town, make.arrived(town))
        again = make.offered(town, row.case, shift=town.bravo)

        recall_assignment(assignment_id=again.pk, by=town.by("supervisor"), at=now(), reason="not needed")

        assert Case.objects.get(pk=row.case_id).stage == "to_send"
