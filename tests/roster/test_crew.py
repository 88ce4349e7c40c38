"""Put on a crew, taken off, taking a place now; the desk's turns."""

import datetime as dt

import pytest
import time_machine

from fieldops.audit.models import AuditRow
from fieldops.feed.models import desk, user
from fieldops.lib.errors import NotFound, Problem, WrongState
from fieldops.teams.actions import Overlap
from fieldops.teams.models import DeskShift, Shift, Stint
from fieldops.teams.queries import owns_desk
from fieldops.teams.roster.actions import add_turn, assign_desk, change_crew, take_desk_now, take_shift_now
from fieldops.timers.models import Timer
from tests import make
from tests.contract import heard, kinds, one
from tests.roster.world import HOUR, at, day, roster
from tests.threads import at_once, raised
from tests.verify import verify_feed


def change(world, text="12-02", when=None, by="supervisor", **names):
    """Put people on the shift of a day and take others off."""
    ids = {key: [world.person(name).pk for name in names.get(key, [])] for key in ("add", "remove")}
    return change_crew(
        shift_id=world.shift(text).pk,
        by=world.by(by),
        at=when or world.now,
        reason=names.get("reason", ""),
        **ids,
    )


@pytest.fixture
def world(town):
    return roster(town)


class TestChangeCrew:
    def test_it_puts_one_on_and_takes_one_off(self, world):
        with heard(desk(world.town.center.pk)) as events:
            change(world, remove=["b1"], add=["alpha1"])

        assert world.names("12-02") == ["alpha1", "b2"]
        assert [m["name"] for m in one(events, "shift.changed")["body"]["members"]] == ["alpha1", "b2"]
        assert world.shift("12-02").members.get(user__username="alpha1").stands_in
        assert list(AuditRow.objects.filter(verb__startswith="roster.").values_list("verb", flat=True))[
            -2:
        ] == [
            "roster.join",
            "roster.leave",
        ]

    def test_who_left_hears_it(self, world):
        with heard(user(world.person("b1").pk)) as events:
            change(world, remove=["b1"], add=["alpha1"])

        one(events, "shift.changed")

    def test_it_is_harmless_when_repeated(self, world):
        change(world, remove=["b1"], add=["alpha1"])
        with heard(desk(world.town.center.pk)) as events:
            change(world, remove=["b1"], add=["alpha1"])

        assert events == []

    @pytest.mark.parametrize("name", ["intruder", "stranger"])
    def test_it_refuses_one_of_another_centre(self, world, name):
        with pytest.raises(NotFound):
            change(world, add=[name])

    def test_an_overlap_is_refused_whatever_the_reason(self, world):
        make.add_shift(
            team=world.town.alpha.team,
            members=[world.person("alpha1")],
            starts_at=at("12-02 20:00"),
            ends_at=at("12-02 23:00"),
            at=world.now,
        )

        with pytest.raises(Overlap) as refused:
            change(world, add=["alpha1"], reason="nobody else")

        assert refused.value.body()["user"] == "alpha1"

    def test_a_turn_at_the_desk_is_an_overlap_too(self, world):
        DeskShift.objects.create(
            center=world.town.center,
            owner=world.person("alpha1"),
            starts_at=at("12-02 20:00"),
            ends_at=at("12-03 08:00"),
        )

        with pytest.raises(Overlap):
            change(world, add=["alpha1"])

    def test_too_little_rest_wants_a_reason(self, world):
        with pytest.raises(Problem, match="rest_owed") as refused:
            change(world, add=["a1"])

        assert (refused.value.body()["hours"], refused.value.body()["limit"]) == (0, 12)
        change(world, add=["a1"], reason="b1 is ill, nobody else")
        assert "a1" in world.names("12-02")

    def test_a_full_week_wants_a_reason(self, world, settings):
        settings.ROSTER_WEEK_HOURS, settings.ROSTER_MIN_REST_H = 24, 0
        with pytest.raises(Problem, match="week_full"):
            change(world, text="12-03", add=["a1"])

    def test_not_once_it_is_over(self, world):
        with pytest.raises(WrongState, match="shift_over"):
            change(world, when=at("12-03 08:30"), remove=["b1"])

    def test_a_running_crew_keeps_somebody(self, world):
        with pytest.raises(WrongState, match="crew_empty"):
            change(world, when=at("12-02 12:00"), remove=["b1", "b2"])

    def test_what_a_leaver_served_is_kept_and_the_crews_work_follows(self, world):
        noon = at("12-02 12:00")
        change(world, when=noon, remove=["b1"], add=["alpha1"], reason="ill")

        stint = Stint.objects.get()
        joined = world.shift("12-02").members.get(user__username="alpha1")
        assert (stint.from_at, stint.to_at, stint.why) == (at("12-02 08:30"), noon, "ill")
        assert joined.joined_at == noon
        assert Timer.objects.get(kind="handover.crew_changed").due_at == noon


@pytest.mark.django_db(transaction=True)
def test_two_changes_at_once_cannot_put_one_person_on_two_crews():
    town = make.town()
    world = roster(town)
    shifts = [
        world.shift("12-04"),
        Shift.objects.create(
            center=town.center, team=town.bravo.team, starts_at=at("12-04 10:00"), ends_at=at("12-04 20:00")
        ),
    ]

    def put(shift):
        change_crew(shift_id=shift.pk, add=[town.alpha1.pk], by=town.by("supervisor"), at=world.now)

    results = at_once(*[lambda shift=shift: put(shift) for shift in shifts * 2])

    assert {type(error) for error in raised(results)} == {Overlap}
    assert sum(shift.members.filter(user=town.alpha1).count() for shift in shifts) == 1


class TestAddTurn:
    def test_it_puts_a_crew_on_by_hand_once(self, world):
        values = {
            "team": world.town.bravo.team,
            "user_ids": [world.person("alpha2").pk],
            "starts_at": at("12-04 20:00"),
            "ends_at": at("12-05 02:00"),
        }
        with heard(desk(world.town.center.pk)) as events:
            for _again in range(2):
                add_turn(**values, by=world.by("supervisor"), at=world.now)

        one(events, "shift.changed")

    def test_not_in_the_past(self, world):
        with pytest.raises(Problem, match="turn_over"):
            add_turn(
                team=world.team,
                user_ids=[],
                starts_at=at("11-29"),
                ends_at=at("11-30"),
                by=world.by("supervisor"),
                at=world.now,
            )


class TestTakeShiftNow:
    def take(self, world, name, when="12-02 12:00"):
        return take_shift_now(team_id=world.team.pk, by=world.by(name), at=at(when))

    def test_a_member_joins_where_somebody_lacks(self, world):
        change(world, remove=["b1"], reason="ill")
        with heard(desk(world.town.center.pk)) as events:
            self.take(world, "alpha1")
            self.take(world, "alpha1")

        assert world.names("12-02") == ["alpha1", "b2"]
        one(events, "shift.changed")

    def test_not_where_nobody_lacks(self, world):
        with pytest.raises(WrongState, match="crew_full"):
            self.take(world, "alpha1")

    def test_not_where_nothing_runs(self, world):
        with pytest.raises(WrongState, match="no_crew"):
            self.take(world, "alpha1", when="12-01 08:00")

    def test_not_one_who_is_owed_rest(self, world):
        change(world, remove=["b1"], reason="ill")
        with pytest.raises(Problem, match="rest_owed"):
            self.take(world, "a1")

    @time_machine.travel(at("12-01 08:00"), tick=False)
    def test_over_the_api_by_a_member_alone(self, world, api):
        assert api(world.person("duty")).post("roster/take", {"team": str(world.team.pk)}).status_code == 403
        answer = api(world.person("intruder")).post("roster/take", {"team": str(world.team.pk)})
        assert answer.status_code == 404
        assert api(world.person("alpha1")).post("roster/take", {"team": str(world.team.pk)}).json()[
            "code"
        ] == ("no_crew")


class TestTakeDeskNow:
    def take(self, world, name, **more):
        return take_desk_now(center_id=world.town.center.pk, by=world.by(name), at=world.town.at, **more)

    def test_it_takes_what_is_left_of_somebodys_turn_with_a_reason(self, town):
        world = roster(town, days=0)
        with pytest.raises(WrongState, match="reason_wanted"):
            self.take(world, "duty2")

        with heard(desk(town.center.pk)) as events:
            mine = self.take(world, "duty2", reason="duty is ill")

        assert owns_desk(town.duty2.pk, town.at) and not owns_desk(town.duty.pk, town.at)
        assert mine.ends_at == town.at + 4 * HOUR
        assert kinds(events) == ["desk_shift.changed"] * 2  # one turn ends, one begins

    def test_again_is_harmless(self, town):
        world = roster(town, days=0)
        with heard(desk(town.center.pk)) as events:
            self.take(world, "duty")

        assert events == []

    def test_an_unowned_desk_is_free_until_the_next_turn(self, town):
        world = roster(town, days=0)
        DeskShift.objects.all().delete()
        assign_desk(
            center_id=town.center.pk,
            user_id=town.duty.pk,
            starts_at=town.at + 3 * HOUR,
            ends_at=town.at + 9 * HOUR,
            by=town.by("supervisor"),
            at=town.at,
        )

        with heard(desk(town.center.pk)) as events:
            assert self.take(world, "supervisor").ends_at == town.at + 3 * HOUR

        one(events, "desk_shift.changed")

    def test_of_two_one_is_named(self, town):
        world = roster(town, days=0)
        DeskShift.objects.create(
            center=town.center, owner=town.duty2, starts_at=town.at - HOUR, ends_at=town.at + HOUR
        )
        with pytest.raises(WrongState, match="which_turn"):
            self.take(world, "supervisor", reason="ill")

        mine = DeskShift.objects.get(owner=town.duty2)
        assert self.take(world, "supervisor", reason="ill", turn_id=mine.pk).ends_at == town.at + HOUR

    @pytest.mark.parametrize(("name", "status"), [("alpha1", 403), ("analyst", 403), ("stranger", 200)])
    def test_over_the_api_one_takes_his_own_centres_desk_alone(self, town, api, name, status):
        answer = api(town.users[name]).post("roster/take-desk", {})

        assert answer.status_code == status
        assert not DeskShift.objects.filter(center=town.center, owner=town.users[name]).exists()


def test_a_change_tells_the_whole_crew_all_of_it(town):
    with verify_feed(town.alpha2):
        change_crew(shift_id=town.alpha.pk, remove=[town.alpha1.pk], by=town.by("supervisor"), at=town.at)


def test_a_day_is_a_date_in_shanghai(world):
    assert world.shift("12-02").day == day("12-02") == dt.date(2026, 12, 2)
