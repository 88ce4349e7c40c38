"""The timers' thread: what dies is started again within seconds, what hangs turns the health red."""

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from fieldops.lib.clock import now
from fieldops.serving import watchdog
from fieldops.serving.health import BEAT_OLD_S
from fieldops.serving.watchdog import KeptAlive
from fieldops.timers.models import TimerBeat
from tests.servers import wait_until


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchdog, "LOOK_EVERY_S", 0.05)


class Dying:
    """A loop that ends as told on its first lives, then runs until it is stopped."""

    def __init__(self, stop: threading.Event, ends: list[Callable[[], None]]) -> None:
        self.stop, self.ends = stop, ends

    def run(self) -> None:
        if self.ends:
            self.ends.pop(0)()
        else:
            self.stop.wait()


def dies(error: BaseException) -> Callable[[], None]:
    def end() -> None:
        raise error

    return end


@contextmanager
def kept_alive(*ends: Callable[[], None]) -> Iterator[KeptAlive]:
    left = list(ends)
    kept = KeptAlive("timers", lambda stop: Dying(stop, left))
    try:
        yield kept
    finally:
        kept.stop()
    assert not kept.thread.is_alive()


# pytest would make a failure of what a thread raises; here that is the point.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("end", [dies(ValueError("gone")), dies(SystemExit()), lambda: None])
def test_a_loop_that_ends_is_started_again(end: Callable[[], None]) -> None:
    with kept_alive(end, end) as kept:
        wait_until(lambda: kept.starts == 3 and kept.thread.is_alive(), "nobody started it again", 10)


def test_a_start_that_fails_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with kept_alive(lambda: None) as kept:
        real, refusals = kept._started, [RuntimeError("can't start new thread")]

        def started() -> threading.Thread:
            if refusals:
                raise refusals.pop()
            return real()

        monkeypatch.setattr(kept, "_started", started)
        wait_until(lambda: not refusals and kept.thread.is_alive(), "nobody tried it again", 10)


def test_a_loop_that_hangs_turns_the_health_red(db: None, client) -> None:
    beat = TimerBeat.objects.create(name="here:1", at=now())
    assert client.get("/readyz").json()["checks"]["timers"] is True

    TimerBeat.objects.filter(pk=beat.pk).update(at=now() - dt.timedelta(seconds=BEAT_OLD_S + 1))
    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()["checks"]["timers"]) == (503, False)
    assert BEAT_OLD_S + 5 <= 30, "a beat every 5 s, red within 30"
