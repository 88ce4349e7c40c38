"""The shipped cards are there, also after a test that emptied every table."""

import datetime as dt

import pytest

from fieldops.playbook.actions import load_playbook


@pytest.fixture(autouse=True)
def shipped(request: pytest.FixtureRequest) -> None:
    needs_db = request.node.get_closest_marker("django_db") or "db" in request.fixturenames
    if needs_db:
        request.getfixturevalue("db")
        load_playbook(at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
