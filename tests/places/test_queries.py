"""Which station, what is near, whom to tell; rows of two centres never cross."""

import datetime as dt
from itertools import combinations

import pytest

from fieldops.places.actions import load_places, save_place
from fieldops.places.geojson import fuling
from fieldops.places.geometry import BadGeometry, as_shape
from fieldops.places.models import Place
from fieldops.places.queries import (
    contacts_in_order,
    place_near,
    places_near,
    school_by_code,
    station_for,
)
from fieldops.teams.actor import SYSTEM

from .conftest import AT, make_center

LOBBY = (107.3985, 29.7135)


class TestStation:
    def test_it_finds_the_precinct_that_holds_the_point(self, furnished):
        found = station_for(*LOBBY, furnished)

        assert found is not None
        assert found.name == "城中派出所"
        assert station_for(*LOBBY, furnished.pk) == found

    def test_every_station_lies_in_its_own_precinct(self, furnished):
        for station in Place.objects.filter(kind="station"):
            assert station_for(*station.lng_lat, furnished) == station

    def test_precincts_tile_without_overlap(self, furnished):
        areas = [as_shape(place.area) for place in Place.objects.filter(kind="station")]
        district = as_shape(Place.objects.get(kind="district").area)

        assert len(areas) == 12
        assert sum(area.area for area in areas) == pytest.approx(district.area, rel=1e-3)
        # Corners are rounded to a metre.
        assert all(a.intersection(b).area < 1e-6 for a, b in combinations(areas, 2))

    def test_outside_every_precinct_there_is_none(self, furnished):
        assert station_for(116.4, 39.9, furnished) is None

    def test_another_centre_has_none_here(self, furnished):
        assert station_for(*LOBBY, make_center("wanzhou")) is None

    def test_it_refuses_swapped_coordinates(self, furnished):
        with pytest.raises(BadGeometry):
            station_for(29.7135, 107.3985, furnished)


class TestTheTreeFollowsTheRows:
    def test_a_moved_precinct_is_seen_at_once(self, furnished):
        station = station_for(*LOBBY, furnished)
        station.area = {
            "type": "Polygon",
            "coordinates": [[[108.0, 30.0], [108.1, 30.0], [108.1, 30.1], [108.0, 30.0]]],
        }

        save_place(place=station, by=SYSTEM, at=AT)

        assert station_for(*LOBBY, furnished) is None
        assert station_for(108.08, 30.02, furnished) == station

    def test_a_retired_station_answers_no_more(self, furnished):
        station = station_for(*LOBBY, furnished)
        station.retired_at = AT

        save_place(place=station, by=SYSTEM, at=AT)

        assert station_for(*LOBBY, furnished) is None

    def test_a_new_place_is_seen_at_once(self, center):
        assert place_near(*LOBBY, center) is None

        load_places(center=center, data=fuling(), at=AT)

        assert place_near(*LOBBY, center).name == "渝江银行滨江支行"


class TestNear:
    def test_the_nearest_spot_is_the_branch_not_the_precinct(self, furnished):
        found = place_near(107.3986, 29.7136, furnished, within_m=50)

        assert found.name == "渝江银行滨江支行"

    def test_out_of_reach_is_none(self, furnished):
        assert place_near(107.405, 29.7135, furnished, within_m=100) is None

    def test_kinds_narrow(self, furnished):
        found = places_near(*LOBBY, furnished, 5_000, ["school"])

        assert {place.kind for place, _metres in found} == {"school"}
        assert [metres for _place, metres in found] == sorted(metres for _place, metres in found)

    def test_inside_a_campus_is_no_distance(self, furnished):
        school = school_by_code("FL-JDKY", furnished)

        assert dict(places_near(*school.lng_lat, furnished, 10))[school] == 0


class TestSchool:
    def test_a_code_finds_the_school_of_this_centre_only(self, furnished):
        assert school_by_code("FL-JDKY", furnished.pk).name == "江东科技学院"
        assert school_by_code("FL-JDKY", make_center("wanzhou")) is None
        assert school_by_code("", furnished) is None
        assert school_by_code("ST-01", furnished) is None


class TestContacts:
    def roles(self, place, at):
        return [(now.contact.role, now.on_duty) for now in contacts_in_order(place, at)]

    def test_by_day_all_are_on_duty_in_their_order(self, furnished):
        school = school_by_code("FL-JDKY", furnished)

        assert self.roles(school, AT) == [
            ("security_office", True),
            ("counsellor", True),
            ("class_teacher", True),
        ]

    def test_those_off_duty_come_last(self, furnished):
        lobby = place_near(*LOBBY, furnished)

        assert self.roles(lobby, AT) == [("lobby_manager", True), ("other", True)]
        assert self.roles(lobby, AT + dt.timedelta(hours=12)) == [("other", True), ("lobby_manager", False)]

    def test_a_campus_without_contacts_answers_with_its_school(self, furnished):
        campus = Place.objects.get(kind="campus")
        campus.contacts.all().delete()

        assert contacts_in_order(campus, AT) == contacts_in_order(campus.parent, AT)
