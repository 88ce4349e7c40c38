"""The feed by pull: pages in order, and 410 where the reader's place is gone."""

import pytest

from fieldops.feed.models import FeedHead
from fieldops.feed.models import user as user_recipient
from fieldops.feed.retention import prune
from fieldops.lib.clock import now
from fieldops.lib.ids import new_id
from tests import make


@pytest.fixture
def gen(town, phone):
    make.conclude(town, make.arrived(town))
    return phone.get("snapshot").json()["gen"]


def test_pages_have_no_gap_and_end(town, phone, gen):
    seen, after = [], 0
    while True:
        page = phone.get("feed", gen=gen, after=after, limit=3).json()
        seen += [event["seq"] for event in page["events"]]
        after = seen[-1]
        if not page["has_more"]:
            break

    assert seen == list(range(1, page["head"] + 1))
    assert len(seen) > 6


def test_the_end_is_an_empty_page(town, phone, gen):
    head = FeedHead.objects.get(recipient=user_recipient(town.alpha1.pk)).last

    page = phone.get("feed", gen=gen, after=head).json()

    assert (page["events"], page["has_more"], page["head"]) == ([], False, head)


def test_another_generation_is_410(town, phone, gen):
    answer = phone.get("feed", gen=str(new_id()), after=0)

    assert (answer.status_code, answer.json()["code"]) == (410, "gen_changed")


def test_a_number_from_the_future_is_410(town, phone, gen):
    answer = phone.get("feed", gen=gen, after=10_000)

    assert (answer.status_code, answer.json()["code"]) == (410, "gap")


def test_what_was_pruned_is_410(town, phone, gen, settings):
    settings.FEED_RETENTION_EVENTS = 2
    prune(at=now())

    answer = phone.get("feed", gen=gen, after=0)

    assert (answer.status_code, answer.json()["code"]) == (410, "too_old")


@pytest.mark.parametrize("after", ["-1", "x", "1.5", "9" * 30, "\u0661"])
def test_a_bad_cursor_is_400(town, phone, gen, after):
    assert phone.get("feed", gen=gen, after=after).status_code == 400


def test_each_reads_his_own(town, phone, phones, gen):
    theirs = phones(town.bravo1)
    their_gen = theirs.get("snapshot").json()["gen"]

    events = theirs.get("feed", gen=their_gen, after=0).json()["events"]
    assert [event["kind"] for event in events] == ["shift.changed"]
    assert theirs.get("feed", gen=gen, after=0).status_code == 410


def test_the_desk_has_no_feed_here(town, api, gen):
    assert api(town.duty).get("sync/feed", gen=gen).status_code == 403
