"""The joint plan: exactly the best assignment, never worse than one case after the other, and it says why."""

import datetime as dt
import itertools
import random
import uuid

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldops.cases.actions import say_whereabouts
from fieldops.cases.models import Case
from fieldops.dispatch.gate import ORDER
from fieldops.dispatch.history import Visited
from fieldops.dispatch.jointplan import JointPlan, plan_with, waiting_cases
from fieldops.dispatch.models import Assignment
from fieldops.dispatch.picture import Asked, Picture
from fieldops.dispatch.plan import BLOCKED, LEFT_WAITING_S, WARNED, costs, greedy, solve, solve_with
from fieldops.dispatch.recommend import verdict_of
from fieldops.lib.clock import now
from fieldops.lib.geo import haversine_m
from fieldops.teams.models import Device, Team
from fieldops.teams.rollcall import Crew, Hand, OnTeam, Phone
from tests import make

WEST, EAST = (107.3601, 29.7012), (107.4201, 29.7012)


def brute(gain):
    """Return the least sum there is, by trying everything; a case may wait."""
    cases, crews = gain.shape
    choices = [*range(crews), *[None] * cases]
    return min(
        sum(gain[i, j] for i, j in enumerate(chosen) if j is not None)
        for chosen in set(itertools.permutations(choices, cases))
    )


@st.composite
def instances(draw):
    cases, crews = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    cell = st.integers(0, int(1.4 * LEFT_WAITING_S))
    seconds = [[draw(cell) for _ in range(crews)] for _ in range(cases)]
    share = [draw(st.sampled_from([0.25, 0.5, 1.0])) for _ in range(cases)]
    verdicts = [
        [draw(st.sampled_from([0, 0, 0, WARNED, BLOCKED])) for _ in range(crews)] for _ in range(cases)
    ]
    waited = [draw(st.sampled_from([0, 600, 7200])) for _ in range(cases)]
    return costs(*(np.array(rows, float) for rows in (seconds, share, waited, verdicts)))


@settings(max_examples=150, deadline=None)
@given(instances())
def test_it_is_what_trying_everything_finds(gain):
    plan = solve(gain)

    assert plan.total_s == pytest.approx(brute(gain))
    taken = [crew for crew in plan.crews if crew >= 0]
    assert len(taken) == len(set(taken))
    assert plan.total_s == pytest.approx(sum(gain[i, j] for i, j in enumerate(plan.crews) if j >= 0))


@settings(max_examples=100, deadline=None)
@given(instances())
def test_it_is_never_worse_than_one_after_the_other_or_insisting(gain):
    best = solve(gain).total_s

    assert best <= greedy(gain, range(len(gain))).total_s + 1e-6
    for crew in range(gain.shape[1]):
        insisted = solve_with(gain, 0, crew)
        assert insisted.crews[0] == crew and best <= insisted.total_s + 1e-6
        assert len([c for c in insisted.crews if c >= 0]) == len({c for c in insisted.crews if c >= 0})


def test_a_crew_that_cannot_be_sent_is_not_sent_and_a_case_waits():
    gain = costs(np.array([[300.0], [200.0]]), np.array([0.25, 1.0]), np.zeros(2), np.zeros((2, 1)))

    assert solve(gain).crews == [0, -1]
    assert solve(costs(np.array([[300.0]]), np.ones(1), np.zeros(1), np.array([[float(BLOCKED)]]))).crews == [
        -1
    ]


def waiting(town, lng, lat, **danger):
    row = make.called(town, make.case(town, **danger))
    by = town.by("duty")
    say_whereabouts(case_id=row.pk, source="call", by=by, at=now(), text="a lobby", lng=lng, lat=lat)
    return Case.objects.get(pk=row.pk)


def stand(**where):
    for call_sign, (lng, lat) in where.items():
        Team.objects.filter(call_sign=call_sign).update(lng=lng, lat=lat)


def given_to(case):
    plan = plan_with(case, at=now())[1]
    crew = plan.crew_for(case.pk)
    return (crew.team.call_sign if crew else None), plan.why_not_nearest(case.pk)


class TestTheCentre:
    def test_one_case_alone_has_no_plan(self, town):
        case = waiting(town, *WEST)

        assert plan_with(case, at=now())[1] is None

    def test_the_nearest_goes_where_it_is_needed_more(self, town):
        # Alpha is nearest to both; the second has nobody else near, and its money goes in ten minutes.
        stand(Alpha=WEST, Bravo=EAST)
        first = waiting(town, 107.3801, 29.7012, level="high")
        second = waiting(town, 107.3401, 29.7012)
        Case.objects.filter(pk=second.pk).update(next_transfer_at=now() + dt.timedelta(minutes=10))

        crew, (why,) = given_to(first)

        assert (crew, given_to(second)[0]) == ("Bravo", "Alpha")
        assert (why["code"], why["params"]["team"], why["params"]["case"]) == (
            "nearest_needed", "Alpha", second.number,
        )  # fmt: skip
        assert why["params"]["nearer_s"] > 0 and why["params"]["sooner_s"] > 0
        assert given_to(second)[1] == [{"code": "plan_is_nearest", "params": {}}]

    def test_too_few_crews_leave_the_less_urgent_waiting(self, town):
        make.accepted(town)
        stand(Bravo=WEST)
        low, critical = waiting(town, *WEST, level="medium"), waiting(town, *EAST)

        assert given_to(critical)[0] == "Bravo"
        assert given_to(low) == (None, [])

    def test_a_nearest_crew_that_cannot_go_is_named(self, town):
        make.charlie(town)
        stand(Alpha=WEST, Bravo=EAST, Charlie=EAST)
        make.accepted(town)
        case, _ = waiting(town, *WEST), waiting(town, *EAST)

        crew, (why,) = given_to(case)

        assert crew in ("Bravo", "Charlie") and (why["code"], why["params"]["team"]) == (
            "nearest_blocked",
            "Alpha",
        )

    def test_a_nearest_crew_that_cannot_ring_goes_only_with_a_reason(self, town):
        make.charlie(town)
        stand(Alpha=WEST, Bravo=(107.3651, 29.7012), Charlie=EAST)
        Device.objects.filter(user__username="alpha1").update(can_ring=False)
        case, _ = waiting(town, *WEST), waiting(town, *EAST)

        assert given_to(case)[1][0]["code"] == "nearest_warned"

    def test_a_nearest_crew_that_costs_more_is_explained(self, town):
        make.charlie(town)
        stand(Alpha=(107.3611, 29.7012), Bravo=(107.3621, 29.7012), Charlie=EAST)
        for number in range(4):
            make.conclude(town, make.arrived(town, make.case(town, place_text=f"door {number}")))
        case, _ = waiting(town, *WEST, level="medium"), waiting(town, *EAST, level="medium")

        crew, (why,) = given_to(case)

        assert (crew, why["code"]) == ("Bravo", "nearest_costs")
        assert {entry["code"] for entry in why["params"]["because"]} <= {"load", "rest", "cover", "bond_area"}

    def test_who_waits_is_asked_with_few_queries(self, town):
        cases = [waiting(town, *WEST), waiting(town, *EAST), waiting(town, 107.39, 29.70)]
        case = Case.objects.get(pk=cases[0].pk)

        with CaptureQueriesContext(connection) as seen:
            plan_with(case, at=now())

        assert len(seen) <= 5

    def test_a_case_of_unknown_place_a_drill_and_another_centres_are_not_planned(self, town):
        known, drill = waiting(town, *WEST), waiting(town, *EAST)
        Case.objects.filter(pk=drill.pk).update(drill=True)
        make.called(town, make.case(town, place_text="", lng=None, lat=None))

        assert waiting_cases(town.center.pk) == [known.pk]
        assert waiting_cases(town.other.pk) == []


class TestSaid:
    @pytest.fixture
    def two(self, town):
        stand(Alpha=WEST, Bravo=EAST)
        first = waiting(town, 107.3801, 29.7012, level="high")
        second = waiting(town, 107.3401, 29.7012)
        Case.objects.filter(pk=second.pk).update(next_transfer_at=now() + dt.timedelta(minutes=10))
        return first, second

    def test_the_api_says_the_plan(self, town, api, two):
        plan = api(town.duty).get(f"cases/{two[0].pk}/recommendation").json()["plan"]

        assert (plan["waiting"], plan["team"]["call_sign"]) == (2, "Bravo")
        assert plan["why_not_nearest"][0]["code"] == "nearest_needed"

    @pytest.mark.parametrize(
        ("lang", "says"),
        [("en", "planned together, this one gets Bravo"), ("zh-hans", "统筹"), ("zh-hant", "統籌")],
    )
    def test_the_card_says_it_and_sends_that_crew(self, town, client, two, lang, says):
        client.force_login(town.duty, backend=make.BACKEND)

        page = client.get(f"/cases/{two[0].pk}", headers={"accept-language": lang}).content.decode()

        assert says in page and two[1].number in page
        pick = page[page.index('class="rec pick"') :]
        assert pick[: pick.index("</form>")].count("Bravo") >= 1
        assert str(Team.objects.get(call_sign="Bravo").pk) in pick[: pick.index("</form>")]


# A picture made up in memory: every pair is what it would be if it were looked at alone.

NOON = dt.datetime(2026, 11, 18, 4, tzinfo=dt.UTC)


def made_up(rng, cases=12, crews=15):
    """Return a picture in which everything that ties and parts happens."""
    people, schools, on = ([uuid.UUID(int=rng.getrandbits(128)) for _ in range(8)] for _ in range(3))
    spot = lambda: (107.38 + 0.01 * rng.random(), 29.70 + 0.01 * rng.random())  # noqa: E731
    maybe = lambda value: value if rng.random() < 0.7 else None  # noqa: E731
    asked = [
        Asked(on[n] if n < 8 else uuid.uuid4(), f"N{n}", rng.choice(["critical", "low"]),
              rng.choice(["A-1", "B-1"]), False, NOON, None, rng.choice(people), maybe(rng.choice(people)),
              maybe(rng.choice(schools)), *(maybe(spot()) or (None, None)))
        for n in range(cases)
    ]  # fmt: skip
    there = [
        Crew(uuid.uuid4(), uuid.uuid4(), OnTeam(uuid.uuid4(), f"C{n}", *spot(), rng.choice([(), ("swim",)])))
        for n in range(crews)
    ]
    done = {}
    for crew in there:
        for _ in range(2):
            phone = Phone(NOON, rng.random() < 0.9, "")
            hand = Hand(uuid.uuid4(), "name", rng.choice(["standby", "break"]), None, phone)
            crew.hands[hand.user_id] = hand
        if rng.random() < 0.4:
            busy = Assignment(status="offered", case_id=rng.choice(on), shift_id=crew.pk)
            busy.case = Case(pk=busy.case_id, number="N")
            done[crew.pk] = [busy]
    users = [user_id for crew in there for user_id in crew.hands]
    visited = [
        Visited(rng.choice(users), rng.choice(people), maybe(rng.choice(people)), maybe(rng.choice(schools)),
                *(maybe(spot()) or (None, None)))
        for _ in range(60)
    ]  # fmt: skip
    return Picture(NOON, asked, there, done, visited, None)


def closest(visit, case):
    """Return what one visit has in common with one case."""
    if {visit.person_id, visit.merged_into_id} & {case.person_id, case.merged_into_id} - {None}:
        return "person"
    if visit.school_id and visit.school_id == case.school_id:
        return "school"
    if visit.lng is None or case.lng is None:
        return None
    return "area" if haversine_m(visit.lng, visit.lat, case.lng, case.lat) <= 500 else None


@pytest.mark.parametrize("seed", range(4))
def test_like_cases_are_judged_at_once_and_as_each_pair_would_be(seed, settings):
    settings.SKILLS_NEEDED = {"A": ["swim"], "critical": ["swim", "read"]}
    picture = made_up(random.Random(seed))

    verdicts = JointPlan(picture).verdicts

    pairs = itertools.product(range(len(picture.cases)), range(len(picture.crews)))
    assert all(verdicts[i, j] == ORDER[verdict_of(picture, i, j).verdict] for i, j in pairs)
    assert set(verdicts.flat) == set(ORDER.values())


@pytest.mark.parametrize("seed", range(4))
def test_what_ties_a_crew_is_the_closest_of_all_its_visits(seed, settings):
    settings.SKILLS_NEEDED = {"A": ["swim"]}
    picture = made_up(random.Random(seed))

    found = {pair: [bond.code for bond in bonds] for pair, bonds in picture.bonds.items()}

    for (i, case), (j, crew) in itertools.product(enumerate(picture.cases), enumerate(picture.crews)):
        ties = {closest(visit, case) for visit in picture.visited if visit.user_id in crew.hands}
        skill = ["skill"] * (case.scam_type == "A-1" and not crew.team.skills)
        tie = next(([one] for one in ("person", "school", "area") if one in ties), [])
        assert found.get((i, j), []) == skill + tie
    assert {"skill", "person", "school", "area"} == {code for codes in found.values() for code in codes}
