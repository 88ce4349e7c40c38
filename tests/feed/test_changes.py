"""One change, one transaction: events are numbered per recipient without gaps, in commit order."""

import threading
import time

import pytest
from django.db import connection

from fieldops.feed import changes
from fieldops.feed.changes import change, savepoint
from fieldops.feed.models import FeedHead, FeedRow
from fieldops.feed.wire import event_wire
from fieldops.lib.clock import iso, now
from fieldops.lib.ids import new_id
from fieldops.lib.sealed import SealBroken
from tests.threads import at_once, raised


def publish(changed, *recipients, kind="case.changed", **more):
    """Publish something to the recipients."""
    values = {"version": 1, "at": now(), "body": {"id": "x"}, **more}
    changed.publish(kind, subject=("case", new_id()), recipients=recipients, **values)


def seqs(recipient):
    """Return the recipient's numbers in order of number."""
    return list(FeedRow.objects.filter(recipient=recipient).order_by("seq").values_list("seq", flat=True))


class TestChange:
    def test_it_numbers_each_recipient_from_one(self, db):
        for _ in range(2):
            with change() as changed:
                publish(changed, "user:a", "desk:x")
                publish(changed, "desk:x")

        assert seqs("user:a") == [1, 2]
        assert seqs("desk:x") == [1, 2, 3, 4]
        assert FeedHead.objects.get(recipient="desk:x").last == 4

    def test_it_tells_one_recipient_once(self, db):
        with change() as changed:
            publish(changed, "user:a", "user:a")

        assert seqs("user:a") == [1]

    def test_it_joins_the_one_already_open(self, db):
        with change() as outer, change() as inner:
            publish(inner, "user:a")
            assert inner is outer
            assert not FeedRow.objects.exists()

        assert seqs("user:a") == [1]

    def test_it_tells_nothing_of_what_was_rolled_back(self, db):
        with pytest.raises(ZeroDivisionError), change() as changed:
            publish(changed, "user:a")
            raise ZeroDivisionError

        with change() as changed:
            publish(changed, "user:a")

        assert seqs("user:a") == [1]

    def test_it_refuses_a_kind_outside_the_list(self, db):
        with pytest.raises(LookupError), change() as changed:
            publish(changed, "user:a", kind="case.exploded")

    def test_it_names_the_command_that_caused_it(self, db):
        cmd_id = new_id()

        with change(cmd_id=cmd_id) as changed:
            publish(changed, "user:a")

        assert event_wire(FeedRow.objects.get())["cmd_id"] == str(cmd_id)

    def test_it_tells_the_last_number_of_each(self, db):
        with change() as changed:
            publish(changed, "user:a")
            publish(changed, "user:a")
            changed.flush()

        assert changed.numbers == {"user:a": 2}

    def test_it_tells_the_hub_once_after_the_commit(
        self, db, django_capture_on_commit_callbacks, monkeypatch
    ):
        told = []
        monkeypatch.setattr(
            changes, "announce", lambda rows: told.append([(row.recipient, row.seq) for row in rows])
        )

        with django_capture_on_commit_callbacks(execute=True), change() as changed:
            publish(changed, "user:a", "desk:x")
            publish(changed, "user:a")

        assert told == [[("desk:x", 1), ("user:a", 1), ("user:a", 2)]]

    def test_a_failing_wake_does_not_undo_what_was_done(
        self, db, django_capture_on_commit_callbacks, monkeypatch
    ):
        def broken(rows):
            raise RuntimeError("Event loop is closed")

        monkeypatch.setattr(changes, "announce", broken)

        with django_capture_on_commit_callbacks(execute=True), change() as changed:
            publish(changed, "user:a")

        assert seqs("user:a") == [1]


class TestSavepoint:
    def test_it_drops_the_drafts_of_a_refused_part(self, db):
        with change() as changed:
            publish(changed, "user:a", body={"id": "before"})
            with pytest.raises(ZeroDivisionError), savepoint():
                publish(changed, "user:a", body={"id": "refused"})
                raise ZeroDivisionError
            publish(changed, "user:a", body={"id": "after"})

        assert [row.body["id"] for row in FeedRow.objects.order_by("seq")] == ["before", "after"]

    def test_it_keeps_the_drafts_of_a_part_that_went_well(self, db):
        with change() as changed, savepoint():
            publish(changed, "user:a")

        assert seqs("user:a") == [1]

    def test_it_needs_a_change(self, db):
        with pytest.raises(RuntimeError), savepoint():
            pass


class TestSecret:
    def test_it_is_only_its_recipients(self, db):
        secret = {"case_id": "x", "phone": "13800001234"}

        with change() as changed:
            publish(changed, "user:a", "desk:x", secrets={"user:a": secret})

        mine, theirs = FeedRow.objects.get(recipient="user:a"), FeedRow.objects.get(recipient="desk:x")
        assert event_wire(mine)["secret"] == secret
        assert "secret" not in event_wire(theirs)
        assert b"13800001234" not in bytes(mine.secret)

    def test_it_does_not_open_under_another_number(self, db):
        with change() as changed:
            publish(changed, "user:a", secrets={"user:a": {"phone": "1"}})
        row = FeedRow.objects.get()
        row.seq = 2

        with pytest.raises(SealBroken):
            event_wire(row)


def test_the_envelope_is_as_documented(db):
    at = now()
    with change() as changed:
        publish(changed, "user:a", at=at, line={"id": "l"})

    event = event_wire(FeedRow.objects.get())

    assert sorted(event) == ["at", "body", "kind", "line", "seq", "subject", "v", "version"]
    assert (event["seq"], event["v"], event["at"]) == (1, 1, iso(at))


@pytest.mark.django_db(transaction=True)
class TestManyAtOnce:
    def test_the_numbers_have_no_gaps(self):
        def work():
            for _ in range(10):
                with change() as changed:
                    publish(changed, "user:a", "desk:x")
                    publish(changed, "desk:x")

        results = at_once(*[work] * 4)

        assert raised(results) == []
        assert seqs("user:a") == list(range(1, 41))
        assert seqs("desk:x") == list(range(1, 81))

    def test_a_rolled_back_change_leaves_no_gap(self):
        def work():
            for index in range(10):
                try:
                    with change() as changed:
                        publish(changed, "user:a")
                        changed.flush()
                        if index % 2:
                            raise ZeroDivisionError
                except ZeroDivisionError:
                    pass

        assert raised(at_once(*[work] * 3)) == []
        assert seqs("user:a") == list(range(1, 16))

    def test_a_reader_never_sees_a_number_before_a_lower_one(self):
        """The reason for a head per recipient: number order is commit order."""
        done, holes = threading.Event(), []

        def write():
            for _ in range(15):
                with change() as changed:
                    publish(changed, "user:a")
                    changed.flush()
                    time.sleep(0.001)

        def read():
            while not done.is_set():
                seen = seqs("user:a")
                if seen != list(range(1, len(seen) + 1)):
                    holes.append(seen)

        reader = threading.Thread(target=lambda: (read(), connection.close()))
        reader.start()
        results = at_once(*[write] * 4)
        done.set()
        reader.join(10)

        assert raised(results) == []
        assert holes == []
        assert seqs("user:a") == list(range(1, 61))

    def test_two_first_events_of_one_recipient_meet(self):
        def first(name):
            with change() as changed:
                publish(changed, f"user:{name}")

        for name in range(8):
            assert raised(at_once(*[lambda name=name: first(name)] * 3)) == []
            assert seqs(f"user:{name}") == [1, 2, 3]
