"""A photo given up by its member: no alarm, a line for desk and crew-mate, once; what has come stays."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from fieldops.dispatch.actions import recall_assignment
from fieldops.feed.models import Alarm, desk
from fieldops.lib.clock import now
from fieldops.lib.ids import new_id
from fieldops.outcomes.facts import drop_photo, photo_arrived
from fieldops.outcomes.models import Note
from fieldops.timers.loop import run_due
from fieldops.timers.models import Timer
from tests import make
from tests.contract import heard, kinds, one
from tests.verify import verify_feed

SHA = "a" * 64


def send(town, row, kind, args, who="alpha1"):
    return make.send_command(town.users[who], make.envelope(kind, ("case", row.case_id), args))


def announce(town, row, **more):
    args = {"id": str(new_id()), "sha256": SHA, "mime": "image/jpeg", "size": 1000, "caption": "the slip"}
    return send(town, row, "photo", {**args, **more})


def drop(town, row, who="alpha1", sha256=SHA):
    return send(town, row, "drop_photo", {"sha256": sha256}, who)


def answer(result):
    return result["outcome"], result.get("code")


@pytest.fixture
def row(town):
    return make.accepted(town)


class TestDropPhoto:
    def test_it_is_told_once_and_its_words_stay(self, town, row):
        announce(town, row)

        with verify_feed(town.alpha1), verify_feed(town.alpha2), heard(desk(town.center.pk)) as events:
            result = drop(town, row)

        assert (*answer(result), result["version"]) == ("applied", None, 2)
        event = one(events, "note.dropped")
        assert kinds(events) == ["note.dropped"]
        assert (event["body"]["pending"], event["body"]["text"]) == (False, "the slip")
        assert (event["line"]["code"], event["line"]["params"]) == ("photo.dropped", {"name": "alpha1"})
        assert event["body"]["dropped_at"] and Note.objects.get().dropped_at

    def test_no_alarm_is_raised_after_a_day(self, town, row):
        announce(town, row)
        drop(town, row)
        assert not Timer.objects.filter(key__startswith="photo:").exists()

        run_due(at=now() + dt.timedelta(hours=25))

        assert not Alarm.objects.filter(kind="photo_missing").exists()

    def test_an_alarm_already_raised_is_settled(self, town, row):
        announce(town, row)
        run_due(at=now() + dt.timedelta(hours=25))

        drop(town, row)

        assert Alarm.objects.get(kind="photo_missing").acknowledged_by_name == "alpha1"

    def test_again_is_harmless(self, town, row):
        announce(town, row)
        drop(town, row)

        with heard(desk(town.center.pk)) as events:
            again = drop(town, row)

        assert (answer(again), events) == (("applied", None), [])
        assert row.case.lines.filter(code="photo.dropped").count() == 1

    def test_announced_twice_it_is_dropped_twice(self, town, row):
        announce(town, row)
        announce(town, row)

        drop(town, row)

        assert Note.objects.filter(dropped_at__isnull=False).count() == 2

    def test_only_who_announced_it_drops_it(self, town, row):
        announce(town, row)

        assert answer(drop(town, row, "alpha2")) == ("conflict", "NOT_YOURS")
        assert Note.objects.get().dropped_at is None

    def test_the_outsider_learns_nothing(self, town, row):
        announce(town, row)

        for who in ("bravo1", "intruder"):
            assert answer(drop(town, row, who)) == ("deferred", "NOT_THERE")
        assert Note.objects.get().dropped_at is None

    def test_one_that_has_come_stays(self, town, row):
        announce(town, row)
        photo_arrived(sha256=SHA, by_id=town.alpha1.pk, at=now())

        with heard(desk(town.center.pk)) as events:
            result = drop(town, row)

        assert (answer(result), events) == (("conflict", "PHOTO_HERE"), [])

    def test_before_its_photo_it_waits(self, town, row):
        first = drop(town, row)

        announce(town, row)
        assert answer(first) == ("deferred", "NOT_THERE")
        assert answer(drop(town, row)) == ("applied", None)

    def test_from_a_crew_called_off_it_counts(self, town, row):
        announce(town, row)
        recall_assignment(assignment_id=row.pk, by=town.by("supervisor"), at=now(), reason="enough")

        assert answer(drop(town, row)) == ("applied", None)

    def test_what_is_no_hash_is_a_dead_letter(self, town, row):
        assert answer(drop(town, row, sha256="slip.png")) == ("dead_letter", "INVALID")

    def test_a_file_that_comes_after_all_changes_nothing(self, town, row):
        announce(town, row)
        drop(town, row)

        with heard(desk(town.center.pk)) as events:
            photo_arrived(sha256=SHA, by_id=town.alpha1.pk, at=now())

        assert (events, Note.objects.get().arrived_at) == ([], None)

    def test_announced_anew_it_counts_anew(self, town, row):
        announce(town, row)
        drop(town, row)
        announce(town, row)

        photo_arrived(sha256=SHA, by_id=town.alpha1.pk, at=now())

        found = Note.objects.order_by("at").values_list("arrived_at", "dropped_at")
        assert [(bool(here), bool(gone)) for here, gone in found] == [(False, True), (True, False)]

    def test_the_database_holds_it_to_one_or_the_other(self, town, row):
        announce(town, row)
        drop_photo(case_id=row.case_id, sha256=SHA, by=town.by("alpha1"), at=now())

        with pytest.raises(IntegrityError), transaction.atomic():
            Note.objects.update(arrived_at=now())
