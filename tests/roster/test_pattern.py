"""Which days a line runs and whose turn it is: midnight, holidays, make-up days, leap days."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldops.teams.roster.pattern import Pattern, group_on, hours_on, rests_on, runs_on
from tests.roster.world import at, day

ALL = frozenset(range(7))


def pattern(**changes):
    """Return a line of three groups on 24 h from 08:30, every day."""
    values = {
        "starts": dt.time(8, 30),
        "minutes": 1440,
        "weekdays": ALL,
        "off_on_holidays": False,
        "groups": (("a",), ("b",), ("c",)),
        "step_days": 1,
        "anchor": day("11-30"),
        **changes,
    }
    return Pattern(**values)


class TestRuns:
    def test_not_before_its_first_day(self):
        assert not runs_on(pattern(), day("11-29"), {})
        assert runs_on(pattern(), day("11-30"), {})

    @pytest.mark.parametrize(("text", "runs"), [("12-04", True), ("12-05", False), ("12-06", False)])
    def test_weekdays_alone(self, text, runs):
        assert runs_on(pattern(weekdays=frozenset(range(5))), day(text), {}) is runs

    def test_a_holiday_lets_office_hours_rest_and_a_make_up_saturday_calls_them_in(self):
        office = pattern(weekdays=frozenset(range(5)), off_on_holidays=True, anchor=day("01-01"))
        calendar = {day("10-01"): True, day("10-10"): False}

        assert not runs_on(office, day("10-01"), calendar)  # a Thursday
        assert runs_on(office, day("10-10"), calendar)  # a Saturday
        assert not runs_on(office, day("10-17"), calendar)

    def test_a_crew_that_works_on_holidays_works(self):
        assert runs_on(pattern(anchor=day("01-01")), day("10-01"), {day("10-01"): True})


class TestTurns:
    def test_groups_take_turns_by_the_day(self):
        days = [day(f"12-0{n}") for n in range(1, 5)]

        assert [group_on(pattern(anchor=day("12-01")), d) for d in days] == [("a",), ("b",), ("c",), ("a",)]

    def test_or_stay_for_a_week(self):
        weekly = pattern(step_days=7)

        assert group_on(weekly, day("12-06")) == ("a",)
        assert group_on(weekly, day("12-07")) == ("b",)

    def test_the_leap_day_is_a_day_like_any_other(self):
        leap = pattern(anchor=day("2028-02-28"))
        days = [day("2028-02-28"), day("2028-02-29"), day("2028-03-01")]

        assert [group_on(leap, d) for d in days] == [("a",), ("b",), ("c",)]
        assert hours_on(leap, day("2028-02-29")) == (at("2028-02-29 08:30"), at("2028-03-01 08:30"))

    @given(st.dates(dt.date(2026, 12, 1), dt.date(2040, 1, 1)), st.integers(1, 9))
    def test_no_day_is_skipped_or_doubled_in_any_year(self, date, step):
        line = pattern(step_days=step)
        turn, following = (group_on(line, date + dt.timedelta(days=more)) for more in (0, step))

        assert line.groups[(line.groups.index(turn) + 1) % 3] == following

    def test_an_empty_group_is_rest_not_a_gap(self):
        with_rest = pattern(groups=(("a",), ()))

        assert not rests_on(with_rest, day("11-30"))
        assert rests_on(with_rest, day("12-01"))

    def test_a_line_without_people_rests_never(self):
        assert not rests_on(pattern(groups=()), day("12-01"))


class TestHours:
    def test_a_turn_runs_past_midnight(self):
        night = pattern(starts=dt.time(20, 30), minutes=720)

        assert hours_on(night, day("12-31")) == (at("12-31 20:30"), at("2027-01-01 08:30"))
