"""Timers killed (-9) amid ladders, five times: every due step once, the overdue ones soon after the start.

A hundred kills on each database: `python -m tests.faults ladder`.
"""

import os

import pytest

from tests.faults.ladder import ladders

pytestmark = pytest.mark.slow


def test_five_kills_amid_ladders_lose_and_double_no_step():
    assert ladders(os.environ.get("DATABASE_URL"), 5, cases=2) == []
