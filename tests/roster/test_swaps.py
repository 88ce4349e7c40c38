"""Swaps: by consent, in chains and rings, refused, lapsed, at once by a supervisor."""

import pytest
import time_machine

from fieldops.feed.models import desk, user
from fieldops.lib.errors import NotFound, Problem, WrongState
from fieldops.lib.ids import new_id
from fieldops.teams.models import DeskShift, Swap
from fieldops.teams.roster.actions import (
    add_turn,
    agree_swap,
    ask_swap,
    decline_swap,
    swap_directly,
    withdraw_swap,
)
from fieldops.teams.roster.actions.swaps import Leg
from tests import make
from tests.contract import heard, kinds, one
from tests.roster.world import at, roster
from tests.threads import at_once, raised


@pytest.fixture
def world(town):
    return roster(town)


def leg(world, giver, taker, text):
    return Leg(world.person(giver).pk, world.person(taker).pk, shift=world.shift(text).pk)


def ask(world, by, *legs, **more):
    """Ask for a swap; a leg is (giver, taker, day)."""
    made = [leg(world, *one) for one in legs]
    when = more.pop("when", world.now)
    return ask_swap(center_id=world.town.center.pk, legs=made, by=world.by(by), at=when, **more)


def agree(world, swap, name, when=None):
    return agree_swap(swap_id=swap.pk, by=world.by(name), at=when or world.now)


class TestAsk:
    def test_desk_and_people_hear_it_and_nothing_moves_yet(self, world):
        with heard(desk(world.town.center.pk)) as at_desk, heard(user(world.person("b1").pk)) as asked:
            swap = ask(world, "a1", ("a1", "b1", "12-01"), ("b1", "a1", "12-02"))

        body = one(at_desk, "swap.changed")["body"]
        assert kinds(asked) == ["swap.changed"]
        assert [(c["name"], c["agreed_at"] is not None) for c in body["consents"]] == [
            ("a1", True),
            ("b1", False),
        ]
        assert (world.names("12-01"), swap.status) == (["a1", "a2"], "asked")

    def test_the_same_wish_twice_is_one(self, world):
        wish = new_id()
        first = ask(world, "a1", ("a1", "b1", "12-01"), ("b1", "a1", "12-02"), swap_id=wish)

        assert ask(world, "a1", ("a1", "b1", "12-01"), ("b1", "a1", "12-02"), swap_id=wish) == first
        assert Swap.objects.count() == 1

    def test_only_for_oneself(self, world):
        with pytest.raises(Problem, match="not_yours"):
            ask(world, "c1", ("a1", "b1", "12-01"))

    def test_not_with_another_centre(self, world):
        with pytest.raises(NotFound):
            ask(world, "a1", ("a1", "intruder", "12-01"))

    def test_not_a_turn_one_does_not_have(self, world):
        with pytest.raises(Problem, match="swap_lapsed"):
            ask(world, "a1", ("a1", "b1", "12-02"))

    def test_not_into_owed_rest(self, world):
        with pytest.raises(Problem, match="rest_owed") as refused:
            ask(world, "a1", ("a1", "b1", "12-01"))

        assert refused.value.body()["user"] == "b1"

    @pytest.mark.parametrize(
        "legs", [[], [("a1", "a1", "12-01")], [("a1", "b1", "12-01"), ("a1", "c1", "12-01")]]
    )
    def test_a_swap_hands_each_turn_to_somebody_else_once(self, world, legs):
        with pytest.raises(Problem):
            ask(world, "a1", *legs)


class TestAgree:
    def test_the_last_word_makes_it_happen(self, world):
        swap = ask(world, "a1", ("a1", "b1", "12-01"), ("b1", "a1", "12-02"))
        with heard(desk(world.town.center.pk)) as events:
            agree(world, swap, "b1")

        assert (world.names("12-01"), world.names("12-02")) == (["a2", "b1"], ["a1", "b2"])
        assert one(events, "swap.changed")["body"]["status"] == "done"
        assert sorted(kinds(events)) == ["shift.changed", "shift.changed", "swap.changed"]

    def test_again_is_harmless(self, world):
        swap = ask(world, "a1", ("a1", "b1", "12-01"), ("b1", "a1", "12-02"))
        agree(world, swap, "b1")
        with heard(desk(world.town.center.pk)) as events:
            agree(world, swap, "b1")

        assert events == []

    @pytest.mark.parametrize("name", ["c1", "supervisor", "intruder"])
    def test_who_is_not_in_it_cannot(self, world, name):
        swap = ask(world, "a1", ("a1", "b1", "12-01"), ("b1", "a1", "12-02"))
        with pytest.raises(NotFound):
            agree(world, swap, name)

    def test_a_ring_of_three_waits_for_all(self, world):
        ring = [("a1", "c1", "12-01"), ("c1", "b1", "12-03"), ("b1", "a1", "12-02")]
        swap = ask(world, "a1", *ring)
        agree(world, swap, "c1")
        assert world.names("12-01") == ["a1", "a2"]

        agree(world, swap, "b1")

        assert [world.names(f"12-0{n}") for n in (1, 2, 3)] == [["a2", "c1"], ["a1", "b2"], ["b1", "c2"]]

    def test_a_chain_hands_on_what_was_swapped_before(self, world):
        agree(world, ask(world, "a1", ("a1", "b1", "12-01"), ("b1", "a1", "12-02")), "b1")
        agree(world, ask(world, "b1", ("b1", "c1", "12-01"), ("c1", "b1", "12-03")), "c1")

        assert [world.names(f"12-0{n}") for n in (1, 2, 3)] == [["a2", "c1"], ["a1", "b2"], ["b1", "c2"]]

    def test_of_two_wishes_for_one_turn_the_second_lapses(self, world):
        first = ask(world, "a1", ("a1", "b1", "12-01"), ("b1", "a1", "12-02"))
        second = ask(world, "a1", ("a1", "c1", "12-01"))
        agree(world, first, "b1")

        with pytest.raises(Problem, match="swap_lapsed"):
            agree(world, second, "c1")

        assert world.names("12-01") == ["a2", "b1"]

    def test_rest_is_looked_at_again_when_it_is_agreed(self, world):
        swap = ask(world, "a1", ("a1", "b1", "12-01"), ("b1", "a1", "12-02"))
        add_turn(
            team=world.town.bravo.team,
            user_ids=[world.person("a1").pk],
            starts_at=at("12-03 10:00"),
            ends_at=at("12-03 14:00"),
            by=world.by("supervisor"),
            at=world.now,
        )

        with pytest.raises(Problem, match="rest_owed"):
            agree(world, swap, "b1")

        swap.refresh_from_db()
        assert swap.status == "asked"
        assert swap.consents.filter(agreed_at=None).count() == 1

    def test_a_shift_that_runs_can_be_swapped_for_what_is_left(self, world):
        swap = ask(world, "c1", ("c1", "alpha2", "12-03"), when=at("12-03 22:00"))
        agree(world, swap, "alpha2", when=at("12-03 22:05"))

        joined = world.shift("12-03").members.get(user=world.person("alpha2"))
        assert joined.joined_at == at("12-03 22:05")


class TestEnds:
    def test_the_other_declines(self, world):
        swap = ask(world, "a1", ("a1", "b1", "12-01"), ("b1", "a1", "12-02"))
        for _again in range(2):
            decline_swap(swap_id=swap.pk, by=world.by("b1"), at=world.now, reason="wedding")
        with pytest.raises(WrongState, match="swap_over"):
            agree(world, swap, "b1")

        assert world.names("12-01") == ["a1", "a2"]

    def test_who_asked_takes_it_back(self, world):
        swap = ask(world, "a1", ("a1", "b1", "12-01"), ("b1", "a1", "12-02"))
        with pytest.raises(NotFound):
            withdraw_swap(swap_id=swap.pk, by=world.by("b1"), at=world.now)
        for _again in range(2):
            withdraw_swap(swap_id=swap.pk, by=world.by("a1"), at=world.now)

        with pytest.raises(WrongState, match="swap_over"):
            decline_swap(swap_id=swap.pk, by=world.by("b1"), at=world.now)


class TestDirect:
    def swap(self, world, *legs, **more):
        made = [leg(world, *one) for one in legs]
        return swap_directly(
            center_id=world.town.center.pk,
            legs=made,
            by=world.by("supervisor"),
            at=world.now,
            reason="b1 is ill",
            **more,
        )

    def test_a_supervisor_swaps_at_once_past_rest(self, world):
        swap = self.swap(world, ("a1", "b1", "12-01"))

        assert (swap.status, world.names("12-01")) == ("done", ["a2", "b1"])

    def test_never_past_an_overlap(self, world):
        world.shift("12-01")
        make.add_shift(
            team=world.town.alpha.team,
            members=[world.person("alpha1")],
            starts_at=at("12-01 20:00"),
            ends_at=at("12-01 23:00"),
            at=world.now,
        )
        with pytest.raises(Problem, match="shift_overlap"):
            self.swap(world, ("a1", "alpha1", "12-01"))

    def test_it_ends_the_asking(self, world):
        asked = ask(world, "a1", ("a1", "b1", "12-01"), ("b1", "a1", "12-02"))
        for _again in range(2):
            done = swap_directly(
                center_id=world.town.center.pk,
                legs=[],
                by=world.by("supervisor"),
                at=world.now,
                reason="agreed by phone",
                swap_id=asked.pk,
            )

        assert (done.status, world.names("12-02")) == ("done", ["a1", "b2"])

    def test_a_turn_at_the_desk_passes_on(self, town):
        world = roster(town, days=0)
        turn = DeskShift.objects.get()
        swap_directly(
            center_id=town.center.pk,
            by=town.by("supervisor"),
            at=town.at,
            reason="ill",
            legs=[Leg(town.duty.pk, town.duty2.pk, desk_shift=turn.pk)],
        )

        assert world.line
        running = DeskShift.objects.filter(starts_at__lte=town.at, ends_at__gt=town.at)
        assert [row.owner.username for row in running] == ["duty2"]


class TestOverTheApi:
    @pytest.fixture(autouse=True)
    def then(self):
        with time_machine.travel(at("11-30 12:00"), tick=False):
            yield

    def legs(self, world):
        return [
            {
                "giver": str(world.person(g).pk),
                "taker": str(world.person(t).pk),
                "shift": str(world.shift(d).pk),
            }
            for g, t, d in [("a1", "b1", "12-01"), ("b1", "a1", "12-02")]
        ]

    def test_asked_agreed_done(self, world, api):
        asked = api(world.person("a1")).post("roster/swaps", {"legs": self.legs(world)})
        path = f"roster/swaps/{asked.json()['id']}"

        assert asked.status_code == 201
        assert api(world.person("c1")).post(f"{path}/agree").status_code == 404
        assert api(world.town.stranger).post(f"{path}/agree").status_code == 404
        assert api(world.person("b1")).get("roster/swaps").json()["swaps"][0]["id"] == asked.json()["id"]
        assert api(world.person("b1")).post(f"{path}/agree").json()["status"] == "done"

    @pytest.mark.parametrize(("who", "path"), [("a1", "roster/swaps"), ("supervisor", "roster/swaps/direct")])
    def test_an_id_of_another_centres_swap_is_refused(self, world, api, who, path):
        wish = new_id()
        Swap.objects.create(
            pk=wish, center=world.town.other, asked_by=world.town.stranger, asked_at=world.now
        )
        body = {"legs": self.legs(world), "id": str(wish)} | (
            {"reason": "ill"} if who == "supervisor" else {}
        )

        answer = api(world.person(who)).post(path, body)

        assert (answer.status_code, answer.json()["code"]) == (409, "id_reused")

    def test_direct_is_the_supervisors(self, world, api):
        body = {"legs": self.legs(world), "reason": "ill"}

        assert api(world.town.duty).post("roster/swaps/direct", body).status_code == 403
        assert api(world.town.supervisor).post("roster/swaps/direct", body).json()["status"] == "done"

    def test_a_refusal_is_a_problem_with_figures(self, world, api):
        answer = api(world.person("a1")).post("roster/swaps", {"legs": self.legs(world)[:1]})

        assert (answer.status_code, answer.json()["code"]) == (409, "rest_owed")
        assert answer.json()["limit"] == 12


@pytest.mark.django_db(transaction=True)
def test_two_last_words_at_once_swap_once():
    world = roster(make.town())
    swap = ask(world, "a1", ("a1", "c1", "12-01"), ("c1", "b1", "12-03"), ("b1", "a1", "12-02"))

    results = at_once(*[lambda name=name: agree(world, swap, name) for name in ("b1", "c1") * 2])

    assert raised(results) == []
    assert [world.names(f"12-0{n}") for n in (1, 2, 3)] == [["a2", "c1"], ["a1", "b2"], ["b1", "c2"]]
    swap.refresh_from_db()
    assert swap.status == "done"
