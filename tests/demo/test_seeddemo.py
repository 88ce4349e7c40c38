"""`manage.py seeddemo`: once is enough, all or nothing, and only into a demo database."""

import time

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from fieldops.cases.models import CallAttempt, Case, CaseEvent, Person
from fieldops.dispatch.models import Assignment
from fieldops.feed.models import FeedRow
from fieldops.lib.clock import now
from fieldops.teams.actions import open_installation
from fieldops.teams.models import Center, Shift, ShiftMember, User
from fieldops.timers.models import Timer

pytestmark = pytest.mark.django_db


def counts() -> dict[str, int]:
    models = (
        User,
        Shift,
        ShiftMember,
        Case,
        Person,
        CaseEvent,
        CallAttempt,
        Assignment,
        FeedRow,
        Timer,
    )
    return {model.__name__: model._default_manager.count() for model in models}


class TestSeed:
    def test_it_takes_seconds_and_running_it_again_changes_nothing(self, settings: Settings) -> None:
        settings.DEMO = True
        started = time.process_time()
        call_command("seeddemo")
        assert time.process_time() - started < 15
        first = counts()

        call_command("seeddemo")

        assert counts() == first
        assert 600 < first["Case"] < 1200

    def test_it_refuses_without_the_flag(self, settings: Settings) -> None:
        settings.DEMO = False

        with pytest.raises(CommandError, match="FIELDOPS_DEMO=1"):
            call_command("seeddemo")
        assert not Center.objects.exists()

    def test_it_refuses_a_database_that_is_no_demo(self, settings: Settings) -> None:
        open_installation(at=now())
        settings.DEMO = True
        before = counts()

        with pytest.raises(CommandError, match="real database"):
            call_command("seeddemo")
        assert counts() == before

    def test_it_leaves_nothing_when_it_is_stopped_half_way(
        self, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings.DEMO = True

        def stop(**about: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr("fieldops.demo.management.commands.seeddemo.seed_today", stop)
        with pytest.raises(KeyboardInterrupt):
            call_command("seeddemo")

        assert not Center.objects.exists()
        assert not Case.objects.exists()
