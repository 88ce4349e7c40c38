"""Draw a precinct and a point on the admin's map in a real browser, save, load again, see them."""

import json

import pytest
from playwright.sync_api import Page

from fieldops.places.geometry import check_area, check_point
from tests.servers import Server, run_server

from .browser import FURNISH, open_admin

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server():
    with run_server() as running:
        running.manage("shell", "-c", FURNISH)
        yield running


@pytest.fixture
def page(server: Server):
    with open_admin(server) as found:
        yield found


def click_on_map(page: Page, field: str, points: list[tuple[int, int]]) -> None:
    """Click at pixels counted from the map's corner, as a hand does: move, then press."""
    box = page.locator(f"#id_{field}-map")
    box.scroll_into_view_if_needed()
    corner = box.bounding_box()
    for x, y in points:
        page.mouse.move(corner["x"] + x, corner["y"] + y)
        page.mouse.click(corner["x"] + x, corner["y"] + y)
        # The drawing tool drops a click that follows another faster than a hand can.
        page.wait_for_timeout(200)


def test_draw_save_load_and_see(page: Page, server: Server):
    refusals: list[str] = []
    page.on("pageerror", lambda error: refusals.append(str(error)))
    page.on("console", lambda line: "Content Security" in line.text and refusals.append(line.text))
    page.goto(f"{server.url}/admin/places/place/add/")
    page.wait_for_selector("#id_area-map .base-water", state="attached")
    page.wait_for_selector("#id_area-map .other-area", state="attached")
    page.select_option("#id_kind", "station")
    page.fill("#id_name", "试画派出所")
    page.fill("#id_code", "ST-99")

    page.click("#id_area-map .leaflet-draw-draw-polygon")
    corners = [(300, 120), (500, 140), (520, 320), (280, 300)]
    click_on_map(page, "area", [*corners, corners[0]])
    page.click("#id_point-map .leaflet-draw-draw-marker")
    click_on_map(page, "point", [(400, 220)])
    page.click("[name=_continue]")
    page.wait_for_selector(".messagelist .success")
    page.reload()
    page.wait_for_selector("#id_area-map path.leaflet-interactive", state="attached")
    page.wait_for_selector("#id_point-map .leaflet-marker-pane img.leaflet-marker-icon")

    area, point = json.loads(page.input_value("#id_area")), json.loads(page.input_value("#id_point"))
    check_area(area)
    check_point(point)
    assert len(area["coordinates"][0]) == 5
    stored = server.manage(
        "shell", "-v0", "-c", "from fieldops.places.models import Place; p = Place.objects.get(code='ST-99');"
        "print(len(p.area['coordinates'][0]), p.version)"
    )  # fmt: skip
    assert stored.split() == ["5", "1"]
    assert refusals == []


def test_the_drawing_tools_speak_chinese(page: Page, server: Server):
    page.goto(f"{server.url}/admin/places/place/add/")

    title = page.get_attribute("#id_area-map .leaflet-draw-draw-polygon", "title")

    assert title == "画一个区域"


def test_a_shape_that_crosses_itself_is_refused_in_words(page: Page, server: Server):
    page.goto(f"{server.url}/admin/places/place/add/")
    page.wait_for_selector("#id_area-map .leaflet-draw-draw-polygon")
    page.select_option("#id_kind", "station")
    page.fill("#id_name", "试画派出所")
    bow = [[107.3, 29.6], [107.4, 29.7], [107.4, 29.6], [107.3, 29.7], [107.3, 29.6]]
    page.evaluate(
        "text => { document.getElementById('id_area').value = text }",
        json.dumps({"type": "Polygon", "coordinates": [bow]}),
    )

    page.click("[name=_save]")

    assert "轮廓" in page.inner_text(".field-area .errorlist")
