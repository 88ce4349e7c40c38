"""What is dear to make is made once a file: a seeded database, a server on one."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import override_settings

from fieldops.teams.models import Center
from tests.servers import Server, manage, run_server


@pytest.fixture(scope="module")
def demo_server() -> Iterator[Server]:
    """A running server on a freshly seeded demo database."""
    with run_server({"FIELDOPS_DEMO": "1"}, prepare=lambda env: manage(env, "seeddemo")) as server:
        yield server


@pytest.fixture(scope="module")
def seeded_database(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Seed once for a whole file, in a transaction around those of its tests."""
    with django_db_blocker.unblock(), transaction.atomic():
        with override_settings(DEMO=True):
            call_command("seeddemo")
        yield
        transaction.set_rollback(True)


@pytest.fixture
def seeded(seeded_database: None, db: None) -> Center:
    """The demonstration centre."""
    return Center.objects.get()
