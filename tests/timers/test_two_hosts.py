"""Two hosts on one PostgreSQL, one of them five minutes ahead: the database's time rules on both."""

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import psycopg
import pytest

from fieldops.lib import clock, hostclock
from tests import make
from tests.servers import Server, manage, run_server, sign_in, start_server, wait_until

pytestmark = pytest.mark.slow

URL = os.environ.get("DATABASE_URL")
ENV = {"FIELDOPS_LOG": "WARNING", "FIELDOPS_AUTO_CRITICAL": "manual"}
FURNISH = """
from fieldops.teams.actions import open_installation
from tests import make
open_installation(at=make.now())
town = make.town()
for _ in range(2):
    make.at_bank(town, make.called(town, make.case(town)))
"""
MUCH = dt.timedelta(minutes=1)  # far less than the clocks are apart, far more than a busy machine takes


class Rows:
    """The database itself, asked beside the product."""

    def __init__(self, line: psycopg.Connection) -> None:
        self.line = line

    def all(self, query: str) -> list[tuple]:
        return self.line.execute(query).fetchall()

    def beats(self) -> dict[str, dt.datetime]:
        return dict(self.all("SELECT name, at FROM timers_timerbeat"))


@contextmanager
def two_hosts() -> Iterator[tuple[Server, Server, Rows]]:
    def furnish(env: dict[str, str]) -> None:
        manage(env, "shell", "-v0", "-c", FURNISH)

    with run_server(ENV, prepare=furnish) as right:
        ahead = {**right.env, "DJANGO_SETTINGS_MODULE": "tests.timers.fast_settings"}
        with (
            start_server(ahead) as fast,
            psycopg.connect(right.env["DATABASE_URL"], autocommit=True) as line,
        ):
            yield right, fast, Rows(line)


def offer(server: Server, case_id: str, team_id: str) -> None:
    with sign_in(server, "supervisor", make.PASSWORD) as client:
        body = {"team": team_id, "reason": "now"}
        answer = client.post(f"/api/v1/cases/{case_id}/offer", json=body)
        assert answer.status_code == 201, answer.text


@pytest.mark.skipif(not URL, reason="in the run on PostgreSQL")
def test_neither_host_ends_the_others_offers_and_both_beat_in_the_databases_time():
    with two_hosts() as (right, fast, rows):
        cases = [row[0] for row in rows.all("SELECT id::text FROM cases_case ORDER BY number")]
        teams = [row[0] for row in rows.all("SELECT id::text FROM teams_team ORDER BY call_sign")]
        offer(right, cases[0], teams[0])
        offer(fast, cases[1], teams[1])
        before = rows.beats()
        wait_until(lambda: all(rows.beats()[name] > at for name, at in before.items()), "a loop stands", 60)

        now = rows.all("SELECT clock_timestamp()")[0][0]
        offers = rows.all("SELECT status, offered_at, expires_at FROM dispatch_assignment")
        assert len(before) == 2 and all(abs(at - now) < MUCH for at in rows.beats().values())
        assert [status for status, _, _ in offers] == ["offered", "offered"]
        assert all(abs(offered_at - now) < MUCH < expires_at - now for _, offered_at, expires_at in offers)
        assert "s off the database's" in fast.log
        assert "off the database's" not in right.log


class TestKept:
    @pytest.fixture(autouse=True)
    def as_before(self):
        yield
        clock.correct(dt.timedelta(0))

    @pytest.fixture
    def off(self, monkeypatch):
        """Let the database be so many seconds ahead, as measured."""

        def so_far(seconds: float | None) -> float:
            found = None if seconds is None else dt.timedelta(seconds=seconds)
            monkeypatch.setattr(hostclock, "_measured", lambda: found)
            hostclock.keep_time()
            return clock.correction().total_seconds()

        return so_far

    def test_a_clock_that_is_kept_is_left_alone(self, off):
        assert off(0.9) == 0

    def test_one_that_is_off_is_corrected_and_again_when_it_is_set_right(self, off):
        assert off(-300) == -300
        assert off(-300.4) == -300
        assert off(-280) == -280
        assert off(0.2) == 0

    def test_an_answer_that_took_too_long_changes_nothing(self, off):
        assert off(60) == 60
        assert off(None) == 60

    def test_the_clock_says_it(self, off):
        true = clock.now()
        off(3600)

        assert dt.timedelta(minutes=59) < clock.now() - true < dt.timedelta(minutes=61)

    def test_this_database_and_this_host_agree(self, db):
        assert abs(hostclock._measured()) < MUCH

    @pytest.mark.skipif(not URL, reason="in the run on PostgreSQL")
    @pytest.mark.parametrize(("trip_s", "told"), [(0.5, True), (20, False)])
    def test_an_answer_longer_on_its_way_than_the_clocks_are_apart_tells_nothing(
        self, db, monkeypatch, trip_s, told
    ):
        ticks = iter([0.0, trip_s])
        monkeypatch.setattr(hostclock, "time", SimpleNamespace(monotonic=lambda: next(ticks)))

        assert (hostclock._measured() is not None) is told
