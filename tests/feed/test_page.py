"""A reader takes up where it was, or is told that its place is gone."""

import datetime as dt

import pytest

from fieldops.feed.changes import change
from fieldops.feed.models import FeedHead, FeedRow
from fieldops.feed.queries import FeedGone, head_of, heads_of, page_after, rows_after
from fieldops.feed.retention import prune
from fieldops.lib.clock import now
from fieldops.lib.ids import new_id


def fill(recipient, count, *, at=None):
    """Send the recipient some events."""
    for _ in range(count):
        with change() as changed:
            changed.publish(
                "case.changed",
                subject=("case", new_id()),
                version=1,
                at=at or now(),
                body={},
                recipients=[recipient],
            )


def page(after, recipient="user:a", gen="", **more):
    """Read a page."""
    return page_after(recipient, gen=gen or str(head_of(recipient).gen), after=after, **more)


class TestPage:
    def test_it_goes_on_after_the_cursor(self, db):
        fill("user:a", 3)

        found = page(1)

        assert [row.seq for row in found.rows] == [2, 3]
        assert (found.head, found.has_more) == (3, False)

    def test_it_says_that_there_is_more(self, db):
        fill("user:a", 3)

        found = page(0, limit=2)

        assert [row.seq for row in found.rows] == [1, 2]
        assert found.has_more

    def test_it_gives_one_at_least(self, db):
        fill("user:a", 2)

        assert len(page(0, limit=0).rows) == 1

    def test_it_is_only_the_recipients(self, db):
        fill("user:b", 3)

        assert page(0).rows == []

    def test_another_generation_is_gone(self, db):
        fill("user:a", 1)

        for gen in (str(new_id()), "", "not an id"):
            with pytest.raises(FeedGone) as gone:
                page_after("user:a", gen=gen, after=0)
            assert (gone.value.status, gone.value.code) == (410, "gen_changed")

    def test_a_number_from_the_future_is_a_gap(self, db):
        fill("user:a", 1)

        with pytest.raises(FeedGone) as gone:
            page(2)
        assert gone.value.code == "gap"

    def test_a_pruned_number_is_too_old(self, db):
        fill("user:a", 2, at=now() - dt.timedelta(days=15))
        fill("user:a", 1)
        prune(at=now())

        with pytest.raises(FeedGone) as gone:
            page(1)
        assert gone.value.code == "too_old"
        assert [row.seq for row in page(2).rows] == [3]


class TestPrune:
    def test_it_drops_what_is_older_than_the_retention(self, db):
        fill("user:a", 2, at=now() - dt.timedelta(days=15))
        fill("user:a", 1, at=now() - dt.timedelta(days=13))

        assert prune(at=now()) == 2
        assert FeedRow.objects.get().seq == 3

    def test_it_drops_what_is_beyond_the_count(self, db, settings):
        settings.FEED_RETENTION_EVENTS = 3
        fill("user:a", 5)
        fill("user:b", 2)

        assert prune(at=now()) == 2
        assert FeedHead.objects.get(recipient="user:a").pruned_to == 2
        assert FeedHead.objects.get(recipient="user:b").pruned_to == 0

    def test_it_is_harmless_when_repeated(self, db, settings):
        settings.FEED_RETENTION_EVENTS = 3
        fill("user:a", 5)
        prune(at=now())

        assert prune(at=now()) == 0

    def test_the_numbers_go_on(self, db, settings):
        settings.FEED_RETENTION_EVENTS = 1
        fill("user:a", 3)
        prune(at=now())
        fill("user:a", 1)

        assert list(FeedRow.objects.order_by("seq").values_list("seq", flat=True)) == [3, 4]


class TestBatch:
    def test_it_reads_for_many_each_from_its_own_cursor(self, db):
        fill("user:a", 3)
        fill("user:b", 2)

        found = [(row.recipient, row.seq) for row in rows_after({"user:a": 2, "user:b": 0}, 100)]

        assert found == [("user:a", 3), ("user:b", 1), ("user:b", 2)]

    def test_it_reads_nothing_for_nobody(self, db, django_assert_num_queries):
        with django_assert_num_queries(0):
            assert rows_after({}, 100) == []

    def test_it_knows_the_heads(self, db):
        fill("user:a", 3)

        assert heads_of(["user:a", "user:unknown"]) == {"user:a": 3}
