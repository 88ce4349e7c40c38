"""Commands: applied once, whatever is repeated, changed, misread or broken on the way."""

import hashlib
import json

from fieldops.dispatch.models import Assignment
from fieldops.feed.models import Alarm, DeviceCursor
from fieldops.lib.ids import new_id
from fieldops.lib.sealed import open_row
from fieldops.outcomes.models import Note
from fieldops.sync.models import RefusedCommand, SyncCommand
from fieldops.teams.models import Device
from tests import make


def note(row, text="door 402", **more):
    return make.envelope("note", ("case", row.case_id), {"id": str(new_id()), "text": text}, **more)


def accept(row, **more):
    return make.envelope("accept", ("assignment", row.pk), **more)


def signed(text):
    return {"text": text, "sha": hashlib.sha256(text.encode()).hexdigest()}


class TestOnce:
    def test_it_is_applied_with_the_number_that_carries_it(self, town, phone):
        row = make.offered(town)

        (result,) = phone.send(accept(row))

        assert (result["outcome"], result["code"]) == ("applied", None)
        events = phone.get("feed", gen=phone.get("snapshot").json()["gen"], after=0).json()["events"]
        carrier = next(event for event in events if event["seq"] == result["feed_seq"])
        assert carrier["cmd_id"] == result["cmd_id"]
        assert result["feed_seq"] == events[-1]["seq"]

    def test_the_same_bytes_again_are_answered_from_the_first(self, town, phone):
        row = make.offered(town)
        command = accept(row)
        (first,) = phone.send(command)

        (again,) = phone.send(command)

        assert again == {**first, "replayed": True}
        assert SyncCommand.objects.count() == 1

    def test_the_text_is_kept_as_it_came_and_sealed(self, town, phone):
        row = make.accepted(town)
        command = note(row, "door 402 says 王庆和")

        phone.send(command)

        kept = SyncCommand.objects.get()
        assert "王庆和".encode() not in bytes(kept.sealed)
        assert open_row(kept) == make.sent(command)["text"]

    def test_an_offline_queue_is_applied_in_its_order(self, town, phone):
        row = make.offered(town)
        subject = ("assignment", row.pk)
        queue = [accept(row), *[make.envelope(kind, subject) for kind in ("set_out", "arrive")]]
        report = {"report": make.report()}

        results = phone.send(*queue, note(row), make.envelope("conclude", subject, report))

        assert [result["outcome"] for result in results] == ["applied"] * 5
        assert Assignment.objects.get(pk=row.pk).status == "concluded"


class TestReused:
    def test_the_same_id_with_other_bytes_is_kept_and_refused(self, town, phone):
        row = make.accepted(town)
        first = note(row, "one")
        phone.send(first)
        args = {**first["args"], "text": "two"}

        (result,) = phone.send({**first, "args": args})

        assert (result["outcome"], result["code"]) == ("dead_letter", "ID_REUSED")
        assert json.loads(open_row(RefusedCommand.objects.get()))["args"]["text"] == "two"
        assert Note.objects.get().text == "one"
        assert Alarm.objects.filter(kind="dead_letter").count() == 1

    def test_refused_again_is_not_kept_twice(self, town, phone):
        row = make.accepted(town)
        first = note(row, "one")
        phone.send(first)
        other = {**first, "app": "2"}
        phone.send(other)

        (again,) = phone.send(other)

        assert again["replayed"] is True
        assert RefusedCommand.objects.count() == 1

    def test_the_same_number_with_another_id_is_cloned_storage(self, town, phone):
        row = make.accepted(town)
        first = note(row, "one")
        phone.send(first)

        (result,) = phone.send(note(row, "two", seq=first["seq"]))

        assert (result["outcome"], result["code"]) == ("dead_letter", "SEQ_REUSED")
        assert RefusedCommand.objects.count() == 1
        assert Note.objects.count() == 1

    def test_another_members_id_is_not_answered(self, town, phone, phones):
        row = make.offered(town)
        command = accept(row)
        phone.send(command)

        (result,) = phones(town.bravo1).send(command)

        assert (result["outcome"], result["code"]) == ("dead_letter", "ID_REUSED")
        assert "feed_seq" not in result

    def test_a_new_epoch_may_begin_its_numbers_anew(self, town, phone):
        row = make.accepted(town)
        first = note(row, "one")
        phone.send(first)
        Device.objects.filter(pk=phone.device.pk).update(epoch=new_id())
        phone.device.refresh_from_db()

        (result,) = phone.send(note(row, "two", seq=first["seq"]))

        assert result["outcome"] == "applied"


class TestUnreadable:
    def test_another_hash_is_invalid_and_kept(self, town, phone):
        row = make.accepted(town)
        sent = {**make.sent(note(row)), "sha": "0" * 64}

        result = phone.batch([sent]).json()["results"][0]

        assert (result["outcome"], result["code"]) == ("dead_letter", "INVALID")
        assert open_row(RefusedCommand.objects.get()) == sent["text"]
        assert not Note.objects.exists()

    def test_what_cannot_be_read_is_answered_by_its_id_and_stops_nothing(self, town, phone):
        row = make.accepted(town)
        good = note(row)
        bad = [
            "not json",
            json.dumps({**good, "cmd_id": "poison"}),
            json.dumps({**good, "cmd_id": str(new_id()), "seq": 2**70}),
            json.dumps({**good, "cmd_id": str(new_id()), "extra": 1}),
            json.dumps({**good, "cmd_id": str(new_id()), "args": {"text": "\x00"}}),
            json.dumps({**good, "cmd_id": str(new_id()), "offset_ms": 10**300}),
            "[" * 5000,
        ]

        results = phone.batch([*map(signed, bad), make.sent(good)]).json()["results"]

        assert [result["code"] for result in results] == ["INVALID"] * len(bad) + [None]
        assert results[1]["cmd_id"] == "poison"
        assert results[-1]["outcome"] == "applied"
        assert RefusedCommand.objects.count() == len(bad)

    def test_an_unknown_command_or_subject_is_a_dead_letter(self, town, phone):
        row = make.accepted(town)

        results = phone.send(
            make.envelope("fly", ("assignment", row.pk)),
            make.envelope("accept", ("case", row.case_id)),
            make.envelope("note", ("case", row.case_id), {"id": "no", "text": ""}),
        )

        assert [(r["outcome"], r["code"]) for r in results] == [("dead_letter", "INVALID")] * 3
        assert SyncCommand.objects.count() == 3

    def test_a_fault_of_ours_stops_no_other_command_and_is_tried_again(self, town, phone, monkeypatch):
        row = make.accepted(town)
        broken, good = note(row, "one"), accept(row)
        with monkeypatch.context() as patched:
            patched.setattr("fieldops.outcomes.facts.note_wire", None)
            results = phone.send(broken, good)

        assert [(r["outcome"], r["code"]) for r in results] == [("deferred", "FAULT"), ("noop", "STALE")]
        assert not Note.objects.exists()
        assert Alarm.objects.filter(kind="dead_letter", acknowledged_at=None).count() == 1

        phone.send()

        assert Note.objects.get().text == "one"
        assert SyncCommand.objects.get(pk=broken["cmd_id"]).result["outcome"] == "applied"
        assert not Alarm.objects.filter(kind="dead_letter", acknowledged_at=None).exists()


class TestEnvelope:
    def test_a_broken_batch_is_400(self, town, phone):
        assert phone.post("commands", **phone.ids).status_code == 400
        assert phone.post("commands", **phone.ids, commands=[], more=1).status_code == 400
        assert phone.batch([{"text": "x", "sha": "y"}]).status_code == 400
        assert phone.batch([], cursor=2**60).status_code == 400

    def test_too_much_at_once_is_413_and_nothing_of_it_is_applied(self, town, phone):
        row = make.accepted(town)
        long = note(row, "x" * 300)
        long["args"]["more"] = "x" * 256 * 1024

        many = phone.batch([make.sent(note(row, "one")) for _ in range(51)])
        heavy = phone.batch([make.sent(note(row, "one")), make.sent(long)])

        assert [(one.status_code, one.json()["code"]) for one in (many, heavy)] == [(413, "too_large")] * 2
        assert not Note.objects.exists()

    def test_an_app_too_old_is_426_and_its_queue_is_kept(self, town, phone):
        row = make.accepted(town)

        answer = phone.batch([make.sent(note(row, "new")), make.sent(note(row, "old", v=0))])

        assert (answer.status_code, answer.json()["code"]) == (426, "update_wanted")
        assert not Note.objects.exists() and not RefusedCommand.objects.exists()

    def test_an_app_newer_than_the_server_tries_again_later(self, town, phone):
        answer = phone.batch([make.sent(note(make.accepted(town), "new", v=2))])

        assert (answer.status_code, answer.json()["code"]) == (503, "server_behind")
        assert answer["Retry-After"]
        assert not RefusedCommand.objects.exists()

    def test_an_unknown_phone_is_told_to_register(self, town, phone, phones):
        others = phones(town.bravo1)

        for ids in (others.ids, {**phone.ids, "epoch": str(new_id())}):
            answer = phone.post("commands", **ids, commands=[])
            assert (answer.status_code, answer.json()["code"]) == (404, "unknown_device")

    def test_a_phone_taken_off_the_list_is_refused(self, town, phone):
        Device.objects.filter(pk=phone.device.pk).update(revoked_at=phone.device.registered_at)

        answer = phone.batch([])

        assert (answer.status_code, answer.json()["code"]) == (403, "device_revoked")

    def test_the_desk_has_no_phone(self, town, api):
        answer = api(town.duty).post("sync/commands", {"device_id": str(new_id())})

        assert (answer.status_code, answer.json()["code"]) == (403, "role_forbidden")

    def test_an_expired_session_is_401(self, town, phone):
        phone.client.logout()

        answer = phone.batch([])

        assert (answer.status_code, answer.json()["code"]) == (401, "signed_out")

    def test_it_says_how_far_the_server_is(self, town, phone):
        row = make.offered(town)
        command = accept(row)

        answer = phone.batch([make.sent(command)]).json()

        assert answer["known_seq"] == command["seq"]
        assert answer["head"] == answer["results"][0]["feed_seq"]
        assert answer["feed_gen"] == phone.get("snapshot").json()["gen"]

    def test_a_cursor_of_a_feed_that_is_no_more_delivers_nothing(self, town, phone):
        row = make.offered(town)

        phone.batch([], cursor=phone.get("snapshot").json()["cursor"] + 1)

        assert row.members.get(user=town.alpha1).delivered_at is None
        assert not DeviceCursor.objects.exists()

    def test_cursor_and_seen_are_receipts(self, town, phone):
        row = make.offered(town)
        head = phone.get("snapshot").json()["cursor"]

        phone.batch([], cursor=head, seen=[str(row.pk)])

        member = row.members.get(user=town.alpha1)
        assert member.delivered_at and member.seen_at
