"""Nothing lost, nothing doubled: the server killed (-9) three times in a storm of twenty phones' commands.

Twenty rounds on each database: `python -m tests.faults storm`.
"""

import os

import pytest

from tests.faults.storm import storm

pytestmark = pytest.mark.slow


def test_three_kills_lose_and_double_nothing():
    assert storm(os.environ.get("DATABASE_URL"), 3, lines=1) == []
