"""The roster's pages: who may open them, what they show, how many queries they take."""

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fieldops.handover.actions import accept_handover, open_handover, pass_cases_on, sign_handover
from fieldops.lib.clock import now
from fieldops.teams.models import DeskShift
from tests import make
from tests.roster.world import HOUR, at, roster

ROSTER_QUERIES = 44


@pytest.fixture
def then():
    with time_machine.travel(at("12-01 12:00"), tick=False):
        yield


class TestRoster:
    def test_a_fortnight_with_people_gaps_and_rest(self, then, town, open_page):
        roster(town, days=5, now="12-01 07:00")

        text = open_page(town.supervisor, "/roster").content.decode()

        assert text.count('role="gridcell"') == 28
        assert "a1" in text and "缺 2 人" in text
        assert 'data-testid="fill-2026-12-06"' in text

    def test_a_chosen_cell_says_who_could_come_and_what_stands_against_it(self, then, town, open_page):
        world = roster(town, days=5, now="12-01 07:00")

        text = open_page(town.supervisor, f"/roster?line={world.line.pk}&day=2026-12-02").content.decode()

        panel = text[text.index('data-testid="cell-panel"') :]
        assert 'data-testid="remove-b1"' in panel
        assert "休息至少 12 小时" in panel

    def test_queries_do_not_grow_with_lines(self, town, open_page):
        world = roster(town, days=0)
        open_page(town.duty, "/roster")  # what is read once a process
        with CaptureQueriesContext(connection) as few:
            open_page(town.duty, "/roster")
        for name in ("Echo", "Foxtrot"):
            world.line.pk, world.line.name, world.line._state.adding = make.new_id(), name, True
            world.line.save()
        with CaptureQueriesContext(connection) as many:
            open_page(town.duty, "/roster")

        assert len(many) <= len(few) <= ROSTER_QUERIES

    @pytest.mark.parametrize("path", ["/roster", "/roster?from=x&line=y&day=z", "/roster?from=9999-12-31"])
    def test_it_opens_for_the_desk_alone(self, town, open_page, path):
        assert open_page(town.duty, path).status_code == 200
        for name in ("alpha1", "analyst", "auditor"):
            assert open_page(town.users[name], path).status_code == 403

    def test_who_may_not_edit_sees_no_button_that_does(self, town, open_page):
        text = open_page(town.duty, "/roster").content.decode()

        assert 'data-testid="plan"' not in text
        assert 'data-testid="take-open"' in text


class TestMine:
    def test_a_member_sees_his_shifts_and_whom_he_may_ask(self, then, town, open_page):
        world = roster(town, days=5, now="12-01 07:00")

        text = open_page(world.person("a1"), f"/roster/mine?turn={world.shift('12-04').pk}").content.decode()

        assert text.count('data-testid="swap-turn"') == 2
        assert 'data-testid="ask-form"' in text
        assert open_page(town.analyst, "/roster/mine").status_code == 403


class TestHandover:
    def test_page_and_sheet(self, town, open_page):
        case = make.case(town)
        DeskShift.objects.create(
            center=town.center, owner=town.duty2, starts_at=town.at, ends_at=town.at + 9 * HOUR
        )
        turn = DeskShift.objects.get(owner=town.duty)
        row = open_handover(desk_shift_id=turn.pk, by=town.by("duty"), at=now())
        blocked = open_page(town.duty, f"/handovers/{row.pk}").content.decode()
        pass_cases_on(handover_id=row.pk, to_id=town.duty2.pk, by=town.by("duty"), at=now())
        sign_handover(handover_id=row.pk, by=town.by("duty"), at=now())
        shown = {who: open_page(town.users[who], f"/handovers/{row.pk}").content for who in ("duty", "duty2")}
        accept_handover(handover_id=row.pk, by=town.by("duty2"), at=now())

        sheet = open_page(town.duty2, f"/handovers/{row.pk}/sheets/2").content.decode()

        assert 'data-testid="block-unowned"' in blocked and case.number in blocked
        assert [b'data-testid="accept"' in shown[who] for who in ("duty", "duty2")] == [False, True]
        assert case.number in sheet and row.sheets.get(revision=2).sha256 in sheet
        assert "王庆和" not in blocked + sheet
        assert open_page(town.stranger, f"/handovers/{row.pk}").status_code == 404
        assert open_page(town.duty, f"/handovers/{row.pk}/sheets/9").status_code == 404
