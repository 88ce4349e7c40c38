"""The table of handlers leads somewhere, or the start is refused."""

import pytest
from django.core.checks import run_checks

from fieldops.timers.handlers import UnknownKind, check_handlers, handler_of
from tests.timers.recorder import note


def test_it_finds_the_handler():
    assert handler_of("note") is note


def test_it_refuses_a_kind_outside_the_table():
    with pytest.raises(UnknownKind):
        handler_of("nobody.knows")


def test_the_houses_table_leads_somewhere():
    assert check_handlers() == []


@pytest.mark.parametrize("path", ["fieldops.cases.handlers.gone", "fieldops.gone.handlers.x", "nowhere"])
def test_a_handler_that_cannot_be_imported_refuses_the_start(settings, path):
    settings.TIMER_HANDLERS = {"x": path}

    assert "timers.E001" in [problem.id for problem in run_checks()]


def test_a_pass_that_cannot_be_imported_refuses_the_start(settings):
    settings.TIMER_PASSES = {"fieldops.audit.actions.gone": 5}

    assert [problem.id for problem in check_handlers()] == ["timers.E001"]
