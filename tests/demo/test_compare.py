"""The comparison: one seed is one day for every policy, the bound bounds, the command prints its table."""

import math

import pytest
from django.core.management import CommandError, call_command

from fieldops.demo.compare import KINDS, Kind, at, compare, interval, learn, one_day, table
from fieldops.demo.compare_day import DAY_S, Answer, Day, Point, Visit, draw_day
from fieldops.demo.compare_policies import POLICIES, Known, bound, nearest
from fieldops.demo.compare_replay import Machine, far_m
from fieldops.dispatch.travel import StraightLine

BUSY = Kind("a busy day", 300, 15)
KNOWN = Known(StraightLine(), [[107.39, 29.70, 1.0]], [1.0] * 24)


@pytest.fixture(scope="module")
def day():
    return draw_day("test", alerts=300, burst=15)


@pytest.fixture(scope="module")
def replays(day):
    known = learn(BUSY)
    return {name: Machine(day, policy(known), known.places).run() for name, policy in POLICIES.items()}


def test_a_seed_is_a_day(day):
    again, other = draw_day("test", alerts=300, burst=15), draw_day("other", alerts=300, burst=15)

    assert again.visits == day.visits and again.dead == day.dead
    assert other.visits != day.visits
    assert all(again.answer(v, 0) == day.answer(v, 0) for v in day.visits)


def test_a_day_is_as_the_domain_says(day):
    burst = sum(15 * 3600 <= visit.received_s < 16 * 3600 for visit in day.visits)

    assert 300 < day.alerts < 560
    assert 0.1 < len(day.visits) / day.alerts < 0.4
    assert burst > 0.2 * len(day.visits)
    assert {visit.level for visit in day.visits} >= {"critical", "high"}


@pytest.mark.parametrize("name", POLICIES)
def test_everybody_is_met_and_nobody_before_the_bound(day, replays, name):
    least = bound(day)

    assert set(replays[name].met_s) == {visit.number for visit in day.visits} == set(least)
    for visit in day.visits:
        assert visit.ready_s < least[visit.number] <= replays[name].met_s[visit.number]


@pytest.mark.parametrize("name", POLICIES)
def test_no_crew_is_in_two_places(day, name):
    """Never more people have somebody with them than there are crews."""
    met = Machine(day, POLICIES[name](KNOWN)).run().met_s
    spans = [(met[v.number], met[v.number] + v.with_s) for v in day.visits]

    assert all(sum(a <= start < b for a, b in spans) <= len(day.bases) for start, _ in spans)


def test_the_same_seed_gives_the_same_figures():
    assert one_day(KINDS[0], 1) == one_day(KINDS[0], 1)


def still(**answers):
    """Return a day of one visit and two crews, the first nearer; `answers` by crew as a1, a2."""
    visit = Visit(0, "high", Point(107.39, 29.70), 0.0, 100.0, 4000.0, None, 600.0, 1.4)
    made = Day("still", [Point(107.391, 29.70), Point(107.40, 29.70)], [visit], 1, [60.0, 60.0], [[], []])
    yes = Answer("accept", 10.0, 60.0, 1.0)
    made.answers = {(0, 0): answers.get("a1", yes), (0, 1): answers.get("a2", yes)}
    return made


class TestReplay:
    def test_a_crew_is_asked_gets_ready_and_drives(self):
        made = still()
        road = 1.4 * far_m(made.bases[0], made.visits[0].at)

        met = Machine(made, nearest(KNOWN)).run().met_s[0]

        assert met == pytest.approx(100 + 10 + 60 + road / (43 / 3.6))

    @pytest.mark.parametrize("name", POLICIES)
    def test_who_refuses_is_not_asked_again_and_the_next_one_goes(self, name):
        replay = Machine(still(a1=Answer("decline", 20.0, 60.0, 1.0)), POLICIES[name](KNOWN)).run()

        assert replay.offers == 2
        assert replay.trips[0].metres == pytest.approx(far_m(still().bases[1], still().visits[0].at))

    def test_when_all_refuse_the_desk_presses_them(self):
        no = Answer("decline", 20.0, 60.0, 1.0)

        replay = Machine(still(a1=no, a2=no), nearest(KNOWN)).run()

        assert (replay.offers, set(replay.met_s)) == (3, {0})

    @pytest.mark.parametrize(("name", "metres"), [("nearest first", 97), ("joint plan", 967)])
    def test_a_dead_phone_is_weighed_by_our_score_and_not_by_nearest_first(self, name, metres):
        made = still()
        made.dead[0] = [(0, DAY_S)]

        replay = Machine(made, POLICIES[name](KNOWN)).run()

        assert replay.trips[0].metres == pytest.approx(metres, rel=0.01)


class TestFigures:
    def test_percentiles_and_intervals(self):
        assert (at([1, 2, 3, 4], 0.5), at([1, 2, 3, 4], 0.9), at([7], 0.5)) == (2, 4, 7)
        mean, wide = interval([1.0, 2.0, 3.0, 4.0, 5.0])
        assert (mean, round(wide, 3)) == (3.0, 1.963)
        assert all(map(math.isnan, interval([math.nan])))

    def test_the_table_has_every_policy_the_bound_and_the_differences(self):
        ((kind, found),) = compare([KINDS[0]], 2, spread=False)

        lines = list(table(kind, found))

        assert [line.split("|")[1].strip(" *") for line in lines[4:]] == [
            *POLICIES, "lower bound", "greedy by score − nearest first", "joint plan − nearest first",
        ]  # fmt: skip
        assert all(" ± " in line for line in lines[4:])

    def test_one_day_has_no_interval(self):
        with pytest.raises(CommandError):
            call_command("simulate", "--compare", "--days", "1")
