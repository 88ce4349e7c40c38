"""Travel: straight line x detour ÷ the hour's speed; fitted from own trips once there are enough."""

import datetime as dt
import random

import numpy as np
import pytest
from django.core.management import call_command

from fieldops.dispatch.fitting import ENOUGH, Trip, busy_places, fit_due, fit_travel, fit_trips
from fieldops.dispatch.models import Assignment, TravelFit
from fieldops.dispatch.recommend import recommend
from fieldops.dispatch.travel import DETOUR, StraightLine, metres, travel_of
from fieldops.lib.clock import now
from fieldops.lib.geo import haversine_m
from tests import make

NOON = dt.datetime(2026, 11, 18, 4, tzinfo=dt.UTC)  # 12:00 in Shanghai
RUSH = dt.datetime(2026, 11, 18, 0, tzinfo=dt.UTC)  # 08:00


def trips(count, kmh=36.0, *, seed=1, wild=0.0, hour=None):
    """Return drives at this road speed, 20 % off each way, a share of them spoilt."""
    rng = random.Random(seed)
    for _ in range(count):
        far = rng.uniform(500, 9000)
        drive = far * DETOUR / (kmh / 3.6) * rng.uniform(0.8, 1.25)
        spoilt = rng.uniform(3, 9) if rng.random() < wild else 1
        yield Trip(far, drive * spoilt, rng.uniform(40, 100), rng.randrange(24) if hour is None else hour)


class TestStraightLine:
    def test_it_is_slower_when_everybody_drives(self):
        crews, places = np.array([[107.40, 29.71]]), np.array([[107.36, 29.69]])

        assert (
            StraightLine().drive_s(crews, places, RUSH)[0, 0]
            > StraightLine().drive_s(crews, places, NOON)[0, 0]
        )

    def test_the_plane_is_near_enough_to_the_sphere(self):
        rng = random.Random(3)
        crews, places = ([(107 + rng.random(), 29.3 + rng.random()) for _ in range(40)] for _ in range(2))

        found = metres(np.array(crews), np.array(places))

        for i, place in enumerate(places):
            for j, crew in enumerate(crews):
                assert found[i, j] == pytest.approx(haversine_m(*crew, *place), rel=0.008)


class TestFit:
    def test_it_waits_for_enough_trips(self):
        assert fit_trips(list(trips(ENOUGH - 1))) is None

    def test_it_finds_the_speed(self):
        fit = fit_trips(list(trips(200)))

        assert fit and np.median(fit.mps) == pytest.approx(10.0, rel=0.06)
        assert 40 < fit.ready_s < 160
        assert 0.1 <= fit.spread < 0.25

    def test_spoilt_trips_pull_nothing(self):
        clean, spoilt = fit_trips(list(trips(200))), fit_trips(list(trips(200, wild=0.2)))

        assert clean and spoilt
        assert np.median(spoilt.mps) == pytest.approx(np.median(clean.mps), rel=0.15)

    def test_an_hour_has_its_own_pace_where_it_has_trips(self):
        fit = fit_trips([*trips(150, 36, hour=14), *trips(150, 18, hour=8, seed=2)])

        assert fit and fit.mps[8] < 0.65 * fit.mps[14]

    def test_what_is_no_drive_is_left_out(self):
        silly = [Trip(20, 60, 60, 9), Trip(5000, 3, 60, 9), Trip(5000, 90000, 60, 9)] * ENOUGH

        assert fit_trips(silly) is None

    def test_busy_places_are_shares(self):
        found = busy_places([(107.3901, 29.7012)] * 3 + [(107.41, 29.72)])

        assert [row[2] for row in found] == [0.75, 0.25]


def drove(row, minutes, *, ready_s=70):
    """Write the times of a finished trip onto an assignment."""
    out = row.accepted_at + dt.timedelta(seconds=ready_s)
    Assignment.objects.filter(pk=row.pk).update(
        set_out_at=out, arrived_at=out + dt.timedelta(minutes=minutes), arrived_far_m=None
    )


def past(town, count, **fields):
    """Copy one finished visit as many times: a past of own trips, two days back."""
    done = make.conclude(town, make.arrived(town))
    drove(done, 10)
    row = Assignment.objects.get(pk=done.pk)
    rows = []
    for number in range(count):
        back = dt.timedelta(days=2, minutes=7 * number)
        times = {name: getattr(row, name) - back for name in TIMES}
        values = {field.attname: getattr(row, field.attname) for field in Assignment._meta.fields}
        rows.append(Assignment(**{**values, **times, "distance_m": 3000 + 40 * number, **fields, "id": None}))
        rows[-1].id = make.new_id()
    Assignment.objects.bulk_create(rows)


TIMES = ("offered_at", "accepted_at", "set_out_at", "arrived_at", "concluded_at")


class TestStored:
    def test_a_centres_own_trips_change_its_estimates(self, town):
        past(town, ENOUGH + 10)
        ready = make.at_bank(town, make.called(town, make.case(town)))
        before = recommend(ready, at=now())[0].eta_s

        fit = fit_travel(center_id=town.center.pk, at=now())

        assert fit.trips >= ENOUGH and len(fit.mps) == 24
        assert travel_of({"mps": fit.mps, "ready_s": 70, "spread": 0.2, "trips": fit.trips}).mps == tuple(
            fit.mps
        )
        assert recommend(ready, at=now())[0].eta_s != before
        assert fit.places[0][2] == 1.0

    def test_with_few_trips_the_assumed_speeds_stand(self, town):
        past(town, 3)

        fit = fit_travel(center_id=town.center.pk, at=now())

        assert (fit.mps, fit.trips) == ([], 4)
        ready = make.at_bank(town, make.called(town, make.case(town)))
        assert recommend(ready, at=now())[0].eta_off_s > 0

    @pytest.mark.parametrize("spoilt", [{"drill": True}, {"voiced": ["arrive"]}, {"arrived_far_m": 900}])
    def test_drills_moves_by_voice_and_moved_places_are_no_trips(self, town, spoilt):
        past(town, ENOUGH, **spoilt)

        assert fit_travel(center_id=town.center.pk, at=now()).trips == 1

    def test_it_is_renewed_once_a_day(self, town):
        at = now()

        fit_due(at=at)
        fit_due(at=at + dt.timedelta(hours=23))

        assert set(TravelFit.objects.values_list("fitted_at", flat=True)) == {at}
        fit_due(at=at + dt.timedelta(hours=25))
        assert set(TravelFit.objects.values_list("fitted_at", flat=True)) == {at + dt.timedelta(hours=25)}

    def test_the_command_says_what_came_out(self, town, capsys):
        past(town, ENOUGH)

        call_command("fittravel", "--center", "fuling")

        assert "fuling: 31 trips" in capsys.readouterr().out
