"""GCJ-02 against published pairs, and there and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldops.lib.geo import haversine_m
from fieldops.places.gcj import gcj02_to_wgs84, wgs84_to_gcj02
from fieldops.places.geometry import BadGeometry


def test_it_agrees_with_the_published_pair():
    lng, lat = wgs84_to_gcj02(116.404, 39.915)

    assert (lng, lat) == pytest.approx((116.41024449916938, 39.91640428150164), abs=1e-9)


def test_the_offset_in_chongqing_is_as_measured():
    lng, lat = wgs84_to_gcj02(106.55, 29.56)

    assert haversine_m(106.55, 29.56, lng, 29.56) == pytest.approx(360, abs=5)
    assert haversine_m(106.55, 29.56, 106.55, lat) == pytest.approx(315, abs=5)


@given(st.floats(74, 134), st.floats(19, 53))
def test_there_and_back_is_within_a_centimetre(lng, lat):
    back = gcj02_to_wgs84(*wgs84_to_gcj02(lng, lat))

    assert haversine_m(lng, lat, *back) < 0.01


def test_outside_china_nothing_moves():
    assert wgs84_to_gcj02(2.35, 48.86) == (2.35, 48.86)


def test_it_refuses_swapped_coordinates():
    with pytest.raises(BadGeometry):
        gcj02_to_wgs84(29.7, 107.39)
