"""Clock, money, ids, geometry, moments."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldops.lib.api import Moment, StrictSerializer
from fieldops.lib.clock import day_bounds, iso, local_day
from fieldops.lib.geo import haversine_m
from fieldops.lib.ids import new_id
from fieldops.lib.money import wan, yuan

UTC = dt.UTC


class TestDay:
    @pytest.mark.parametrize(
        ("at", "cutoff", "day"),
        [
            (dt.datetime(2026, 11, 22, 15, 59, tzinfo=UTC), "00:00", dt.date(2026, 11, 22)),
            (dt.datetime(2026, 11, 22, 16, 0, tzinfo=UTC), "00:00", dt.date(2026, 11, 23)),
            (dt.datetime(2026, 11, 23, 0, 29, tzinfo=UTC), "08:30", dt.date(2026, 11, 22)),
            (dt.datetime(2026, 11, 23, 0, 30, tzinfo=UTC), "08:30", dt.date(2026, 11, 23)),
            (dt.datetime(2028, 2, 29, 2, 0, tzinfo=UTC), "00:00", dt.date(2028, 2, 29)),
        ],
    )
    def test_it_begins_at_the_cutoff_in_shanghai(self, at, cutoff, day):
        assert local_day(at, cutoff) == day

    @given(
        st.datetimes(dt.datetime(2000, 1, 2), dt.datetime(2099, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
        st.sampled_from(["00:00", "08:30", "17:00"]),
    )
    def test_every_instant_is_within_the_bounds_of_its_day(self, at, cutoff):
        start, end = day_bounds(local_day(at, cutoff), cutoff)

        assert start <= at < end

    def test_it_is_written_in_utc(self):
        at = dt.datetime(2026, 11, 22, 18, 43, tzinfo=dt.timezone(dt.timedelta(hours=8)))

        assert iso(at) == "2026-11-22T10:43:00.000Z"
        assert iso(None) is None


class TestMoney:
    @pytest.mark.parametrize(
        ("fen", "words"), [(6_000_000, "60,000"), (622_550, "6,225.50"), (5, "0.05"), (-100, "−1"), (0, "0")]
    )
    def test_it_is_written_in_yuan(self, fen, words):
        assert yuan(fen) == words

    def test_it_is_written_in_wan(self):
        assert wan(6_000_000) == "6.00"
        assert wan(-150_000_000, places=1) == "−150.0"


def test_ids_sort_by_birth():
    ids = [new_id() for _ in range(100)]

    assert sorted(ids) == ids
    assert ids[0].version == 7


def test_distance_on_the_sphere():
    assert haversine_m(107.39, 29.70, 107.39, 29.70) == 0
    assert haversine_m(0, 0, 0, 1) == pytest.approx(111_195, abs=1)
    assert haversine_m(179.999, 0, -179.999, 0) == pytest.approx(222, abs=1)


class Body(StrictSerializer):
    at = Moment()


@pytest.mark.parametrize("at", ["2026-11-22T10:43:00Z", "2026-11-22T18:43:00+08:00", "2099-12-31T00:00:00Z"])
def test_a_moment_is_taken(at):
    assert Body(data={"at": at}).is_valid()


@pytest.mark.parametrize(
    "at",
    ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "1999-01-01T00:00:00Z", "soon", 5, None, ["x"]],
)
def test_no_moment_is_refused(at):
    assert not Body(data={"at": at}).is_valid()
