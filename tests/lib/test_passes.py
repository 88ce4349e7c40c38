"""A pass goes on past what cannot be done, and stops where the database is away."""

import logging

import pytest
from django.db import OperationalError, connection

from fieldops.lib.passes import each


def fails(error: Exception, done: list[int]):
    def act(item: int) -> None:
        if item == 2:
            raise error
        done.append(item)

    return act


def test_the_others_have_their_turn(db, caplog):
    done: list[int] = []
    with caplog.at_level(logging.ERROR):
        each([1, 2, 3], fails(ValueError("half a place"), done))

    assert done == [1, 3]
    assert caplog.records[0].getMessage().endswith("failed for 2")


def test_a_lost_database_ends_the_pass(db, monkeypatch):
    done: list[int] = []
    monkeypatch.setattr(connection, "is_usable", lambda: False)

    with pytest.raises(OperationalError):
        each([1, 2, 3], fails(OperationalError("gone"), done))

    assert done == [1]
