"""The admin's forms: written through the action, in order, within the administrator's centre."""

import json

import pytest

from fieldops.audit.models import AuditRow
from fieldops.places.models import Contact, Place

from .conftest import make_center, make_user


@pytest.fixture
def admin(furnished, client):
    user = make_user(furnished, role="admin", username="admin", is_staff=True, is_superuser=True)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def form(center, **fields):
    contacts = {"contacts-TOTAL_FORMS": "0", "contacts-INITIAL_FORMS": "0"}
    point = json.dumps({"type": "Point", "coordinates": [107.39, 29.7]})
    base = {"center": center.pk, "kind": "bank_branch", "name": "试行支行", "code": "BK-99", "address": ""}
    return {**base, "point": point, "area": "", **contacts, **fields}


def test_a_new_place_with_a_contact(admin, furnished):
    contact = {
        "contacts-TOTAL_FORMS": "1",
        "contacts-0-order": "1",
        "contacts-0-role": "lobby_manager",
        "contacts-0-name": "邱经理",
        "contacts-0-phone": "023-0000-9999",
        "contacts-0-hours": "",
    }

    answer = admin.post("/admin/places/place/add/", form(furnished, **contact))

    assert answer.status_code == 302
    place = Place.objects.get(code="BK-99")
    assert place.lng_lat == (107.39, 29.7)
    assert place.area is None
    assert Contact.objects.get(place=place).phone == "023-0000-9999"
    assert AuditRow.objects.filter(verb="place.added", subject_id=str(place.pk)).count() == 1


def test_a_change_counts_the_version_up(admin, furnished):
    admin.post("/admin/places/place/add/", form(furnished))
    place = Place.objects.get(code="BK-99")

    answer = admin.post(f"/admin/places/place/{place.pk}/change/", form(furnished, name="改名支行"))

    assert answer.status_code == 302
    place.refresh_from_db()
    assert (place.name, place.version) == ("改名支行", 2)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("point", '{"type": "Point", "coordinates": [29.7, 107.39]}'),
        ("point", '{"type": "Point", "coordinates": [NaN, 29.7]}'),
        ("point", '{"type": "Polygon", "coordinates": []}'),
        ("point", "no JSON"),
        ("point", "[1, 2]"),
        (
            "area",
            '{"type": "Polygon", "coordinates": [[[107, 29], [108, 30], [108, 29], [107, 30], [107, 29]]]}',
        ),
    ],
)
def test_a_bad_shape_is_refused_and_nothing_written(admin, furnished, field, value):
    answer = admin.post("/admin/places/place/add/", form(furnished, **{field: value}))

    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors[field]
    assert not Place.objects.filter(code="BK-99").exists()


def test_another_centres_place_is_not_there(admin):
    other = make_center("wanzhou")
    place = Place.objects.create(center=other, kind="school", name="别处学校", code="W-1")

    assert admin.get(f"/admin/places/place/{place.pk}/change/").status_code == 302
    assert admin.post("/admin/places/place/add/", form(other)).status_code == 200
    assert not Place.objects.filter(center=other, code="BK-99").exists()


def test_the_next_contact_has_the_next_number(admin, furnished):
    place = Place.objects.get(code="ST-01")

    page = admin.get(f"/admin/places/place/{place.pk}/change/").content.decode()

    assert 'name="contacts-2-order" value="3"' in page


def test_the_map_opens_at_the_administrators_centre(admin, furnished):
    furnished.lng, furnished.lat = 108.4, 30.8
    furnished.save(update_fields=["lng", "lat"])

    page = admin.get("/admin/places/place/add/").content.decode()

    assert page.count('"center": [30.8, 108.4]') == 2


def test_every_script_of_the_page_carries_the_nonce(admin):
    answer = admin.get("/admin/places/place/add/")
    policy = answer["Content-Security-Policy"]
    inline = [tag for tag in answer.content.decode().split("<script")[1:] if "src=" not in tag.split(">")[0]]

    nonce = policy.split("'nonce-")[1].split("'")[0]
    runs = [tag for tag in inline if "application/json" not in tag.split(">")[0]]
    assert runs
    assert all(f'nonce="{nonce}"' in tag.split(">")[0] for tag in runs)
