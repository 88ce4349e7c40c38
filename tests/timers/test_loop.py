"""The loop goes round whatever happens to the database."""

import datetime as dt
import threading
import time

import pytest
from django.db import OperationalError, connection

from fieldops.audit.models import AuditRow
from fieldops.lib.clock import now
from fieldops.timers import loop
from fieldops.timers.actions import set_timer
from fieldops.timers.loop import TimerLoop
from fieldops.timers.models import Timer, TimerBeat

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def running():
    """A loop in a thread of its own, as beside the server."""
    stop = threading.Event()
    going = TimerLoop(stop)
    thread = threading.Thread(target=going.run)
    thread.start()
    yield going
    stop.set()
    thread.join(10)
    assert not thread.is_alive()


@pytest.fixture(autouse=True)
def no_passes(settings):
    settings.TIMER_PASSES = {}


def put(key="a"):
    """Set a timer that is due now."""
    set_timer(key=key, kind="note", due_at=now(), payload={"id": key})


def wait_for(holds, within_s=8):
    """Wait until something holds."""
    end = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.05)


def ran():
    """Tell how many timers ran."""
    return AuditRow.objects.filter(verb="timer.ran").count()


def test_it_runs_what_is_due(running):
    put()

    wait_for(lambda: ran() == 1)


def test_it_beats(running):
    wait_for(lambda: TimerBeat.objects.filter(name=running.name).exists())


def test_it_survives_a_database_that_fails(running, monkeypatch):
    real, failed = loop.due_ids, []

    def broken(at):
        if len(failed) < 3:
            failed.append(at)
            raise OperationalError("the database is restarting")
        return real(at)

    monkeypatch.setattr(loop, "due_ids", broken)
    put()

    wait_for(lambda: ran() == 1)
    assert len(failed) == 3


def fill_the_pool(many=8):
    """Leave so many connections in the process's pool, as a busy hour does."""
    all_here = threading.Barrier(many)

    def take():
        connection.ensure_connection()
        all_here.wait(20)
        connection.close()

    takers = [threading.Thread(target=take) for _ in range(many)]
    for taker in takers:
        taker.start()
    for taker in takers:
        taker.join()


def test_it_survives_its_connection_being_cut(running):
    fill_the_pool()
    put("before")
    wait_for(lambda: ran() == 1)

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND datname = current_database()"
            )
    put("after")

    wait_for(lambda: ran() == 2)


def test_it_goes_on_waiting_however_often_it_failed():
    """A database that is down for hours is thousands of failures in a row."""
    waits = []

    def fail():
        raise OperationalError("down")

    class Waiting(threading.Event):
        def wait(self, timeout=None):
            waits.append(timeout)
            if len(waits) == 1500:
                self.set()
            return True

    stop = Waiting()
    going = TimerLoop(stop)
    going.round = fail
    going.run()

    assert len(waits) == 1500
    assert max(waits) == 5.0


def test_a_failing_pass_stops_neither_the_others_nor_the_timers(running, settings):
    settings.TIMER_PASSES = {"tests.timers.passes.fail": 0, "tests.timers.passes.beat": 0}
    put()

    wait_for(lambda: ran() == 1)
    wait_for(lambda: TimerBeat.objects.filter(name="pass").exists())


def test_what_comes_due_during_a_pass_runs_before_the_next_pass(settings):
    settings.TIMER_PASSES = {"tests.timers.passes.put": 60, "tests.timers.passes.look": 60}

    TimerLoop(threading.Event()).round()

    assert TimerBeat.objects.filter(name="saw it").exists()


def test_it_beats_on_when_the_wall_clock_is_set_back(monkeypatch):
    monkeypatch.setattr(loop, "BEAT_S", 0.0)
    going = TimerLoop(threading.Event())
    going.round()
    TimerBeat.objects.all().delete()
    past = now() - dt.timedelta(days=2)
    monkeypatch.setattr(loop, "now", lambda: past)
    going.round()

    assert TimerBeat.objects.get().at == past


def test_it_leaves_a_timer_in_its_batch_when_told_to_stop():
    stop = threading.Event()
    put()
    stop.set()

    assert TimerLoop(stop).round() is False
    assert Timer.objects.count() == 1
