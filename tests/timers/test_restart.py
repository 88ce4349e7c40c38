"""The timers' loop survives an immediate restart of PostgreSQL, and is back within seconds."""

import os

import pytest

from tests.faults.restart import part

pytestmark = pytest.mark.slow

URL = os.environ.get("DATABASE_URL")


@pytest.mark.skipif(not URL, reason="in the run on PostgreSQL")
def test_the_loop_is_back_soon_and_nothing_is_lost_or_doubled():
    assert part(URL) == []
