"""Members swapped mid-case: who joins has the case, who leaves has it no more, the case goes on."""

import datetime as dt

import pytest

from fieldops.audit.models import AuditRow
from fieldops.cases.models import CaseEvent, CaseFollower
from fieldops.cases.queries import cases_for
from fieldops.dispatch.actions import arrive, set_out
from fieldops.dispatch.models import Assignment
from fieldops.dispatch.queries import assignments_for
from fieldops.feed.models import Alarm, desk, user
from fieldops.handover.actions import follow_crew
from fieldops.lib.clock import now
from fieldops.lib.ids import new_id
from fieldops.outcomes.models import Indicator, VisitReport
from fieldops.sync.models import ReviewItem
from fieldops.sync.review import decide_item
from fieldops.sync.snapshot import snapshot_for
from fieldops.teams.actor import SYSTEM
from fieldops.teams.roster.actions import change_crew
from fieldops.timers.loop import run_due
from tests import make
from tests.contract import heard, kinds, one
from tests.verify import verify_feed


@pytest.fixture
def joiner(town):
    """One more member of the centre, with a phone, on no crew."""
    town.users["joiner"] = make.user(town.center, "joiner", "member")
    make.device(town.joiner)
    return town.joiner


def replace(town, leaver="alpha2", joiner="joiner"):
    """Put the joiner on Alpha in the leaver's place; the timer due now has done its work."""
    change_crew(
        shift_id=town.alpha.pk,
        add=[town.users[joiner].pk] if joiner else [],
        remove=[town.users[leaver].pk],
        by=town.by("supervisor"),
        at=now(),
    )
    run_due(at=now() + dt.timedelta(seconds=1))


def send(town, kind, subject, args=None, who="alpha2"):
    """What a phone still held when its owner had left the crew."""
    return make.send_command(town.users[who], make.envelope(kind, subject, args))


class TestTaken:
    def test_the_joiner_has_the_case_and_goes_on_with_it(self, town, joiner):
        taken = make.accepted(town)
        replace(town)

        assert [row.pk for row in cases_for(joiner)] == [taken.case_id]
        set_out(assignment_id=taken.pk, by=town.by("joiner"), at=now())
        arrive(assignment_id=taken.pk, by=town.by("joiner"), at=now(), position=make.BANK)
        assert make.conclude(town, taken, who="joiner").status == "concluded"

    def test_his_phone_knows_all_a_fresh_start_would(self, town, joiner):
        make.accepted(town)
        with verify_feed(joiner):
            replace(town)

        world = snapshot_for(user=joiner, device=None, at=now())
        assert world["lines"] and world["secrets"]
        assert [m["name"] for m in world["assignments"][0]["members"]] == ["alpha1", "joiner"]

    def test_the_leaver_has_it_no_more_and_his_phone_lets_go(self, town, joiner):
        taken = make.accepted(town)
        with heard(user(town.alpha2.pk)) as events, verify_feed(town.alpha2, may_forget=True):
            replace(town)

        last = events[-1]["body"]
        assert "alpha2" not in {m["name"] for m in last["members"]}
        assert not cases_for(town.alpha2).exists()
        assert not assignments_for(town.alpha2).exists()
        assert not CaseFollower.objects.filter(user=town.alpha2).exists()
        assert Assignment.objects.get(pk=taken.pk).status == "accepted"

    def test_what_happens_later_he_does_not_hear(self, town, joiner):
        taken = make.accepted(town)
        replace(town)
        with heard(user(town.alpha2.pk)) as left, heard(user(joiner.pk)) as joined:
            set_out(assignment_id=taken.pk, by=town.by("alpha1"), at=now())

        assert left == []
        assert "assignment.set_out" in kinds(joined)

    def test_the_crew_mate_hears_one_event_with_the_line(self, town, joiner):
        taken = make.accepted(town)
        with heard(desk(town.center.pk)) as events, verify_feed(town.alpha1):
            replace(town)

        event = one(events, "assignment.changed")
        assert event["line"]["params"] == {"team": "Alpha", "joined": ["joiner"], "left": ["alpha2"]}
        assert event["version"] == taken.version + 1

    def test_that_the_joiner_reads_it_in_clear_is_audited(self, town, joiner):
        make.accepted(town)
        replace(town)

        assert AuditRow.objects.filter(verb="person.open_for_crew", actor_id=joiner.pk).count() == 1

    def test_again_is_harmless(self, town, joiner):
        make.accepted(town)
        replace(town)
        with heard(desk(town.center.pk)) as events:
            assert follow_crew(shift_id=town.alpha.pk, by=SYSTEM, at=now()) == []

        assert events == []

    def test_one_who_only_leaves(self, town):
        make.accepted(town)
        replace(town, joiner=None)

        row = Assignment.objects.get()
        assert [m.name for m in row.members.all()] == ["alpha1"]


class TestOffered:
    def test_the_joiner_is_asked_and_may_accept(self, town, joiner):
        offer = make.offered(town)
        with verify_feed(joiner):
            replace(town)

        assert snapshot_for(user=joiner, device=None, at=now())["secrets"] == {}
        done = make.send_command(joiner, make.envelope("accept", ("assignment", offer.pk)))
        assert done["outcome"] == "applied"

    def test_a_leaver_who_declined_no_longer_counts(self, town, joiner):
        offer = make.offered(town)
        make.send_command(
            town.alpha2, make.envelope("decline", ("assignment", offer.pk), {"reason": "no_car"})
        )
        replace(town)
        make.send_command(
            town.alpha1, make.envelope("decline", ("assignment", offer.pk), {"reason": "no_car"})
        )

        assert Assignment.objects.get(pk=offer.pk).status == "offered"


def test_what_is_over_stays_as_it_was(town, joiner):
    done = make.conclude(town, make.arrived(town))
    replace(town)

    names = [m.name for m in Assignment.objects.get(pk=done.pk).members.all()]
    assert names == ["alpha1", "alpha2"]


class TestWhatTheLeaverStillHeld:
    """His phone had it unsent when he left the crew: kept, for the desk to judge (decision 0045)."""

    @pytest.fixture
    def taken(self, town, joiner):
        """alpha2 has left the crew that is with the person."""
        taken = make.arrived(town)
        replace(town)
        return taken

    @pytest.mark.parametrize("kind", ["report", "conclude"])
    def test_his_report_is_stored_and_flagged(self, town, taken, kind):
        done = send(town, kind, ("assignment", taken.pk), {"report": make.report()})

        assert (done["outcome"], done["code"]) == ("flagged", "NOT_ASSIGNED")
        assert VisitReport.objects.get().author == town.alpha2
        assert Assignment.objects.get(pk=taken.pk).status == "arrived"
        item = ReviewItem.objects.get()
        assert (item.kind, item.case_id) == ("flagged", taken.case_id)
        decide_item(item_id=item.pk, decision="accept", reason="", by=town.by("supervisor"), at=now())
        assert VisitReport.objects.get().decided

    @pytest.mark.parametrize(
        ("kind", "args"),
        [
            ("note", {"id": str(new_id()), "text": "his wife's account"}),
            ("indicator", {"id": str(new_id()), "kind": "account", "value": "6222000011114471"}),
            ("state", {"victim_state": "denies"}),
        ],
    )
    def test_his_facts_are_stored_and_flagged(self, town, taken, kind, args):
        done = send(town, kind, ("case", taken.case_id), args)

        assert (done["outcome"], done["code"]) == ("flagged", "NOT_ASSIGNED")
        assert ReviewItem.objects.get().case_id == taken.case_id

    def test_his_indicator_counts_with_his_crew(self, town, taken):
        args = {"id": str(new_id()), "kind": "account", "value": "6222000011114471"}
        send(town, "indicator", ("case", taken.case_id), args)

        assert Indicator.objects.get().assignment == taken

    def test_his_help_rings(self, town, taken):
        assert send(town, "help", ("assignment", taken.pk), {"on": True})["outcome"] == "applied"

        assert Alarm.objects.filter(kind="help", acknowledged_at=None).exists()

    def test_his_stop_payment_rings(self, town, taken):
        done = send(town, "ask_stop", ("assignment", taken.pk), {"account_tail": "4471"})

        assert done["outcome"] == "applied"
        assert Alarm.objects.filter(kind="stop_payment").exists()

    def test_he_moves_the_crew_no_more(self, town, joiner):
        taken = make.accepted(town)
        replace(town)
        subject = ("assignment", taken.pk)
        moves = {"accept": {}, "decline": {"reason": "other"}, "set_out": {}, "arrive": {}}
        said = {kind: send(town, kind, subject, args)["outcome"] for kind, args in moves.items()}

        assert said == {"accept": "conflict", "decline": "noop", "set_out": "flagged", "arrive": "flagged"}
        assert Assignment.objects.get(pk=taken.pk).status == "accepted"
        times = CaseEvent.objects.filter(case=taken.case_id, code="again")
        assert [line.params["command"] for line in times.order_by("pk")] == ["set_out", "arrive"]

    def test_once_back_on_the_crew_he_is_one_of_them(self, town, taken, joiner):
        replace(town, leaver="joiner", joiner="alpha2")

        done = send(town, "conclude", ("assignment", taken.pk), {"report": make.report()})

        assert done["outcome"] == "applied"

    def test_a_stranger_is_told_nothing(self, town, taken):
        done = send(town, "help", ("assignment", taken.pk), {"on": True}, who="intruder")

        assert (done["outcome"], done["code"]) == ("deferred", "NOT_THERE")
