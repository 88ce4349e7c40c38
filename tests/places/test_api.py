"""`GET places`: scoped by the centre, narrowed, sorted by distance."""

import pytest

from .conftest import make_center, make_user


@pytest.fixture
def duty(furnished, client):
    client.force_login(make_user(furnished), backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_it_lists_the_centres_places(duty):
    body = duty.get("/api/v1/places", {"kind": "school"}).json()

    assert len(body["places"]) == 9
    assert body["more"] is False
    assert body["places"][0]["contacts"][0]["phone"].startswith("023-0000-")


def test_the_number_of_queries_does_not_grow_with_the_places(duty, django_assert_max_num_queries):
    with django_assert_max_num_queries(8):
        assert len(duty.get("/api/v1/places").json()["places"]) == 48


def test_words_narrow(duty):
    names = [place["name"] for place in duty.get("/api/v1/places", {"text": "渝江 滨江"}).json()["places"]]

    assert names == ["渝江银行滨江支行"]


def test_near_sorts_by_distance(duty):
    query = {"near": "107.3985,29.7135", "kind": "bank_branch", "within_m": 1500}
    found = duty.get("/api/v1/places", query).json()["places"]

    assert found[0]["name"] == "渝江银行滨江支行"
    assert [place["distance_m"] for place in found] == sorted(place["distance_m"] for place in found)


@pytest.mark.parametrize(
    "query",
    [
        {"kind": "castle"},
        {"near": "29.7,107.39"},
        {"near": "nan,29.7"},
        {"near": "107.39"},
        {"colour": "red"},
        {"near": "107.39,29.7", "within_m": "0"},
    ],
)
def test_a_bad_question_is_400(duty, query):
    answer = duty.get("/api/v1/places", query)

    assert answer.status_code == 400
    assert answer.json()["code"] in ("invalid", "bad_geometry")


def test_another_centre_sees_nothing(furnished, client):
    stranger = make_user(make_center("wanzhou"), username="stranger")
    client.force_login(stranger, backend="django.contrib.auth.backends.ModelBackend")
    place = furnished.places.first()

    assert client.get("/api/v1/places").json()["places"] == []
    assert client.get("/api/v1/places.geojson").json()["features"] == []
    assert client.get(f"/api/v1/places/{place.pk}").status_code == 404


def test_a_crew_member_has_no_list_of_places(furnished, client):
    member = make_user(furnished, role="member", username="alpha1")
    client.force_login(member, backend="django.contrib.auth.backends.ModelBackend")

    assert client.get("/api/v1/places").json()["places"] == []


def test_signed_out_is_401(furnished, client):
    assert client.get("/api/v1/places").status_code == 401


def test_the_map_gets_geojson_without_contacts(duty):
    answer = duty.get("/api/v1/places.geojson")
    station = next(f for f in answer.json()["features"] if f["properties"]["code"] == "ST-01")

    assert answer["Content-Type"].startswith("application/geo+json")
    assert station["geometry"]["type"] == "GeometryCollection"
    assert "contacts" not in station["properties"]


def test_one_place(duty, furnished):
    place = furnished.places.get(code="FL-JDKY")

    assert duty.get(f"/api/v1/places/{place.pk}").json()["name"] == "江东科技学院"
