"""Overlap, rest between turns, hours of a week: pure."""

import datetime as dt

import pytest

from fieldops.teams.roster.rules import Limits, Turn, checks
from tests.roster.world import HOUR, at

LIMITS = Limits(rest_h=12, week_h=72)


def turn(text, hours=24, key=""):
    return Turn(at(text), at(text) + hours * HOUR, key)


def broken(wanted, *others):
    return [check.code for check in checks(wanted, others, LIMITS) if not check.ok]


class TestOverlap:
    @pytest.mark.parametrize("text", ["12-01 08:30", "12-02 08:00", "11-30 09:00"])
    def test_two_turns_at_once_are_refused(self, text):
        assert broken(turn("12-01 08:30"), turn(text)) == ["overlap"]

    def test_a_turn_is_not_measured_against_itself(self):
        assert broken(turn("12-01 08:30", key="shift:1"), turn("12-01 08:30", key="shift:1")) == []


class TestRest:
    @pytest.mark.parametrize(("hours", "ok"), [(11.9, False), (12, True), (24, True)])
    def test_after_a_turn(self, hours, ok):
        wanted = Turn(at("12-02 08:30") + hours * HOUR, at("12-02 08:30") + (hours + 8) * HOUR)

        assert (broken(wanted, turn("12-01 08:30")) == []) is ok

    def test_before_the_next_one_too(self):
        assert broken(turn("12-01 08:30"), turn("12-02 12:00", 8)) == ["rest"]

    def test_over_midnight(self):
        assert broken(turn("12-02 06:00", 8), turn("12-01 20:30", 8)) == ["rest"]

    def test_it_says_how_many_hours_there_are(self):
        found = checks(turn("12-02 12:00", 8), [turn("12-01 08:30")], LIMITS)

        assert [(check.hours, check.limit) for check in found if check.code == "rest"] == [(3.5, 12)]


class TestWeek:
    def test_the_fourth_day_of_a_week_is_too_many(self):
        week = [turn("11-30 00:00"), turn("12-02 00:00"), turn("12-04 00:00")]

        assert broken(turn("12-06 00:00", 8), *week) == ["week"]

    def test_hours_past_sunday_midnight_count_in_the_next_week(self):
        week = [turn("11-30 00:00"), turn("12-02 00:00"), turn("12-04 12:00", 23)]

        assert broken(turn("12-06 23:00", 12), *week) == []
        assert broken(turn("12-06 22:00", 12), *week) == ["week"]

    def test_both_weeks_of_a_turn_over_sunday_midnight_are_looked_at(self):
        following = [turn(f"12-0{day} 12:00", 24) for day in (8,)] + [turn("12-10 12:00", 46)]

        assert broken(turn("12-06 20:30", 12), *following) == ["week"]


def test_hours_are_real_hours():
    assert turn("12-01 08:30").hours == 24
    assert Turn(at("12-01 08:30"), at("12-01 08:30") + dt.timedelta(minutes=90)).hours == 1.5
