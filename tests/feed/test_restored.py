"""A database set back to its backup: every feed begins a new generation, once, and never without cause."""

import pytest

from fieldops.feed.models import FeedHead, FeedMark
from fieldops.feed.queries import head_of
from fieldops.feed.restored import keep_mark, renew_if_restored
from fieldops.lib.clock import now


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path, db):
    keys = settings.DATA_KEYS_DIR
    settings.DATA_DIR = tmp_path
    settings.DATA_KEYS_DIR = keys


def gens():
    return set(FeedHead.objects.values_list("gen", flat=True))


def test_a_first_start_and_a_restart_renew_nothing():
    head_of("user:1")
    before = gens()

    assert renew_if_restored(at=now()) is False
    keep_mark(at=now())
    keep_mark(at=now())
    assert renew_if_restored(at=now()) is False

    assert gens() == before


def test_a_database_that_counted_less_was_set_back():
    head_of("user:1")
    keep_mark(at=now())
    before, backup = gens(), FeedMark.objects.get().beats
    keep_mark(at=now())

    FeedMark.objects.update(beats=backup)

    assert renew_if_restored(at=now()) is True
    assert gens().isdisjoint(before)
    assert renew_if_restored(at=now()) is False


def test_a_backup_from_before_the_first_beat_was_set_back():
    head_of("user:1")
    keep_mark(at=now())
    FeedMark.objects.all().delete()

    assert renew_if_restored(at=now()) is True


def test_a_crash_between_database_and_folder_is_no_restore():
    head_of("user:1")
    keep_mark(at=now())
    FeedMark.objects.update(beats=9)

    assert renew_if_restored(at=now()) is False
    keep_mark(at=now())
    assert FeedMark.objects.get().beats == 10


@pytest.mark.parametrize("torn", ["", "{", '{"place": "x", "beats": 1}', "[]"])
def test_a_torn_mark_is_begun_anew(settings, torn):
    (settings.DATA_DIR / "feed.mark").write_text(torn)

    assert renew_if_restored(at=now()) is False
    keep_mark(at=now())
    assert renew_if_restored(at=now()) is False
