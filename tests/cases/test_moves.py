"""The stage's moves and the loss clock: pure tables, tried cell by cell."""

import datetime as dt
import itertools
from types import SimpleNamespace

import pytest
from django.conf import settings

from fieldops.cases.clock import loss_clock
from fieldops.cases.models import Stage
from fieldops.cases.moves import MOVES, OPEN, QUIET, next_stage
from fieldops.lib.clock import now
from fieldops.lib.errors import WrongState

COMMANDS = sorted({name for _, name, _ in MOVES})
VISITING = ("waiting_answer", "on_the_way", "with_person")


class TestMoves:
    @pytest.mark.parametrize(
        ("stage", "command", "to"),
        [
            ("to_call", "call", "calling"),
            ("calling", "call_again", "to_call"),
            ("calling", "send", "to_send"),
            ("calling", "aware", "to_review"),
            ("to_send", "tell", "at_partner"),
            ("at_partner", "partner_silent", "to_send"),
            ("at_partner", "partner_reached", "to_review"),
            ("to_send", "offer", "waiting_answer"),
            ("waiting_answer", "accept", "on_the_way"),
            ("waiting_answer", "nobody_goes", "to_send"),
            ("on_the_way", "arrive", "with_person"),
            ("with_person", "conclude", "to_review"),
            ("to_review", "alert", "to_call"),
            ("to_review", "close", "closed"),
        ],
    )
    def test_the_way_through(self, stage, command, to):
        assert next_stage(stage, command) == to

    @pytest.mark.parametrize(("stage", "command"), itertools.product(Stage.values, COMMANDS))
    def test_every_cell_is_a_move_quiet_or_refused(self, stage, command):
        listed = [to for froms, name, to in MOVES if name == command and stage in froms]

        if listed:
            assert next_stage(stage, command) == listed[0]
        elif command in QUIET and stage in OPEN:
            assert next_stage(stage, command) == stage
        else:
            with pytest.raises(WrongState):
                next_stage(stage, command)

    def test_no_cell_is_said_twice(self):
        cells = [(stage, name) for froms, name, _ in MOVES for stage in froms]

        assert len(cells) == len(set(cells))

    @pytest.mark.parametrize("command", COMMANDS)
    def test_nothing_leaves_closed(self, command):
        with pytest.raises(WrongState):
            next_stage("closed", command)

    @pytest.mark.parametrize("stage", VISITING)
    @pytest.mark.parametrize(
        "command", ["call", "call_again", "send", "aware", "tell", "partner_silent", "alert"]
    )
    def test_the_phone_track_never_takes_a_case_from_its_crew(self, stage, command):
        assert next_stage(stage, command) == stage

    def test_an_unknown_command_is_refused(self):
        with pytest.raises(WrongState):
            next_stage("to_call", "explode")


def case(**fields):
    """What the clock reads."""
    values = {
        "stage": "to_call", "level": "critical", "attempts": 0, "received_at": now(),
        "next_transfer_at": None, "step_due_at": None, "step_due_for": "",
    }  # fmt: skip
    return SimpleNamespace(**{**values, **fields})


class TestLossClock:
    @pytest.mark.parametrize("level", ["critical", "high", "medium", "low"])
    def test_the_levels_targets(self, level):
        targets = settings.LEVEL_TARGETS_S[level]
        fresh, called = case(level=level), case(level=level, attempts=1)

        assert loss_clock(fresh) == (
            fresh.received_at + dt.timedelta(seconds=targets["first_call"]), "first_call",
        )  # fmt: skip
        assert loss_clock(called) == (called.received_at + dt.timedelta(seconds=targets["visit"]), "visit")

    @pytest.mark.parametrize("minutes", [1, 3])
    def test_the_earliest_counts(self, minutes):
        at = now()
        row = case(
            received_at=at,
            next_transfer_at=at + dt.timedelta(minutes=2),
            step_due_at=at + dt.timedelta(minutes=minutes),
            step_due_for="notice",
        )

        assert loss_clock(row)[1] == ("notice" if minutes == 1 else "transfer")

    @pytest.mark.parametrize("stage", ["to_review", "closed"])
    def test_what_is_over_is_only_reviewed(self, stage):
        soon = now()
        row = case(stage=stage, next_transfer_at=soon, step_due_at=soon, step_due_for="notice")

        assert loss_clock(row) == (row.received_at + dt.timedelta(days=1), "review")

    def test_a_crew_on_the_way_answers_to_the_visits_target(self):
        assert loss_clock(case(stage="on_the_way"))[1] == "visit"
