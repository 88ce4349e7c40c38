"""Timers are set and cancelled with the change that needs them."""

import datetime as dt

import pytest

from fieldops.feed.changes import change
from fieldops.lib.clock import now
from fieldops.timers.actions import cancel_timer, cancel_timers, set_timer, set_timers
from fieldops.timers.models import Timer
from tests.threads import at_once, raised

SOON = dt.timedelta(seconds=20)


def put(key="a", **fields):
    """Set a timer."""
    values = {"kind": "note", "due_at": now() + SOON, "payload": {"id": key}, **fields}
    set_timer(key=key, **values)
    return Timer.objects.get(key=key)


class TestSet:
    def test_it_is_due_when_told(self, db):
        due_at = now() + SOON

        timer = put(due_at=due_at)

        assert (timer.due_at, timer.payload, timer.attempts) == (due_at, {"id": "a"}, 0)

    def test_it_moves_under_the_same_key(self, db):
        first = put()
        Timer.objects.update(attempts=7, lease_by="somebody", lease_until=now())

        second = put(due_at=now() + 2 * SOON)

        assert Timer.objects.count() == 1
        assert second.due_at > first.due_at
        assert (second.attempts, second.lease_by, second.lease_until) == (0, "", None)
        assert second.turn > first.turn

    def test_it_revives_a_dead_letter(self, db):
        put()
        Timer.objects.update(dead_at=now())

        assert put().dead_at is None

    def test_it_goes_with_its_change(self, db):
        with pytest.raises(ZeroDivisionError), change():
            put()
            raise ZeroDivisionError

        assert not Timer.objects.exists()

    def test_it_sets_several(self, db):
        put("a")

        set_timers(kind="note", timers={key: (now() + SOON, {"id": key}) for key in "abc"})

        assert sorted(Timer.objects.values_list("key", flat=True)) == ["a", "b", "c"]


class TestCancel:
    def test_it_forgets_one(self, db):
        put("a")
        put("b")

        cancel_timer(key="a")
        cancel_timer(key="a")

        assert Timer.objects.get().key == "b"

    def test_it_forgets_what_begins_alike(self, db):
        for key in ("case:1:call", "case:1:notice", "case:2:call"):
            put(key)

        cancel_timers(prefix="case:1:")

        assert Timer.objects.get().key == "case:2:call"


@pytest.mark.django_db(transaction=True)
def test_two_set_one_key_at_once():
    for key in "abcdef":
        results = at_once(*[lambda key=key: put(key) for _ in range(4)])
        assert raised(results) == []

    assert Timer.objects.count() == 6
