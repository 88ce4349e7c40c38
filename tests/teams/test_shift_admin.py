"""The admin shows shifts and changes none: overlap, rest and events are the roster's."""

import pytest
from django.test import Client

from fieldops.teams.models import ShiftMember, User


@pytest.fixture
def admin(db):
    user = User.objects.create_superuser("root", password="x", name="root")
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.parametrize("model", ["shift", "deskshift", "rosterline", "holiday"])
def test_it_lists_them_and_adds_none(admin, town, model):
    assert admin.get(f"/admin/teams/{model}/").status_code == 200
    assert admin.get(f"/admin/teams/{model}/add/").status_code == 403


def test_a_shift_is_read_not_changed(admin, town):
    path = f"/admin/teams/shift/{town.alpha.pk}/change/"

    assert admin.get(path).status_code == 200
    assert admin.post(path, {"team": town.bravo.team_id}).status_code == 403
    assert admin.post(f"/admin/teams/shift/{town.alpha.pk}/delete/", {"post": "yes"}).status_code == 403
    assert ShiftMember.objects.filter(shift=town.alpha).count() == 2
