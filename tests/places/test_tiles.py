"""Tile settings: layer, shift, and who may send images."""

import pytest

from fieldops.places.tiles import tile_layers, tile_sources


def test_without_a_url_there_are_no_tiles_and_no_hosts():
    assert tile_layers("", "", "wgs84", "abc") == []
    assert tile_sources("") == []


def test_the_layer_carries_attribution_and_coordinate_system():
    _label, url, attrs = tile_layers("https://t.example/{z}/{x}/{y}.png", "© Example", "gcj02", "1234")[0]

    assert url.startswith("https://t.example/")
    assert attrs == {"attribution": "© Example", "crs": "gcj02", "subdomains": "1234"}


def test_an_unknown_coordinate_system_is_refused():
    with pytest.raises(ValueError, match="gcj02"):
        tile_layers("https://t.example/", "", "bd09", "abc")


@pytest.mark.parametrize(
    ("url", "sources"),
    [
        ("https://t.example/{z}/{x}/{y}.png", ["https://t.example"]),
        ("http://10.0.0.8:8080/{z}/{x}/{y}.png", ["http://10.0.0.8:8080"]),
        ("https://wprd0{s}.is.example.com/tile?x={x}&y={y}&z={z}", ["https://*.is.example.com"]),
        ("//t.example/{z}.png", ["t.example"]),
    ],
)
def test_images_may_come_from_the_tiles_host_only(url, sources):
    assert tile_sources(url) == sources
