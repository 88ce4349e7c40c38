"""What the centre will not take: a photo is taken again or dropped; a command stays, said to be unsent."""

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Route

from .phones import Handset, Town, photograph, picture
from .test_offline_through import fill_in

pytestmark = pytest.mark.browser
BLOBS = re.compile("/sync/blobs/")
COMMANDS = re.compile("/sync/commands")
GIVEN_UP = """
import json
from fieldops.outcomes.models import Note
from fieldops.timers.models import Timer
notes = Note.objects.filter(by__username='unfit1', kind='photo').select_related('case')
print(json.dumps({
    'case': str(notes[0].case_id),
    'dropped': notes.filter(dropped_at__isnull=False).count(),
    'here': notes.filter(arrived_at__isnull=False).count(),
    'lines': notes[0].case.lines.filter(code='photo.dropped').count(),
    'waited_for': Timer.objects.filter(key__in=[f'photo:{note.pk}' for note in notes]).count(),
}))
"""


def refuse(route: Route) -> None:
    """Answer each part as the server answers what is no picture."""
    if route.request.method != "PATCH":
        return route.fallback()
    body = json.dumps({"code": "bad_file", "title": "bad_file", "status": 400})
    return route.fulfill(status=400, content_type="application/problem+json", body=body)


def test_what_the_centre_refuses_is_said(town: Town, handset: Callable[..., Handset]) -> None:
    phone = handset("unfit1")
    phone.open()
    phone.sign_in()
    phone.go_on_duty()
    town.offer("unfit")
    phone.see("screen-offer")
    for _step in ("accept", "set out", "arrive"):
        phone.hold()
        phone.confirmed()
    phone.page.wait_for_selector("[data-testid=bar][data-hold='0']")
    phone.tap("bar")
    fill_in(phone)
    phone.tap("bar")
    phone.see("screen-rest")
    phone.page.route(BLOBS, refuse)

    typed_once(phone)
    photograph(phone, 1)
    phone.see("photo-refused")
    assert "不是能收的图片" in phone.words("photo-refused")
    phone.page.locator("[data-testid=photo][data-word=refused]").wait_for()

    phone.page.unroute(BLOBS)
    photograph(phone, 2, press="photo-retake")
    phone.page.locator("[data-testid=photo-refused]").wait_for(state="detached")
    phone.page.locator("[data-testid=photo][data-word=confirmed]").last.wait_for()

    phone.page.route(BLOBS, refuse)
    away_with_the_camera(phone)
    phone.see("photo-refused")
    phone.tap("photo-drop")
    phone.tap("photo-keep")
    phone.page.context.set_offline(True)
    phone.tap("photo-drop")
    phone.tap("photo-drop-go")
    phone.page.locator("[data-testid=photo-refused]").wait_for(state="detached")
    assert sorted(row["state"] for row in phone.rows("blobs")) == ["done", "dropped", "dropped"]
    words = [one.get_attribute("data-word") for one in phone.page.locator("[data-testid=photo]").all()]
    assert sorted(words) == ["confirmed", "dropped", "dropped"], "at once, without a network"
    assert phone.unsent() == 1

    phone.page.context.set_offline(False)
    phone.until(lambda: phone.unsent() == 0, "the centre has not heard that it was dropped")
    told = town.python(GIVEN_UP)
    assert (told["dropped"], told["here"], told["lines"], told["waited_for"]) == (2, 1, 2, 0)
    page = town.desk.get(f"/cases/{told['case']}").text
    assert page.count("已在手机上去掉") == 2 and page.count("unfit1 去掉了一张没传成的照片") == 2

    phone.page.route(COMMANDS, lambda route: route.fulfill(status=400, json={"code": "invalid"}))
    phone.tap("did-blocked")
    phone.tap("strip-unconfirmed")
    stuck = phone.page.locator("[data-testid=unsent-item]", has_text="发不出去：中心读不懂。还留在手机里。")
    stuck.wait_for()
    assert stuck.locator("[data-testid=unsent-read]").count() == 0, "it is not over"
    assert phone.unsent() == 1


def typed_once(phone: Handset) -> None:
    """What is typed in a sheet stays when the sheet goes, and a double tap saves it once."""
    phone.tap("account-add")
    phone.page.fill("[data-testid=indicator-value]", "6222021234564417")
    phone.until(lambda: phone.rows("drafts"), "what was typed was not kept")
    phone.page.mouse.click(195, 30)
    phone.tap("account-add")
    phone.until(lambda: phone.page.input_value("[data-testid=indicator-value]"), "what was typed is gone")
    phone.page.evaluate(
        "for (const twice of [1, 2]) document.querySelector('[data-testid=indicator-save]').click()"
    )
    phone.page.locator("[data-testid=indicator-sheet]").wait_for(state="detached")
    phone.page.locator("[data-testid=indicator-account]").wait_for()
    given = [row["type"] for row in phone.rows("commands")]
    assert (given.count("indicator"), phone.rows("drafts")) == (1, [])


def away_with_the_camera(phone: Handset) -> None:
    """The camera is in front while its screen goes: what was taken is kept."""
    with phone.page.expect_file_chooser() as chosen:
        phone.tap("photo-take")
    phone.tap("rest-saved")
    phone.see("screen-result")
    chosen.value.set_files({"name": "slip.png", "mimeType": "image/png", "buffer": picture(3)})
    phone.until(lambda: len(phone.rows("blobs")) == 3, "the photo is lost")
    phone.tap("back")
    phone.see("screen-rest")
