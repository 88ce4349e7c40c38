"""The same form in two tabs: what is saved in both is two notes, each once."""

from collections.abc import Callable

import pytest

from .phones import Handset, Town

pytestmark = pytest.mark.browser
ARRIVED = """
import json
from fieldops.sync.models import SyncCommand
from fieldops.teams.models import User
rows = SyncCommand.objects.filter(user_id=User.objects.get(username='tabs1').pk, type='note')
print(json.dumps([str(row.cmd_id) for row in rows]))
"""


def test_one_draft_in_two_tabs(town: Town, handset: Callable[..., Handset]) -> None:
    one = handset("tabs1")
    one.open()
    one.sign_in()
    one.go_on_duty()
    town.offer("tabs")
    one.see("screen-offer")
    one.hold()
    one.see("screen-action")
    one.confirmed()
    open_note(one)
    one.page.fill("[data-testid=note-text]", "门口有人")
    one.until(lambda: one.rows("drafts"), "no draft")
    two = Handset(one.page.context.new_page(), "tabs1", one.url)
    two.open()
    two.see("screen-action")
    open_note(two)
    two.until(lambda: two.page.input_value("[data-testid=note-text]") == "门口有人", "no draft there")

    for phone in (one, two):
        phone.tap("note-save")
        phone.page.wait_for_selector("[data-testid=note-sheet]", state="detached")
    for phone in (one, two):
        phone.confirmed()

    saved = [row["cmd_id"] for row in one.rows("commands") if row["type"] == "note"]
    assert len(saved) == len(set(saved)) == 2
    assert sorted(town.python(ARRIVED)) == sorted(saved)


def open_note(phone: Handset) -> None:
    phone.tap("tab-case")
    phone.tap("note-open")
