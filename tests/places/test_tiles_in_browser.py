"""Tiles drawn in GCJ-02 lie under WGS-84 positions where they belong, in a real browser."""

import base64
import math

import pytest

from fieldops.lib.geo import haversine_m
from fieldops.places.gcj import wgs84_to_gcj02
from tests.servers import run_server

from .browser import FURNISH, open_admin

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
# Where on the page the tile's own point for a GCJ-02 position is drawn, and where a WGS-84 marker stands.
MEASURE = """([field, gcj]) => new Promise(resolve => {
  const box = document.getElementById(field + '-map').getBoundingClientRect();
  const tiles = [...document.querySelectorAll('#' + field + '-map img.leaflet-tile')];
  const found = tiles.map(tile => {
    const [z, x, y] = tile.src.match(/\\/(\\d+)\\/(\\d+)\\/(\\d+)\\.png/).slice(1).map(Number);
    const at = tile.getBoundingClientRect();
    const size = Math.pow(2, z);
    const lat = gcj[1] * Math.PI / 180;
    const px = (gcj[0] + 180) / 360 * size - x;
    const py = (1 - Math.asinh(Math.tan(lat)) / Math.PI) / 2 * size - y;
    return {px, py, left: at.left + px * at.width - box.left, top: at.top + py * at.height - box.top, z};
  }).filter(tile => tile.px >= 0 && tile.px < 1 && tile.py >= 0 && tile.py < 1);
  resolve({found, width: box.width, height: box.height});
})"""

pytestmark = pytest.mark.browser


def measure(crs: str) -> tuple[float, float, int]:
    """Return how many pixels right and down of the centre the tiles draw the centre, and the zoom."""
    env = {"FIELDOPS_TILES_URL": "https://tiles.example/{z}/{x}/{y}.png", "FIELDOPS_TILES_CRS": crs}
    with run_server(env) as server:
        server.manage("shell", "-c", FURNISH)
        with open_admin(server) as page:
            page.route(
                "https://tiles.example/**", lambda route: route.fulfill(body=PIXEL, content_type="image/png")
            )
            page.goto(f"{server.url}/admin/places/place/add/")
            page.wait_for_selector("#id_area-map img.leaflet-tile-loaded")
            page.wait_for_timeout(500)
            assert page.query_selector("#id_area-map .base-water") is None
            seen = page.evaluate(MEASURE, ["id_area", list(wgs84_to_gcj02(107.39, 29.703))])
    tile = seen["found"][0]
    return tile["left"] - seen["width"] / 2, tile["top"] - seen["height"] / 2, tile["z"]


def test_gcj02_tiles_are_shifted_under_the_map():
    right, down, _zoom = measure("gcj02")

    assert math.hypot(right, down) < 1.5


def test_wgs84_tiles_stay_where_they_are():
    right, down, zoom = measure("wgs84")
    metres_a_pixel = 156_543.03 * math.cos(math.radians(29.703)) / 2**zoom

    offset = haversine_m(107.39, 29.703, *wgs84_to_gcj02(107.39, 29.703))
    assert math.hypot(right, down) * metres_a_pixel == pytest.approx(offset, rel=0.05)
