"""A gateway to ring through, and an offer whose crew can be rung."""

from collections.abc import Iterator

import pytest

from fieldops.dispatch.models import Assignment
from tests import make
from tests.ring.gateway import SECRET, Gateway, run_gateway


@pytest.fixture
def gateway(settings) -> Iterator[Gateway]:
    """Ring through a real gateway."""
    with run_gateway() as running:
        settings.RING_URL, settings.RING_SECRET, settings.RING_ADAPTER = running.url, SECRET, "http"
        settings.RING_CALLBACK_BASE = "https://desk.example"
        settings.RING_TIMEOUT_S = 1
        yield running


@pytest.fixture
def row(town) -> Assignment:
    """An offer to Alpha."""
    return make.offered(town)
