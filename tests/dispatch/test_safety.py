"""What a crew asks of the desk: stop payment, ring him, help; and the check-in."""

import datetime as dt

from fieldops.dispatch.actions import accept_assignment
from fieldops.dispatch.models import Assignment, RingAttempt
from fieldops.feed.models import Alarm, desk
from fieldops.lib.clock import now
from fieldops.teams.models import ShiftMember
from fieldops.timers.loop import run_due
from tests import make
from tests.contract import heard, one
from tests.verify import verify_feed


def send(town, row, kind, args=None, who="alpha1"):
    return make.send_command(town.users[who], make.envelope(kind, ("assignment", row.pk), args))


class TestStop:
    def test_one_tap_is_on_the_desk(self, town):
        row = make.arrived(town)

        with verify_feed(town.alpha2), heard(desk(town.center.pk)) as events:
            result = send(town, row, "ask_stop", {"account_tail": "4471", "amount_fen": 6_000_000})

        assert result["outcome"] == "applied"
        assert one(events, "assignment.stop_asked")["body"]["stop_asked_at"]
        params = one(events, "alarm.raised")["body"]["params"]
        assert (params["name"], params["tail"], params["amount_fen"]) == ("alpha1", "4471", 6_000_000)

    def test_another_account_or_sum_is_another_alarm_the_same_again_is_not(self, town):
        row = make.arrived(town)

        for who, tail, sum_fen in (
            ("alpha1", "4471", 6_000_000),
            ("alpha2", "4471", 6_000_000),
            ("alpha1", "4471", 3_000_000),
            ("alpha1", "0926", 3_000_000),
        ):
            send(town, row, "ask_stop", {"account_tail": tail, "amount_fen": sum_fen}, who=who)

        alarms = Alarm.objects.filter(kind="stop_payment").order_by("raised_at")
        assert [(alarm.params["tail"], alarm.params["amount_fen"]) for alarm in alarms] == [
            ("4471", 6_000_000),
            ("4471", 3_000_000),
            ("0926", 3_000_000),
        ]

    def test_without_an_account_another_payment_is_another_alarm(self, town):
        row = make.arrived(town)

        for sum_fen, words in (
            (100, "bank A"),
            (100, "bank  A"),
            (9_000_000, "bank B"),
            (9_000_000, "bank A"),
        ):
            send(town, row, "ask_stop", {"amount_fen": sum_fen, "words": words})

        alarms = Alarm.objects.filter(kind="stop_payment").order_by("raised_at")
        assert [(alarm.params["amount_fen"], alarm.params["words"]) for alarm in alarms] == [
            (100, "bank A"),
            (9_000_000, "bank B"),
            (9_000_000, "bank A"),
        ]

    def test_a_crew_called_off_may_still_ask(self, town):
        row = make.conclude(town, make.arrived(town))

        assert send(town, row, "ask_stop", {})["outcome"] == "applied"


def test_it_asks_the_desk_to_ring_him(town):
    row = make.arrived(town)

    with verify_feed(town.alpha1), heard(desk(town.center.pk)) as events:
        send(town, row, "ask_call")

    assert one(events, "alarm.raised")["body"]["kind"] == "call_asked"
    assert one(events, "assignment.safety")["line"]["code"] == "call_asked"


class TestHelp:
    def test_it_rings_with_the_numbers(self, town):
        row = make.arrived(town)

        with verify_feed(town.alpha2), heard(desk(town.center.pk)) as events:
            send(town, row, "help", {"on": True})

        assert one(events, "assignment.safety")["body"]["help_at"]
        assert one(events, "alarm.raised")["body"]["params"]["ring"][0]["phone"] == town.alpha1.phone

    def test_it_rings_everyone(self, town):
        row = make.arrived(town)

        send(town, row, "help", {"on": True})

        rung = set(RingAttempt.objects.filter(why="help").values_list("user__username", flat=True))
        assert rung == {"alpha2", "duty", "supervisor"}
        support = Assignment.objects.get(team__call_sign="Bravo")
        assert (support.status, support.support, support.automatic) == ("offered", True, True)
        assert "alpha1" in support.brief

    def test_without_a_free_crew_the_others_are_rung(self, town):
        row = make.arrived(town)
        ShiftMember.objects.filter(shift=town.bravo).update(duty="off")

        assert send(town, row, "help", {"on": True})["outcome"] == "applied"

        assert Assignment.objects.count() == 1
        assert RingAttempt.objects.filter(why="help", user=town.duty).exists()

    def test_the_all_clear_spares_who_was_only_asked(self, town):
        row = make.arrived(town)
        send(town, row, "help", {"on": True})

        send(town, row, "help", {"on": False})

        assert Assignment.objects.get(team__call_sign="Bravo").status == "recalled"

    def test_a_crew_on_its_way_to_help_is_the_desks_to_decide(self, town):
        row = make.arrived(town)
        send(town, row, "help", {"on": True})
        support = Assignment.objects.get(team__call_sign="Bravo")
        accept_assignment(assignment_id=support.pk, by=town.by("bravo1"), at=now())

        send(town, row, "help", {"on": False})

        assert Assignment.objects.get(pk=support.pk).status == "accepted"

    def test_again_is_harmless(self, town):
        row = make.arrived(town)
        send(town, row, "help", {"on": True})

        assert send(town, row, "help", {"on": True}, "alpha2")["code"] == "STALE"
        assert Alarm.objects.filter(kind="help").count() == 1

    def test_all_clear_is_an_alarm_too_since_the_desk_calls_back(self, town):
        row = make.arrived(town)
        send(town, row, "help", {"on": True})

        send(town, row, "help", {"on": False})

        assert Assignment.objects.get(pk=row.pk).help_at is None
        assert Alarm.objects.filter(kind="help_over", acknowledged_at=None).exists()
        assert Alarm.objects.filter(kind="help", acknowledged_at=None).exists()


class TestHelpAgain:
    def test_it_is_a_new_alarm_and_the_only_word(self, town):
        row = make.arrived(town)
        for on in (True, False):
            send(town, row, "help", {"on": on})

        with heard(desk(town.center.pk)) as events:
            send(town, row, "help", {"on": True})

        assert one(events, "alarm.raised")["body"]["kind"] == "help"
        open_now = Alarm.objects.filter(kind__startswith="help", acknowledged_at=None)
        assert list(open_now.values_list("kind", flat=True)) == ["help"]

    def test_it_rings_everyone_again(self, town):
        row = make.arrived(town)
        send(town, row, "help", {"on": True})
        run_due(at=now())
        RingAttempt.objects.filter(user=town.duty).update(outcome="sent", sent_at=now(), tries=1)

        for on in (False, True):
            send(town, row, "help", {"on": on})

        for who in ("alpha2", "duty", "supervisor"):
            rings = RingAttempt.objects.filter(why="help", user=town.users[who]).order_by("asked_at")
            assert [ring.outcome for ring in rings][1:] == ["waiting"]
        asked = Assignment.objects.filter(team__call_sign="Bravo").order_by("offered_at")
        assert [offer.status for offer in asked] == ["recalled", "offered"]


class TestCheckIn:
    def test_it_is_asked_for_then_rung(self, town):
        row = make.arrived(town)
        at = now() + dt.timedelta(seconds=20 * 60 + 1)

        run_due(at=at)
        assert Assignment.objects.get(pk=row.pk).check_in_at == at
        assert not Alarm.objects.filter(kind="check_in").exists()
        run_due(at=at + dt.timedelta(seconds=121))

        assert Alarm.objects.filter(kind="check_in", acknowledged_at=None).count() == 1

    def test_safe_settles_it_until_the_next(self, town):
        row = make.arrived(town)
        at = now() + dt.timedelta(seconds=20 * 60 + 1)
        run_due(at=at)
        run_due(at=at + dt.timedelta(seconds=121))

        with heard(desk(town.center.pk)) as events:
            send(town, row, "check_in", {"safe": True})

        assert one(events, "assignment.safety")["body"]["check_in_at"] is None
        assert not Alarm.objects.filter(kind="check_in", acknowledged_at=None).exists()

    def test_nobody_is_asked_after_the_visit(self, town):
        make.conclude(town, make.arrived(town))

        run_due(at=now() + dt.timedelta(seconds=30 * 60))

        assert not Alarm.objects.filter(kind="check_in").exists()
