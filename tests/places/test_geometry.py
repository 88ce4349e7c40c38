"""Bad coordinates and shapes are refused in words."""

import pytest

from fieldops.places.geometry import BadGeometry, check_area, check_lng_lat, check_point

SQUARE = [[107.3, 29.6], [107.4, 29.6], [107.4, 29.7], [107.3, 29.7], [107.3, 29.6]]


def area(*rings):
    return {"type": "Polygon", "coordinates": list(rings)}


@pytest.mark.parametrize(
    ("lng", "lat"),
    [
        (float("nan"), 29.7),
        (107.39, float("inf")),
        ("107.39", 29.7),
        (True, 29.7),
        (None, None),
        (181, 29.7),
        (-200, 95),
        (29.7, 107.39),
    ],
)
def test_it_refuses_what_is_no_position(lng, lat):
    with pytest.raises(BadGeometry) as refusal:
        check_lng_lat(lng, lat)

    assert refusal.value.status == 400
    assert str(refusal.value.words)


def test_it_says_that_the_order_is_wrong():
    with pytest.raises(BadGeometry) as swapped:
        check_lng_lat(29.7, 107.39)
    with pytest.raises(BadGeometry) as outside:
        check_lng_lat(181, 29.7)

    assert str(swapped.value.words) != str(outside.value.words)


def test_it_takes_a_point_and_an_area():
    check_point({"type": "Point", "coordinates": [107.39, 29.7]})
    check_area(area(SQUARE))


@pytest.mark.parametrize(
    "value",
    [
        None,
        {"type": "Polygon"},
        {"type": "Point", "coordinates": [107.39, 29.7]},
        area(),
        area(SQUARE[:3]),
        area([*SQUARE[:-1], [107.31, 29.61]]),
        area([[107.3, 29.6], [107.4, 29.7], [107.4, 29.6], [107.3, 29.7], [107.3, 29.6]]),
        area([[107.3, 29.6]] * 4),
        area([[*position, 12] for position in SQUARE]),
        area([[29.6, 107.3], [29.6, 107.4], [29.7, 107.4], [29.6, 107.3]]),
    ],
)
def test_it_refuses_an_unsound_area(value):
    with pytest.raises(BadGeometry):
        check_area(value)
