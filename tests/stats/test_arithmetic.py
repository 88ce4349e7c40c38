"""Percentiles, changes, rates."""

import datetime as dt

import pytest

from fieldops.stats.arithmetic import change_permille, change_points, nearest_rank, percentiles, permille
from fieldops.stats.loading import same_day_last_year


class TestNearestRank:
    @pytest.mark.parametrize(
        ("values", "p50", "p90", "p95"),
        [
            ([], None, None, None),
            ([7], 7, 7, 7),
            ([1, 2], 1, 2, 2),
            ([15, 20, 35, 40, 50], 35, 50, 50),
            (list(range(1, 11)), 5, 9, 10),
            (list(range(1, 101)), 50, 90, 95),
            ([300, 10, 20], 20, 300, 300),
        ],
    )
    def test_it_takes_a_value_that_occurred(self, values, p50, p90, p95):
        assert percentiles(values) == {"n": len(values), "p50_s": p50, "p90_s": p90, "p95_s": p95}

    def test_it_does_not_change_its_input(self):
        values = [3, 1, 2]

        nearest_rank(values, 50)

        assert values == [3, 1, 2]


class TestChange:
    @pytest.mark.parametrize(
        ("now", "base", "change"),
        [
            (142, 131, 84),  # +8.4 %
            (142, 168, -155),  # −15.5 %
            (5, 0, None),  # base zero is never 100 % or infinity
            (0, 0, None),
            (0, 4, -1000),
            (5, None, None),
            (None, 5, None),
            (3, 2, 500),
            (1, 16, -938),  # −93.75 % is rounded away from zero, as people round
        ],
    )
    def test_it_is_in_tenths_of_a_percent(self, now, base, change):
        assert change_permille(now, base) == change

    def test_rates_are_compared_in_points(self):
        assert change_points(944, 921) == 23
        assert change_points(0, 0) == 0
        assert change_points(944, None) is None

    def test_a_share_of_nothing_is_unknown(self):
        assert permille(0, 0) is None
        assert permille(127, 142) == 894


class TestSameDayLastYear:
    @pytest.mark.parametrize(
        ("day", "before"),
        [
            ("2026-11-18", "2025-11-18"),
            ("2028-02-29", "2027-02-28"),
            ("2028-03-01", "2027-03-01"),
            ("2029-02-28", "2028-02-28"),
        ],
    )
    def test_the_29th_of_february_is_compared_with_the_28th(self, day, before):
        assert same_day_last_year(dt.date.fromisoformat(day)) == dt.date.fromisoformat(before)
