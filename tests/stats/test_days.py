"""Which day a case belongs to, what a day is compared with, and who stores it."""

import datetime as dt

import pytest
import time_machine

from fieldops.cases.actions.people import Who
from fieldops.lib.clock import LOCAL
from fieldops.stats.actions import store_day_sheet
from fieldops.stats.handlers import store_days_over
from fieldops.stats.models import DaySheet
from fieldops.stats.queries import DayNotOver, preview
from fieldops.teams.actor import SYSTEM
from fieldops.teams.models import Device
from tests import make
from tests.stats import day

LEAP = dt.date(2028, 2, 29)


@pytest.fixture
def quiet() -> make.Town:
    """A town with no cases, on the built day's morning."""
    with time_machine.travel(day.NOON, tick=False):
        yield make.town()


@pytest.fixture
def half_past_eight(settings):
    settings.DAY_CUTOFF = "08:30"


def at(date: dt.date, clock: str) -> dt.datetime:
    return dt.datetime.combine(date, dt.time.fromisoformat(clock), LOCAL)


def issued(town: make.Town, *times: dt.datetime, **more) -> None:
    for time in times:
        make.case(town, at=time, **more)


def count(town: make.Town, date: dt.date) -> int:
    return preview(town.center, date, at(date + dt.timedelta(days=2), "12:00")).body["funnel"]["issued"]


@pytest.mark.django_db
class TestCutOff:
    def test_a_day_runs_from_half_past_eight(self, quiet, half_past_eight):
        before, after = day.DAY - dt.timedelta(days=1), day.DAY
        issued(
            quiet, at(after, "08:29:59"), at(after, "08:30:00"), at(after + dt.timedelta(days=1), "08:29:59")
        )

        assert (count(quiet, before), count(quiet, after)) == (1, 2)

    def test_it_can_be_stored_from_the_cut_off_on(self, quiet, half_past_eight):
        morning = day.DAY + dt.timedelta(days=1)

        with pytest.raises(DayNotOver):
            store(quiet, day.DAY, at(morning, "08:29:59"))
        sheet = store(quiet, day.DAY, at(morning, "08:30:00"))

        assert (sheet.cutoff, sheet.body["cutoff"]) == ("08:30", "08:30")

    def test_without_one_a_day_ends_at_midnight(self, quiet):
        issued(quiet, at(day.DAY, "00:00:00"), at(day.DAY, "23:59:59"))

        assert count(quiet, day.DAY) == 2


@pytest.mark.django_db
class TestComparison:
    def test_29_february_is_compared_with_28(self, quiet):
        issued(quiet, at(LEAP, "10:00"), at(LEAP, "11:00"), at(dt.date(2027, 2, 28), "10:00"))
        issued(quiet, at(dt.date(2027, 3, 1), "10:00"), at(dt.date(2028, 2, 28), "10:00"))

        compared = preview(quiet.center, LEAP, at(LEAP, "23:00")).body["compare"]

        assert (compared["previous"]["date"], compared["last_year"]["date"]) == ("2028-02-28", "2027-02-28")
        assert compared["changes"]["funnel.issued"] == {"pop": 1000, "yoy": 1000}

    def test_a_stored_day_is_the_base_as_it_was_stored(self, quiet):
        eve = day.DAY - dt.timedelta(days=1)
        issued(quiet, at(eve, "10:00"))
        store(quiet, eve, at(day.DAY, "09:00"))
        issued(quiet, at(eve, "11:00"))

        compared = preview(quiet.center, day.DAY, at(day.DAY, "12:00")).body["compare"]

        assert compared["previous"]["figures"]["funnel.issued"] == 1

    def test_a_school_s_month_is_compared_with_the_same_days_last_year(self, quiet):
        student = lambda n: Who(name="李明", phone=f"1370000000{n}", school=quiet.school)  # noqa: E731
        days = (
            "2026-11-01",
            "2026-11-18",
            "2026-10-31",
            "2026-11-19",
            "2025-11-01",
            "2025-11-18",
            "2025-11-19",
        )
        for n, date in enumerate(days):
            make.case(quiet, who=student(n), at=at(dt.date.fromisoformat(date), "10:00"))

        rows = preview(quiet.center, day.DAY, day.NEXT_MORNING).body["schools_month"]["rows"]

        assert [(row["name"], row["cases"], row["last_year"]) for row in rows] == [
            ("Jiangdong College", 2, 2)
        ]


@pytest.mark.django_db
class TestOnPhones:
    def test_what_lies_unsent_is_stored_beside_the_figures_not_in_them(self, quiet):
        Device.objects.filter(user=quiet.alpha2).update(pending=2, oldest_pending_at=at(day.DAY, "07:52"))

        sheet = store(quiet, day.DAY, day.NEXT_MORNING)
        Device.objects.update(pending=0)
        again = store(quiet, day.DAY, day.NEXT_MORNING)

        assert [(row["call_sign"], row["pending"]) for row in sheet.on_phones] == [("Alpha", 2)]
        assert again.pk == sheet.pk


@pytest.mark.django_db
class TestEveryMorning:
    def test_yesterday_is_stored_by_itself_and_renewed_by_late_facts(self, quiet):
        issued(quiet, at(day.DAY, "10:00"))

        store_days_over(at=day.NEXT_MORNING)
        store_days_over(at=day.NEXT_MORNING)
        issued(quiet, at(day.DAY, "11:00"))
        store_days_over(at=day.NEXT_MORNING + dt.timedelta(minutes=5))

        mine = DaySheet.objects.filter(center=quiet.center, date=day.DAY).order_by("revision")
        assert [sheet.body["funnel"]["issued"] for sheet in mine] == [1, 2]
        assert not DaySheet.objects.filter(date__gt=day.DAY).exists()

    def test_the_number_of_queries_does_not_grow_with_the_day(self, quiet, django_assert_max_num_queries):
        issued(quiet, *(at(day.DAY, f"10:{n:02d}") for n in range(12)))

        with django_assert_max_num_queries(45):
            preview(quiet.center, day.DAY, day.NEXT_MORNING)


def store(town: make.Town, date: dt.date, time: dt.datetime) -> DaySheet:
    return store_day_sheet(center_id=town.center.pk, date=date, by=SYSTEM, at=time)
