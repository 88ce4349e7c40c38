"""Recommendation: what costs least first; every crew with its reasons and what each counts as."""

import datetime as dt
import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fieldops.cases.actions.people import Who
from fieldops.cases.models import Case
from fieldops.dispatch.models import Assignment
from fieldops.dispatch.recommend import recommend
from fieldops.dispatch.travel import DETOUR, GETTING_READY_S, StraightLine
from fieldops.lib.clock import now
from fieldops.teams.models import Device, Position, ShiftMember, Team
from tests import make


@pytest.fixture
def ready(town):
    return make.at_bank(town, make.called(town, make.case(town)))


def order(case):
    return [candidate.crew.team.call_sign for candidate in recommend(case, at=now())]


def codes(candidate):
    return [reason["code"] for reason in candidate.reasons]


def weight(candidate, code):
    return next((r["params"]["weight_s"] for r in candidate.reasons if r["code"] == code), 0)


def of(case, call_sign):
    return next(c for c in recommend(case, at=now()) if c.crew.team.call_sign == call_sign)


def fixed(user, shift, age, **point):
    values = {"lng": 107.3902, "lat": 29.7013, "accuracy_m": 9, **point}
    return Position.objects.create(user=user, shift=shift, fix_at=now() - dt.timedelta(seconds=age), **values)


def test_the_nearer_crew_comes_first(town, ready):
    Team.objects.filter(call_sign="Bravo").update(lng=107.3902, lat=29.7013)

    first, second = recommend(ready, at=now())

    assert (first.crew.team.call_sign, second.crew.team.call_sign) == ("Bravo", "Alpha")
    assert first.distance_m < 50 < second.distance_m
    assert codes(first) == ["distance", "from_base", "load", "cover"]


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
    at = now()

    found = recommend(ready, at=at)[0]

    assert found.eta_s == pytest.approx(GETTING_READY_S + found.distance_m * StraightLine().pace(at), abs=1)
    assert StraightLine().pace(at) > DETOUR / 15


def test_a_crew_on_break_is_below_those_on_standby(town, ready):
    make.charlie(town)
    ShiftMember.objects.filter(shift=town.alpha).update(duty="break")

    assert order(ready) == ["Bravo", "Charlie", "Alpha"]


def test_another_centres_crews_are_not_there(town, ready):
    make.crew(town.other, "Echo", [town.intruder])

    assert "Echo" not in order(ready)


class TestWhatCounts:
    def test_an_older_fix_is_trusted_less(self, town, ready):
        fixed(town.alpha1, town.alpha, 10)
        fixed(town.bravo1, town.bravo, 600)

        first, second = recommend(ready, at=now())

        assert (first.crew.team.call_sign, second.crew.team.call_sign) == ("Alpha", "Bravo")
        assert first.eta_s == second.eta_s
        assert weight(first, "from_fix") < weight(second, "from_fix") <= 90
        assert first.eta_off_s < second.eta_off_s

    def test_a_crew_that_has_just_been_with_somebody_rests(self, town, ready):
        make.conclude(town, make.arrived(town, make.case(town, place_text="a door")))

        assert 0 < weight(of(ready, "Alpha"), "rest") <= 240
        assert weight(of(ready, "Bravo"), "rest") == 0

    def test_who_was_with_this_person_before_goes_again(self, town):
        who = Who(name="李梅", phone="13800019999", address="江东 1 号")
        row = make.arrived(town, make.at_bank(town, make.called(town, make.case(town, who=who))))
        make.conclude(town, row)
        make.closed(town, Case.objects.get(pk=row.case_id))
        Assignment.objects.filter(pk=row.pk).update(concluded_at=now() - dt.timedelta(hours=1))

        again = make.at_bank(town, make.called(town, make.case(town, who=who)))

        assert again.person_id == row.case.person_id and again.pk != row.case_id
        assert weight(of(again, "Alpha"), "bond_person") == -240
        assert recommend(again, at=now())[0].crew.team.call_sign == "Alpha"

    def test_who_was_near_here_lately_knows_the_area(self, town, ready):
        make.conclude(town, make.arrived(town))

        assert weight(of(ready, "Alpha"), "bond_area") == -45
        assert weight(of(ready, "Bravo"), "bond_area") == 0

    def test_who_never_got_there_knows_nothing(self, town, ready):
        make.accepted(town)

        assert weight(of(ready, "Alpha"), "bond_area") == 0

    def test_a_drill_counts_for_nothing(self, town, ready):
        row = make.conclude(town, make.arrived(town))
        Assignment.objects.filter(pk=row.pk).update(drill=True)

        found = of(ready, "Alpha")

        assert found.load == 0
        assert not {"rest", "bond_area"} & set(codes(found))

    def test_a_skill_the_case_asks_for_counts_and_is_named_to_the_gate(self, town, ready, settings):
        settings.SKILLS_NEEDED = {"SD": ["counselling"]}
        Team.objects.filter(call_sign="Bravo").update(skills=["counselling"])

        first, second = recommend(ready, at=now())

        assert (first.crew.team.call_sign, weight(first, "bond_skill")) == ("Bravo", 0)
        assert weight(second, "bond_skill") == 240
        assert second.verdict.verdict == "warn"

    def test_a_skill_nobody_has_sets_no_crew_apart(self, town, ready, settings):
        settings.SKILLS_NEEDED = {"critical": ["counselling"]}

        assert all("bond_skill" not in codes(c) for c in recommend(ready, at=now()))

    def test_the_last_one_near_where_people_are_visited_stays_if_it_can(self, town, ready):
        # Charlie and Bravo are as near; only Bravo stands alone in the west.
        make.charlie(town)
        Team.objects.filter(call_sign="Bravo").update(lng=107.3601, lat=29.7012)
        Team.objects.filter(call_sign__in=["Alpha", "Charlie"]).update(lng=107.4201, lat=29.7012)

        found = {c.crew.team.call_sign: c for c in recommend(ready, at=now())}

        assert abs(found["Bravo"].eta_s - found["Alpha"].eta_s) <= 1
        assert weight(found["Bravo"], "cover") > weight(found["Alpha"], "cover")
        assert order(ready)[-1] == "Bravo"

    def test_coming_after_the_clock_counts(self, town, ready):
        Case.objects.filter(pk=ready.pk).update(next_transfer_at=now() + dt.timedelta(minutes=8))
        Team.objects.filter(call_sign="Bravo").update(lng=107.3902, lat=29.7013)
        Team.objects.filter(call_sign="Alpha").update(lng=107.47, lat=29.76)

        assert weight(of(ready, "Alpha"), "late") == 900
        assert weight(of(ready, "Bravo"), "late") == 0

    def test_the_score_is_the_sum_of_what_is_said(self, town, ready):
        make.conclude(town, make.arrived(town))
        fixed(town.bravo1, town.bravo, 400)

        for found in recommend(ready, at=now()):
            said = sum(reason["params"]["weight_s"] for reason in found.reasons)
            assert found.score_s == pytest.approx(found.eta_s + said, abs=4)


class TestReading:
    def test_it_asks_four_times_however_many_crews(self, town, ready):
        for number in range(3):
            pair = [make.user(town.center, f"more{number}-{who}", "member") for who in (1, 2)]
            make.crew(town.center, f"More {number}", pair)
        case = Case.objects.get(pk=ready.pk)

        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert len(recommend(case, at=now())) == 5

        assert len(seen) <= 4, [query["sql"][:200] for query in seen]

    def test_the_same_facts_give_the_same_bytes(self, town, ready):
        at = now()
        Device.objects.update(last_seen_at=at)
        fixed(town.alpha1, town.alpha, 30)
        fixed(town.alpha2, town.alpha, 30)

        one, two = ([json.dumps(c.wire()) for c in recommend(ready, at=at)] for _ in range(2))

        assert one == two

    def test_the_offer_keeps_it(self, town, ready):
        row = make.offered(town, ready)

        kept = row.ranking[0]

        assert kept["team"]["call_sign"] == "Alpha"
        assert kept["score_s"] and all("weight_s" in reason["params"] for reason in kept["reasons"])
