"""The clock stands at ten on the built day; the day is built once a module, each test undone behind it."""

from collections.abc import Iterator

import pytest
import time_machine
from django.db import transaction

from tests import make
from tests.stats import day
from tests.stats.day import Built


@pytest.fixture(scope="module")
def built(django_db_setup: None, django_db_blocker: object, data_keys: None) -> Iterator[Built]:
    """The day of twenty cases, in a transaction that is undone after the module."""
    with django_db_blocker.unblock(), transaction.atomic():  # type: ignore[attr-defined]
        with time_machine.travel(day.NOON, tick=False):
            yield day.build(make.town())
        transaction.set_rollback(True)


@pytest.fixture
def town(built: Built, db: None) -> make.Town:
    """The town of the built day."""
    return built.town
