"""A centre with the invented places, and its neighbour."""

import datetime as dt

import pytest

from fieldops.places.actions import load_places
from fieldops.places.geojson import fuling
from fieldops.teams.models import Center, Post, User

AT = dt.datetime(2026, 11, 18, 2, 0, tzinfo=dt.UTC)  # Wednesday 10:00 in Chongqing


def make_center(code: str = "fuling") -> Center:
    return Center.objects.create(name=code, code=code, phone="023-0000-0001", lng=107.39, lat=29.703)


def make_user(center: Center | None, role: str = "duty", username: str = "duty", **fields: bool) -> User:
    user = User.objects.create_user(username, password="a-long-password", name=username, **fields)
    if center:
        Post.objects.create(user=user, center=center, role=role)
    return user


@pytest.fixture
def center(db) -> Center:
    return make_center()


@pytest.fixture
def furnished(center) -> Center:
    load_places(center=center, data=fuling(), at=AT)
    return center
