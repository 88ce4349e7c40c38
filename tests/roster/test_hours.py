"""Hours by person: clipped to the days asked for, nights, holidays, what a leaver served; JSON and CSV."""

import pytest

from fieldops.teams.models import Holiday, User
from fieldops.teams.roster.actions import change_crew
from fieldops.teams.roster.hours import hours_report, nights_of
from fieldops.teams.roster.rules import Turn
from tests.roster.world import HOUR, at, day, roster


@pytest.fixture
def world(town):
    return roster(town, days=6)


def hours(world, first="12-01", last="12-06"):
    rows = hours_report(world.town.center.pk, day(first), day(last))
    return {row.name: row for row in rows}


def test_two_turns_of_24_hours_are_48_and_two_nights(world):
    row = hours(world)["a1"]

    assert (row.hours, row.nights) == (48, 2)


def test_only_the_hours_inside_the_days_count(world):
    assert hours(world, "12-01", "12-01")["a1"].hours == 15.5
    assert hours(world, "12-02", "12-02")["a1"].hours == 8.5


def test_the_leap_day_has_its_hours(town):
    world = roster(town, planned_from="2028-02-28", days=3, now="2028-02-27 12:00")

    assert hours(world, "2028-02-29", "2028-02-29")["b1"].hours == 15.5


def test_a_leaver_keeps_what_he_served_and_a_joiner_gets_the_rest(world):
    change_crew(
        shift_id=world.shift("12-02").pk, remove=[world.person("b1").pk], add=[world.town.alpha1.pk],
        by=world.by("supervisor"), at=at("12-02 14:30"),
    )  # fmt: skip

    found = hours(world, "12-02", "12-03")

    assert (found["b1"].hours, found["alpha1"].hours) == (6, 18)


def test_holiday_hours(world):
    Holiday.objects.create(center=world.town.center, date=day("12-02"), name="x", off=True)
    Holiday.objects.create(center=world.town.center, date=day("12-03"), name="x", off=False)

    found = hours(world)

    assert (found["a1"].holiday_hours, found["b1"].holiday_hours) == (8.5, 15.5)


def test_who_is_over_the_limit_is_marked(world, settings):
    settings.ROSTER_WEEK_HOURS = 40

    assert hours(world)["a1"].over
    assert not hours(world)["alpha1"].over


@pytest.mark.parametrize(
    ("begin", "length", "count"),
    [("12-01 08:30", 24, 1), ("12-01 06:00", 18, 0), ("12-01 00:00", 6, 1), ("12-01 20:30", 12, 1)],
)
def test_a_night_is_the_small_hours(begin, length, count):
    assert len(nights_of(Turn(at(begin), at(begin) + length * HOUR))) == count


class TestOverTheApi:
    def test_a_member_sees_his_own_the_desk_all(self, world, api):
        span = {"from": "2026-12-01", "to": "2026-12-06"}
        mine = api(world.person("a1")).get("roster/hours", **span).json()["hours"]
        all_of_them = api(world.town.duty).get("roster/hours", **span).json()["hours"]

        assert [row["name"] for row in mine] == ["a1"]
        assert len(all_of_them) == 13
        assert api(world.town.analyst).get("roster/hours", **span).status_code == 403

    def test_csv_opens_in_a_spreadsheet_and_holds_no_formula(self, world, api):
        User.objects.filter(username="a1").update(name="=1+1")

        answer = api(world.town.duty).get(
            "roster/hours", **{"from": "2026-12-01", "to": "2026-12-06", "format": "csv"}
        )

        assert answer.content.startswith("\ufeff".encode())
        assert "'=1+1" in answer.content.decode()

    @pytest.mark.parametrize(
        "span",
        [
            {},
            {"from": "2026-12-06", "to": "2026-12-01"},
            {"from": "2020-01-01", "to": "2026-01-01"},
            {"from": "0001-01-01", "to": "0001-01-02"},
            {"from": "9999-12-30", "to": "9999-12-31"},
        ],
    )
    def test_a_span_that_is_none_is_refused(self, world, api, span):
        assert api(world.town.duty).get("roster/hours", **span).status_code == 400
