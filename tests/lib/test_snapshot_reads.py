"""Reads that must agree are of one instant, and take no write lock."""

import pytest
from django.db import connection

from fieldops.feed.models import FeedHead
from fieldops.lib.db import read_snapshot
from tests.threads import at_once, raised

pytestmark = pytest.mark.django_db(transaction=True)


def add(name):
    """Write something that is soon committed."""
    FeedHead.objects.create(recipient=name)


def test_it_sees_one_instant():
    add("before")
    with read_snapshot():
        first = FeedHead.objects.count()
        assert raised(at_once(lambda: add("meanwhile"))) == []
        second = FeedHead.objects.count()

    assert (first, second) == (1, 1)
    assert FeedHead.objects.count() == 2


def test_it_does_not_stop_a_writer():
    with read_snapshot():
        FeedHead.objects.count()
        assert raised(at_once(lambda: add("a"), lambda: add("b"))) == []


def test_it_leaves_the_connection_as_it_was():
    mode = getattr(connection, "transaction_mode", None)

    with read_snapshot():
        pass

    assert getattr(connection, "transaction_mode", None) == mode
    add("writing works again")
