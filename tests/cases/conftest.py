"""A case nobody has called yet, and one whose crew listens."""

import pytest

from fieldops.feed.models import desk
from tests import make


@pytest.fixture
def row(town):
    """A fresh critical case."""
    return make.case(town)


@pytest.fixture
def followed(town):
    """A case that alpha1 and alpha2 are driving to."""
    return make.accepted(town).case


@pytest.fixture
def desk_feed(town):
    """The name of the desk's feed."""
    return desk(town.center.pk)
