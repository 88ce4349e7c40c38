"""Ring the crew: who is rung, once, and what the desk then sees."""

import datetime as dt

import pytest

from fieldops.audit.models import AuditRow
from fieldops.cases.models import CaseEvent
from fieldops.dispatch.actions import accept_assignment, recall_assignment
from fieldops.dispatch.models import RingAttempt
from fieldops.dispatch.ring import record_ring, ring_person
from fieldops.feed.models import Alarm, desk
from fieldops.lib.clock import now
from fieldops.lib.errors import NotFound
from fieldops.lib.ids import new_id
from fieldops.timers.models import Timer
from tests.contract import heard, one
from tests.ring.calls import carry_out, ring
from tests.verify import verify_feed


def seconds(count: float) -> dt.timedelta:
    return dt.timedelta(seconds=count)


def outcome(who: str = "alpha1") -> str:
    return RingAttempt.objects.filter(name=who).latest("asked_at").outcome


class TestAsked:
    def test_each_is_written_down_with_a_masked_number_and_a_timer(self, town, row):
        attempts = ring(row, "alpha1", "alpha2", at=now())

        assert [(a.name, a.why, a.outcome) for a in attempts] == [
            ("alpha1", "not_delivered", "waiting"),
            ("alpha2", "not_delivered", "waiting"),
        ]
        assert "*" in attempts[0].number_mask and attempts[0].number_mask != town.alpha1.phone
        assert Timer.objects.filter(kind="dispatch.ring").count() == 2
        member = row.members.get(user=town.alpha1)
        assert (member.rung, member.rung_at) == ("waiting", attempts[0].asked_at)

    def test_asked_twice_it_rings_once(self, row):
        at = now()
        first = ring(row, "alpha1", why="cannot_ring", at=at)
        again = ring(row, "alpha1", why="not_delivered", at=at + seconds(20))

        assert again == first
        assert RingAttempt.objects.count() == 1

    def test_a_recall_is_another_ring(self, town, row):
        at = now()
        ring(row, "alpha1", at=at)
        recall_assignment(assignment_id=row.pk, by=town.by("supervisor"), at=at, reason="found at home")
        ring(row, "alpha1", why="recalled", at=at + seconds(5))

        assert list(RingAttempt.objects.values_list("why", flat=True)) == ["not_delivered", "recalled"]

    def test_an_unknown_reason_is_a_mistake_of_ours(self, row):
        with pytest.raises(LookupError):
            ring(row, "alpha1", why="because", at=now())

    def test_the_owner_of_the_desk_is_rung_without_an_assignment(self, town):
        at = now()
        first = ring_person(user=town.duty, center_id=town.center.pk, why="desk_asleep", at=at)
        again = ring_person(user=town.duty, center_id=town.center.pk, why="desk_asleep", at=at + seconds(59))
        later = ring_person(user=town.duty, center_id=town.center.pk, why="desk_asleep", at=at + seconds(61))

        assert again == first
        assert later == first  # still ringing
        record_ring(ring_id=first.pk, outcome="no_answer", at=at + seconds(62))
        anew = ring_person(user=town.duty, center_id=town.center.pk, why="desk_asleep", at=at + seconds(63))
        assert anew != first


class TestOutcome:
    def test_it_stands_beside_the_receipts_and_on_the_timeline(self, town, row):
        at = now()
        attempt = ring(row, "alpha1", at=at)[0]
        record_ring(ring_id=attempt.pk, outcome="sent", at=at + seconds(1))

        with heard(desk(town.center.pk)) as events, verify_feed(town.alpha1):
            record_ring(ring_id=attempt.pk, outcome="answered", at=at + seconds(9))

        event = one(events, "assignment.changed")
        member = next(m for m in event["body"]["members"] if m["name"] == "alpha1")
        assert member["rung"] == "answered"
        assert event["line"]["code"] == "rung"
        assert event["line"]["params"]["rung"] == "answered"
        assert town.alpha1.phone not in str(event)
        line = CaseEvent.objects.get(code="rung")
        assert line.at == at + seconds(1)  # when it rang, not when we heard of it

    def test_every_step_is_audited_without_number_or_name(self, town, row):
        attempt = ring(row, "alpha1", at=now())[0]
        record_ring(ring_id=attempt.pk, outcome="sent", at=now())
        record_ring(ring_id=attempt.pk, outcome="busy", at=now())

        rows = list(AuditRow.objects.filter(verb="ring.call").order_by("pk"))
        assert [found.extra["outcome"] for found in rows] == ["sent", "busy"]
        assert rows[0].extra["user"] == str(town.alpha1.pk)
        assert town.alpha1.phone not in str([found.extra for found in rows])

    @pytest.mark.parametrize("late", ["no_answer", "sent", "failed", "moot"])
    def test_a_late_word_undoes_nothing(self, town, row, late):
        attempt = ring(row, "alpha1", at=now())[0]
        record_ring(ring_id=attempt.pk, outcome="answered", at=now())

        with heard(desk(town.center.pk)) as events:
            record_ring(ring_id=attempt.pk, outcome=late, at=now())

        assert (outcome(), events) == ("answered", [])

    def test_after_no_word_the_word_still_counts(self, row):
        attempt = ring(row, "alpha1", at=now())[0]
        for said in ("sent", "no_word", "answered"):
            record_ring(ring_id=attempt.pk, outcome=said, at=now())

        assert outcome() == "answered"

    def test_an_unknown_ring_is_not_found(self, db):
        with pytest.raises(NotFound):
            record_ring(ring_id=new_id(), outcome="answered", at=now())


class TestWithoutGateway:
    def test_the_desk_is_told_that_nobody_rang(self, row):
        at = now()
        ring(row, "alpha1", at=at)

        carry_out(at)

        assert outcome() == "no_gateway"
        assert CaseEvent.objects.get(code__in=["rung", "not_rung"]).params["rung"] == "no_gateway"
        assert not Timer.objects.filter(kind="dispatch.ring").exists()

    def test_without_a_number_it_says_so(self, town, row):
        town.alpha1.phone = ""
        town.alpha1.save(update_fields=["phone"])
        at = now()
        ring(row, "alpha1", at=at)

        carry_out(at)

        assert outcome() == "no_number"
        assert CaseEvent.objects.get(code="not_rung").params["rung"] == "no_number"

    def test_answered_meanwhile_it_is_not_rung(self, town, row):
        at = now()
        ring(row, "alpha1", at=at)
        accept_assignment(assignment_id=row.pk, by=town.by("alpha1"), at=at)

        carry_out(at)

        assert outcome() == "moot"
        assert not Alarm.objects.filter(kind__startswith="ring_").exists()
