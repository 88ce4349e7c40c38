"""Any timer five minutes late is raised, and the outside hears that the loop lives."""

import datetime as dt
import http.server
import threading

import pytest

from fieldops.feed.models import Alarm
from fieldops.lib.clock import now
from fieldops.lib.ids import new_id
from fieldops.timers import auditor
from fieldops.timers.actions import set_timer
from fieldops.timers.auditor import raise_late_timers
from fieldops.timers.models import Timer
from tests.servers import wait_until


@pytest.fixture
def timer(db):
    set_timer(key="a", kind="note", due_at=now(), payload={"center_id": str(new_id())})
    return Timer.objects.get()


def after(timer, **time):
    """Let the auditor look so long after the timer was due."""
    raise_late_timers(at=timer.due_at + dt.timedelta(**time))


def test_it_raises_a_late_timer(timer):
    after(timer, minutes=6)

    alarm = Alarm.objects.get()
    assert (alarm.kind, alarm.params) == ("timer_late", {"kind": "note", "late_s": 360})


def test_it_gives_a_timer_five_minutes(timer):
    after(timer, minutes=4)

    assert not Alarm.objects.exists()


def test_it_rings_once(timer):
    after(timer, minutes=6)
    after(timer, minutes=7)

    assert Alarm.objects.count() == 1


def test_it_leaves_dead_letters_to_their_own_alarm(timer):
    Timer.objects.update(dead_at=now())

    after(timer, minutes=6)

    assert not Alarm.objects.exists()


class Listener(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.heard.append(self.path)
        self.server.go_on.wait(60)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture
def outside():
    server = http.server.HTTPServer(("127.0.0.1", 0), Listener)
    server.heard = []
    server.go_on = threading.Event()
    server.go_on.set()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.go_on.set()
    wait_until(lambda: not auditor.calling.locked(), "the call did not end")
    server.shutdown()
    server.server_close()


def test_it_calls_the_heartbeat_url(db, settings, outside):
    settings.AUDITOR_HEARTBEAT_URL = f"http://127.0.0.1:{outside.server_port}/beat"

    raise_late_timers(at=now())

    wait_until(lambda: outside.heard == ["/beat"], "it was not called")


def test_an_outside_that_hangs_holds_up_nothing_and_is_called_once_at_a_time(db, settings, outside):
    outside.go_on.clear()

    for _ in range(3):
        auditor.call_heartbeat(f"http://127.0.0.1:{outside.server_port}/beat")
        wait_until(lambda: outside.heard, "it was not called")
        assert auditor.calling.locked()

    assert outside.heard == ["/beat"]


def test_it_does_not_mind_a_heartbeat_url_that_is_down(db, settings, outside):
    outside.shutdown()
    outside.server_close()
    settings.AUDITOR_HEARTBEAT_URL = f"http://127.0.0.1:{outside.server_port}/beat"

    raise_late_timers(at=now())
