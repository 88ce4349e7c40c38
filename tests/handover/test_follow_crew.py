"""Members swapped mid-case: who joins has the case, who leaves has it no more, the case goes on."""

import datetime as dt

import pytest

from fieldops.audit.models import AuditRow
from fieldops.cases.models import CaseFollower
from fieldops.cases.queries import cases_for
from fieldops.dispatch.actions import arrive, set_out
from fieldops.dispatch.models import Assignment
from fieldops.dispatch.queries import assignments_for
from fieldops.feed.models import desk, user
from fieldops.handover.actions import follow_crew
from fieldops.lib.clock import now
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


def test_a_report_the_leavers_phone_still_held_is_not_lost(town, joiner):
    taken = make.arrived(town)
    replace(town)

    command = make.envelope("report", ("assignment", taken.pk), {"report": make.report()})
    done = make.send_command(town.alpha2, command)

    assert done["outcome"] in ("flagged", "dead_letter", "conflict", "deferred")
    assert done["code"] in ("NOT_ASSIGNED", "NOT_THERE")
