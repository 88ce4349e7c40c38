"""Recommendation: soonest first, then least used; every crew with its reasons."""

import datetime as dt

import pytest

from fieldops.cases.models import Case
from fieldops.dispatch.recommend import DETOUR, GETTING_READY_S, SPEED_MPS, recommend
from fieldops.lib.clock import now
from fieldops.teams.models import Position, ShiftMember, Team
from tests import make


@pytest.fixture
def ready(town):
    return make.at_bank(town, make.called(town, make.case(town)))


def order(case):
    return [candidate.crew.team.call_sign for candidate in recommend(case, at=now())]


def codes(candidate):
    return [reason["code"] for reason in candidate.reasons]


def test_the_nearer_crew_comes_first(town, ready):
    Team.objects.filter(call_sign="Bravo").update(lng=107.3902, lat=29.7013)

    first, second = recommend(ready, at=now())

    assert (first.crew.team.call_sign, second.crew.team.call_sign) == ("Bravo", "Alpha")
    assert first.distance_m < 50 < second.distance_m
    assert codes(first) == ["distance", "from_base", "load"]


def test_a_fresh_fix_counts_before_the_base(town, ready):
    at = now()
    Position.objects.create(
        user=town.bravo2, shift=town.bravo, lng=107.3902, lat=29.7013, accuracy_m=9, fix_at=at
    )

    assert order(ready) == ["Bravo", "Alpha"]
    assert "from_fix" in codes(recommend(ready, at=at)[0])


def test_an_old_fix_does_not_count(town, ready):
    at = now() - dt.timedelta(minutes=16)
    Position.objects.create(
        user=town.bravo2, shift=town.bravo, lng=107.3902, lat=29.7013, accuracy_m=9, fix_at=at
    )

    assert order(ready) == ["Alpha", "Bravo"]


def test_equal_ways_go_to_the_crew_that_did_less(town, ready):
    for number in range(2):
        row = make.arrived(town, make.case(town, place_text=f"door {number}"))
        make.conclude(town, row)

    first, second = recommend(ready, at=now())

    assert (first.crew.team.call_sign, first.load, second.load) == ("Bravo", 0, 2)


def test_an_engaged_crew_comes_last_with_its_case(town, ready):
    busy = make.accepted(town)

    first, second = recommend(ready, at=now())

    assert first.crew.team.call_sign == "Bravo"
    assert second.verdict.verdict == "block"
    assert {"code": "engaged", "params": {"case": busy.case.number}} in second.verdict.reasons


def test_the_last_free_crew_is_warned_about(town, ready):
    make.accepted(town)

    free = recommend(ready, at=now())[0]

    assert (free.verdict.verdict, free.verdict.reasons[0]["code"]) == ("warn", "last_free_crew")


def test_an_unknown_place_has_no_estimate(town):
    case = make.called(town, make.case(town, place_text=""))

    found = recommend(case, at=now())

    assert Case.objects.get(pk=case.pk).whereabouts is None
    assert all(c.eta_s is None and "place_unknown" in codes(c) for c in found)


def test_the_estimate_is_getting_ready_and_the_road(town, ready):
    found = recommend(ready, at=now())[0]

    assert found.eta_s == round(GETTING_READY_S + found.distance_m * DETOUR / SPEED_MPS)


def test_a_crew_on_break_is_below_those_on_standby(town, ready):
    make.charlie(town)
    ShiftMember.objects.filter(shift=town.alpha).update(duty="break")

    assert order(ready) == ["Bravo", "Charlie", "Alpha"]


def test_another_centres_crews_are_not_there(town, ready):
    make.crew(town.other, "Echo", [town.intruder])

    assert "Echo" not in order(ready)
