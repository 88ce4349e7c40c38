"""A due timer runs once in the database, whoever claims it and however it fails."""

import datetime as dt
import threading

import pytest
from django.conf import settings
from django.db import connection

from fieldops.audit.models import AuditRow
from fieldops.feed.models import Alarm
from fieldops.lib.clock import now
from fieldops.lib.ids import new_id
from fieldops.timers.actions import cancel_timer, set_timer
from fieldops.timers.loop import BACK_OFF_S, due_ids, run_due, run_timer
from fieldops.timers.models import Timer
from tests.threads import at_once, raised
from tests.timers import recorder


def due(key="a", kind="note", **payload):
    """Set a timer that is due now."""
    set_timer(key=key, kind=kind, due_at=now(), payload={"id": key, **payload})
    return Timer.objects.get(key=key)


def ran():
    """Return how often a handler's effect stands in the database."""
    return AuditRow.objects.filter(verb="timer.ran").count()


def fail(timer, times=1):
    """Run a timer that fails, each time when it is due again."""
    for _ in range(times):
        timer.refresh_from_db()
        run_timer(timer.pk, by="a", at=max(now(), timer.due_at))
    timer.refresh_from_db()


class TestRun:
    def test_it_does_what_it_says_and_is_gone(self, db):
        timer = due()

        assert run_timer(timer.pk, by="a", at=now())

        assert ran() == 1
        assert not Timer.objects.exists()

    def test_it_is_harmless_when_repeated(self, db):
        timer = due()
        run_timer(timer.pk, by="a", at=now())

        assert not run_timer(timer.pk, by="a", at=now())
        assert ran() == 1

    def test_it_waits_until_due(self, db):
        timer = due()
        earlier = timer.due_at - dt.timedelta(seconds=1)

        assert due_ids(earlier) == []
        assert not run_timer(timer.pk, by="a", at=earlier)

    def test_it_takes_the_longest_due_first(self, db):
        for key, minutes in (("late", 9), ("later", 1), ("latest", 30)):
            set_timer(key=key, kind="note", due_at=now() - dt.timedelta(minutes=minutes), payload={})

        keys = [Timer.objects.get(pk=pk).key for pk in due_ids(now())]

        assert keys == ["latest", "late", "later"]

    def test_it_survives_being_set_anew_by_its_own_handler(self, db):
        due("again", kind="note_again")

        assert run_due(at=now()) == 1

        again = Timer.objects.get()
        assert (again.kind, again.lease_by) == ("note", "")
        assert again.due_at > now()


class TestLease:
    def test_it_is_another_workers_while_leased(self, db):
        timer = due()
        Timer.objects.update(lease_by="b", lease_until=now() + dt.timedelta(seconds=5))

        assert due_ids(now()) == []
        assert not run_timer(timer.pk, by="a", at=now())
        assert ran() == 0

    def test_it_is_taken_over_when_the_lease_ran_out(self, db):
        timer = due()
        Timer.objects.update(lease_by="b", lease_until=now() - dt.timedelta(seconds=1))

        assert run_timer(timer.pk, by="a", at=now())
        assert ran() == 1

    def test_it_rolls_back_when_the_lease_was_lost_while_working(self, db):
        timer = due(kind="take_lease")
        Timer.objects.update(payload={"key": "a"})

        assert not run_timer(timer.pk, by="a", at=now())

        assert ran() == 0
        assert Timer.objects.filter(key="a").exists()


class TestFailure:
    def test_it_undoes_the_half_and_tries_later(self, db):
        timer = due(kind="note_and_fail")
        at = now()

        assert not run_timer(timer.pk, by="a", at=at)

        timer.refresh_from_db()
        assert ran() == 0
        assert (timer.attempts, timer.lease_by, timer.dead_at) == (1, "", None)
        assert timer.due_at == at + dt.timedelta(seconds=BACK_OFF_S[0])
        assert timer.last_error == "ValueError: half done"

    def test_it_waits_longer_each_time(self, db):
        timer = due(kind="note_and_fail")
        waits = []

        for _ in range(5):
            before = max(now(), timer.due_at)
            run_timer(timer.pk, by="a", at=before)
            timer.refresh_from_db()
            waits.append((timer.due_at - before).total_seconds())

        assert waits == list(BACK_OFF_S[:5])

    def test_it_is_a_dead_letter_after_ten_and_rings(self, db):
        timer = due(kind="note_and_fail", center_id=str(new_id()))

        fail(timer, settings.TIMER_ATTEMPTS - 1)
        assert timer.dead_at is None
        fail(timer)

        assert timer.dead_at is not None
        assert due_ids(now() + dt.timedelta(days=1)) == []
        assert Alarm.objects.get().kind == "timer_dead"

    def test_it_lets_the_others_go_on(self, db):
        due("bad", kind="note_and_fail")
        due("good")

        run_due(at=now())

        assert ran() == 1

    def test_it_puts_an_unknown_kind_aside_at_once(self, db):
        timer = due(kind="nobody.knows", center_id=str(new_id()))

        fail(timer)

        assert timer.dead_at is not None
        assert "UnknownKind" in timer.last_error
        assert Alarm.objects.get().params == {"kind": "nobody.knows"}

    def test_it_has_no_desk_to_ring_without_a_centre(self, db):
        fail(due(kind="nobody.knows"))

        assert not Alarm.objects.exists()


@pytest.mark.django_db(transaction=True)
class TestTwoWorkers:
    def test_one_claims_it(self):
        for round_ in range(5):
            timer = due(f"key{round_}")
            results = at_once(
                *[lambda by=by, pk=timer.pk: run_timer(pk, by=by, at=now()) for by in ("a", "b", "c")]
            )
            assert raised(results) == []
            assert sorted(results) == [False, False, True]

        assert ran() == 5

    def test_a_cancelled_timer_that_is_running_ends_quietly(self):
        """The handler checks the state under its own locks; the loop only must not stumble."""
        if connection.vendor == "sqlite":
            pytest.skip("one writer at a time: the cancel waits")
        timer = due(kind="hold")
        worker = threading.Thread(target=_run_and_close, args=(timer.pk,))
        worker.start()
        assert recorder.inside.wait(5)

        cancel_timer(key="a")
        recorder.go_on.set()
        worker.join(10)

        assert ran() == 1
        assert not Timer.objects.exists()


def _run_and_close(timer_id):
    run_timer(timer_id, by="a", at=now())
    connection.close()
