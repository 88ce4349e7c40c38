"""Indicators, notes, photos: once by their own id, sealed, kept even when the case is no longer theirs."""

import datetime as dt

from fieldops.dispatch.actions import recall_assignment
from fieldops.feed.models import Alarm, desk
from fieldops.lib.clock import now
from fieldops.lib.ids import new_id
from fieldops.lib.sealed import open_row
from fieldops.outcomes.facts import index_of, photo_arrived
from fieldops.outcomes.models import Indicator, Note
from fieldops.timers.loop import run_due
from tests import make
from tests.contract import heard, kinds, one
from tests.verify import verify_feed

SHA = "a" * 64


def send(town, row, kind, args, who="alpha1"):
    return make.send_command(town.users[who], make.envelope(kind, ("case", row.case_id), args))


def account(**more):
    return {"id": str(new_id()), "kind": "account", "value": "6222 0000 1111 4471", "bank": "ICBC", **more}


def photo(**more):
    return {"id": str(new_id()), "sha256": SHA, "mime": "image/jpeg", "size": 1000, **more}


class TestIndicator:
    def test_it_is_masked_on_its_way_and_sealed_at_rest(self, town):
        row = make.accepted(town)

        with verify_feed(town.alpha2), heard(desk(town.center.pk)) as events:
            result = send(town, row, "indicator", account(holder="李四"))

        assert result["outcome"] == "applied"
        body = one(events, "indicator.added")["body"]
        assert (body["mask"], body["bank"]) == ("****4471", "ICBC")
        assert "62220000" not in str(events).replace(" ", "") and "李四" not in str(events)
        kept = Indicator.objects.get()
        assert b"4471" not in bytes(kept.sealed) and "李四".encode() not in bytes(kept.sealed)
        assert open_row(kept) == {"value": "6222 0000 1111 4471", "holder": "李四", "note": ""}

    def test_the_same_id_is_once(self, town):
        row, args = make.accepted(town), account()
        send(town, row, "indicator", args)

        with heard(desk(town.center.pk)) as events:
            again = send(town, row, "indicator", args)

        assert (again["outcome"], events) == ("applied", [])
        assert Indicator.objects.count() == 1

    def test_an_id_of_another_case_is_refused(self, town):
        row, args = make.accepted(town), account()
        send(town, row, "indicator", args)
        other = make.offered(town, shift=town.bravo)

        result = send(town, other, "indicator", args, "bravo1")

        assert (result["outcome"], result["code"]) == ("conflict", "ID_REUSED")

    def test_it_is_met_again_whatever_its_spacing(self):
        assert index_of("account", "6222 0000 1111 4471") == index_of("account", "6222000011114471")
        assert index_of("phone", "+86 139-0000-1111") == index_of("phone", "13900001111")
        assert index_of("account", "13900001111") != index_of("phone", "13900001111")

    def test_it_counts_with_the_crew_that_found_it(self, town):
        row = make.accepted(town)
        send(town, row, "indicator", account())

        assert Indicator.objects.get().assignment_id == row.pk

    def test_after_a_recall_it_is_stored_and_flagged(self, town):
        row = make.accepted(town)
        recall_assignment(assignment_id=row.pk, by=town.by("supervisor"), at=now(), reason="enough")

        result = send(town, row, "indicator", account())

        assert (result["outcome"], result["code"]) == ("flagged", "NOT_ASSIGNED")
        assert Indicator.objects.count() == 1

    def test_the_outsider_adds_nothing(self, town):
        row = make.accepted(town)

        for who in ("bravo1", "intruder"):
            assert send(town, row, "indicator", account(), who)["code"] == "NOT_THERE"
        assert not Indicator.objects.exists()


class TestNote:
    def test_it_is_on_the_timeline(self, town):
        row = make.accepted(town)

        with verify_feed(town.alpha2), heard(desk(town.center.pk)) as events:
            send(town, row, "note", {"id": str(new_id()), "text": "door 402"})

        event = one(events, "note.added")
        assert (event["body"]["text"], event["line"]["params"]["text"]) == ("door 402", "door 402")

    def test_a_closed_case_still_takes_it(self, town):
        row = make.conclude(town, make.arrived(town))
        make.closed(town, row.case)

        result = send(town, row, "note", {"id": str(new_id()), "text": "he wrote to thank us"})

        assert result["outcome"] == "applied"


class TestState:
    def test_the_crew_sees_how_deep_he_is_in(self, town):
        row = make.arrived(town)

        with verify_feed(town.alpha2), heard(desk(town.center.pk)) as events:
            send(town, row, "state", {"victim_state": "doubtful"})

        assert one(events, "case.changed")["body"]["victim_state"] == "doubtful"

    def test_from_a_crew_called_off_it_is_only_written_down(self, town):
        row = make.accepted(town)
        recall_assignment(assignment_id=row.pk, by=town.by("supervisor"), at=now(), reason="enough")

        result = send(town, row, "state", {"victim_state": "aware"})

        row.case.refresh_from_db()
        assert (result["outcome"], row.case.victim_state) == ("flagged", "convinced")
        assert row.case.lines.filter(code="note", params__text="state aware").exists()


class TestPhoto:
    def test_it_is_pending_until_the_bytes_are_here(self, town):
        row = make.accepted(town)
        with verify_feed(town.alpha2), heard(desk(town.center.pk)) as events:
            send(town, row, "photo", photo())
        assert one(events, "note.added")["body"]["pending"] is True

        with verify_feed(town.alpha1), heard(desk(town.center.pk)) as events:
            photo_arrived(sha256=SHA, by_id=town.alpha1.pk, at=now())

        assert one(events, "note.added")["body"]["pending"] is False

    def test_arriving_again_says_nothing(self, town):
        row = make.accepted(town)
        send(town, row, "photo", photo())
        photo_arrived(sha256=SHA, by_id=town.alpha1.pk, at=now())

        with heard(desk(town.center.pk)) as events:
            photo_arrived(sha256=SHA, by_id=town.alpha1.pk, at=now())

        assert kinds(events) == []

    def test_anothers_file_does_not_make_it_arrive(self, town):
        row = make.accepted(town)
        send(town, row, "photo", photo())

        photo_arrived(sha256=SHA, by_id=town.bravo1.pk, at=now())

        assert Note.objects.get().arrived_at is None

    def test_a_day_without_the_bytes_is_an_alarm(self, town):
        row = make.accepted(town)
        send(town, row, "photo", photo())

        run_due(at=now() + dt.timedelta(hours=24, seconds=1))

        assert Alarm.objects.get(kind="photo_missing").params == {"name": "alpha1"}
