"""Decline: one alarms the desk, all end the offer, and the reason is kept."""

from fieldops.cases.models import Case
from fieldops.dispatch.actions import decline_assignment
from fieldops.dispatch.models import Assignment
from fieldops.feed.models import Alarm, desk
from fieldops.lib.clock import now
from fieldops.timers.models import Timer
from tests import make
from tests.contract import heard, kinds, one
from tests.verify import verify_feed


def decline(town, row, who="alpha1", reason="engaged", words=""):
    return decline_assignment(assignment_id=row.pk, by=town.by(who), at=now(), reason=reason, words=words)


class TestOne:
    def test_it_alarms_the_desk_and_leaves_the_offer_open(self, town):
        row = make.offered(town)

        with heard(desk(town.center.pk)) as events:
            moved = decline(town, row, reason="no_car", words="flat tyre")

        assert moved.outcome == "applied"
        assert Assignment.objects.get(pk=row.pk).status == "offered"
        assert one(events, "assignment.answered")["line"]["params"]["reason"] == "no_car"
        alarm = one(events, "alarm.raised")["body"]
        assert (alarm["kind"], alarm["params"]["name"], alarm["params"]["crew"]) == (
            "declined",
            "alpha1",
            False,
        )
        assert row.members.get(user=town.alpha1).reason == "no_car flat tyre"

    def test_again_is_harmless(self, town):
        row = make.offered(town)
        decline(town, row)

        with heard(desk(town.center.pk)) as events:
            moved = decline(town, row)

        assert (moved.outcome, moved.code, events) == ("noop", "STALE", [])
        assert Alarm.objects.filter(kind="declined").count() == 1

    def test_the_phones_know(self, town):
        row = make.offered(town)

        with verify_feed(town.alpha1), verify_feed(town.alpha2):
            decline(town, row)


class TestAll:
    def test_it_is_the_desks_turn_again(self, town):
        row = make.offered(town)
        decline(town, row)

        with heard(desk(town.center.pk)) as events:
            decline(town, row, "alpha2")

        assert one(events, "assignment.declined")["body"]["ended_at"]
        assert Case.objects.get(pk=row.case_id).stage == "to_send"
        assert not Timer.objects.filter(key__startswith=f"assignment:{row.pk}:").exists()

    def test_another_crew_still_asked_keeps_it_waiting(self, town):
        row = make.offered(town)
        make.offered(town, row.case, shift=town.bravo, competing=True)
        decline(town, row)
        decline(town, row, "alpha2")

        assert Case.objects.get(pk=row.case_id).stage == "waiting_answer"


class TestTooLate:
    def test_who_said_yes_asks_the_desk(self, town):
        row = make.accepted(town)

        moved = decline(town, row)

        assert (moved.outcome, moved.code) == ("conflict", "ALREADY_ACCEPTED")

    def test_the_mate_may_still_say_no(self, town):
        row = make.accepted(town)

        with heard(desk(town.center.pk)) as events:
            moved = decline(town, row, "alpha2", reason="unwell")

        assert moved.outcome == "applied"
        assert kinds(events) == ["alarm.raised", "assignment.answered"]
        assert Assignment.objects.get(pk=row.pk).status == "accepted"

    def test_who_is_there_cannot(self, town):
        row = make.arrived(town)

        assert decline(town, row, "alpha2").code == "ALREADY_ARRIVED"


def test_a_phone_says_it_with_one_of_six_reasons(town):
    row = make.offered(town)
    subject = ("assignment", row.pk)

    bad = make.send_command(town.alpha1, make.envelope("decline", subject, {"reason": "bored"}))
    good = make.send_command(town.alpha1, make.envelope("decline", subject, {"reason": "knows_person"}))

    assert (bad["outcome"], bad["code"]) == ("dead_letter", "INVALID")
    assert good["outcome"] == "applied"
