"""A phone taken off the list, or let go: it reads nothing, hands in what it holds, wipes and says so."""

import datetime as dt
import json

import pytest
import time_machine

from fieldops.audit.models import AuditRow
from fieldops.feed.models import Alarm, desk
from fieldops.lib.clock import now
from fieldops.lib.ids import new_id
from fieldops.lib.sealed import open_row
from fieldops.outcomes.models import Note
from fieldops.sync.models import Quarantined, ReviewItem, SyncCommand
from fieldops.teams.models import Device
from tests import make
from tests.contract import heard, one


def note(row, text="x"):
    return make.envelope("note", ("case", row.case_id), {"id": str(new_id()), "text": text})


def take_off(api, who, phone, reason="lost on the bus"):
    return api(who).post(f"devices/{phone.device.pk}/revoke", {"reason": reason})


def let_go(api, who, phone, reason="two stuck commands, written down"):
    return api(who).post(f"devices/{phone.device.pk}/release", {"reason": reason})


def hand_in(phone, token, *commands, path="ingest"):
    body = {**phone.ids, "commands": [make.sent(command) for command in commands]}
    headers = {"X-Ingest-Token": token}
    return phone.client.post(f"/api/v1/sync/{path}", body, content_type="application/json", headers=headers)


@pytest.fixture
def row(town):
    return make.accepted(town)


@pytest.fixture
def registered(phone):
    """The phone whose session knows it, as the app's does."""
    phone.post("devices", **phone.ids)
    return phone


@pytest.fixture
def off(town, api, registered):
    take_off(api, town.supervisor, registered)
    return registered


@pytest.fixture
def token(off):
    return off.batch([]).json()["ingest_token"]


class TestRevoke:
    def test_it_is_kept_with_name_and_reason(self, town, api, registered):
        with heard(desk(town.center.pk)) as events:
            answer = take_off(api, town.supervisor, registered)

        assert answer.status_code == 200
        assert one(events, "device.changed")["body"]["revoked_at"]
        row = AuditRow.objects.get(verb="device.revoke")
        assert (row.actor_id, row.reason) == (town.supervisor.pk, "lost on the bus")

    def test_again_is_harmless(self, town, api, off):
        with heard(desk(town.center.pk)) as events:
            assert take_off(api, town.supervisor, off, "again").status_code == 200

        assert events == []
        assert Device.objects.get(pk=off.device.pk).revoked_reason == "lost on the bus"

    def test_it_wants_a_reason(self, town, api, registered):
        assert take_off(api, town.supervisor, registered, "  ").status_code == 400

    @pytest.mark.parametrize(
        ("who", "status"), [("duty", 403), ("stranger", 404), ("alpha1", 403), ("alpha2", 404)]
    )
    def test_others_may_not(self, town, api, registered, who, status):
        assert take_off(api, town.users[who], registered).status_code == status

    def test_it_rings_no_more(self, town, api, off):
        seen = api(town.duty).get("desk/snapshot").json()

        crew = next(shift for shift in seen["shifts"] if shift["team"]["call_sign"] == "Alpha")
        assert [m["can_ring"] for m in crew["members"] if m["name"] == "alpha1"] == [False]


class TestRefused:
    @pytest.mark.parametrize("path", ["sync/snapshot", "sync/feed", "playbook/cards", "cases"])
    def test_whatever_it_asks(self, row, off, path):
        answer = off.client.get(f"/api/v1/{path}")

        assert (answer.status_code, answer.json()["code"]) == (403, "device_revoked")
        assert answer.json()["ingest_token"]

    def test_it_cannot_come_back_as_a_new_phone_on_the_old_session(self, off):
        answer = off.post("devices", device_id=str(new_id()), epoch=str(new_id()))

        assert (answer.status_code, answer.json()["code"]) == (403, "device_revoked")

    def test_the_members_other_phone_goes_on(self, town, off, phones):
        other = make.device(town.alpha1)
        mine = phones(town.alpha1)
        mine.device = other
        mine.post("devices", **mine.ids)

        assert mine.batch([]).status_code == 200


class TestHandIn:
    def test_it_is_kept_sealed_and_not_applied(self, town, row, off, token):
        command = note(row, "13912345678 said yes")

        answer = hand_in(off, token, command)

        assert answer.json()["results"] == [
            {"cmd_id": command["cmd_id"], "outcome": "flagged", "code": "QUARANTINED"}
        ]
        kept = Quarantined.objects.get()
        assert json.loads(open_row(kept))["args"]["text"] == "13912345678 said yes"
        assert b"13912345678" not in bytes(kept.sealed)
        assert not Note.objects.exists() and not SyncCommand.objects.exists()
        assert Alarm.objects.get(kind="quarantined").params == {"name": "alpha1"}

    def test_again_is_the_same_answer_and_one_row(self, row, off, token):
        command = note(row)

        first, again = hand_in(off, token, command), hand_in(off, token, command)

        assert first.json()["results"] == again.json()["results"]
        assert (Quarantined.objects.count(), ReviewItem.objects.count()) == (1, 1)

    def test_one_that_was_applied_before_needs_no_judgement(self, town, api, row, registered):
        command = note(row)
        registered.send(command)
        take_off(api, town.supervisor, registered)
        token = registered.batch([]).json()["ingest_token"]

        answer = hand_in(registered, token, command)

        assert answer.json()["results"][0]["code"] == "QUARANTINED"
        assert not Quarantined.objects.exists()

    def test_the_token_reads_nothing(self, row, off, token):
        headers = {"X-Ingest-Token": token}
        off.client.logout()

        for path in ("sync/snapshot", "sync/feed", "cases"):
            assert off.client.get(f"/api/v1/{path}", headers=headers).status_code == 401
        assert hand_in(off, token, note(row)).status_code == 200

    @pytest.mark.parametrize("wrong", ["", "x", "eyJhIjoxfQ:1:abc"])
    def test_a_wrong_token_is_401(self, row, off, wrong):
        assert hand_in(off, wrong, note(row)).status_code == 401
        assert not Quarantined.objects.exists()

    def test_an_old_token_is_401(self, row, off, token):
        with time_machine.travel(now() + dt.timedelta(hours=1, seconds=2)):
            assert hand_in(off, token, note(row)).status_code == 401

    def test_it_is_for_this_phone_only(self, town, row, off, token, phones):
        theirs = phones(town.bravo1)

        assert hand_in(theirs, token, note(row)).status_code == 404

    def test_what_the_front_door_could_not_take_is_kept(self, row, off, token, settings):
        settings.SYNC_BATCH_BYTES = 500
        newer = {**note(row), "v": 99}
        sent = [make.sent(note(row, "x" * 600)), make.sent(newer), {"text": "{", "sha": "0" * 64}]

        for one_sent in sent:
            body = {**off.ids, "commands": [one_sent]}
            headers = {"X-Ingest-Token": token}
            path = "/api/v1/sync/ingest"
            answer = off.client.post(path, body, content_type="application/json", headers=headers)
            assert answer.json()["results"][0]["outcome"] == "flagged"

        assert {open_row(kept) for kept in Quarantined.objects.all()} == {one["text"] for one in sent}
        assert sorted(ReviewItem.objects.values_list("code", flat=True)) == ["INVALID"] + ["QUARANTINED"] * 2

    def test_more_than_a_shift_can_hold_is_refused(self, row, off, token, monkeypatch):
        monkeypatch.setattr("fieldops.sync.leaving.MOST_KEPT", 1)

        assert hand_in(off, token, note(row), note(row)).status_code == 429

    def test_photos_too(self, off, token):
        headers = {"X-Ingest-Token": token, "Upload-Offset": "0", "Upload-Length": "10"}
        path = f"/api/v1/sync/ingest/blobs/{'a' * 64}"

        answer = off.client.patch(path, b"abc", content_type="image/jpeg", headers=headers)

        assert (answer.status_code, answer["Upload-Offset"]) == (204, "3")

    def test_the_wipe_is_confirmed_and_the_session_ends(self, town, off, token):
        with heard(desk(town.center.pk)) as events:
            answer = off.client.post(
                "/api/v1/sync/ingest/wiped", off.ids, content_type="application/json",
                headers={"X-Ingest-Token": token},
            )  # fmt: skip

        assert answer.json()["wiped_at"]
        assert one(events, "device.changed")["body"]["wiped_at"]
        assert off.get("snapshot").status_code == 401


class TestRelease:
    def test_the_phone_is_told_with_a_token(self, town, api, registered, row):
        let_go(api, town.supervisor, registered)

        told = registered.post("heartbeat", **registered.ids, pending=2, can_ring=True).json()["release"]

        assert told["reason"] == "two stuck commands, written down"
        assert hand_in(registered, told["ingest_token"], note(row)).status_code == 200
        assert registered.post("wiped", **registered.ids).json()["wiped_at"]
        assert Device.objects.get(pk=registered.device.pk).pending == 0

    def test_until_then_there_is_none(self, registered):
        beat = registered.post("heartbeat", **registered.ids, pending=2, can_ring=True).json()

        assert beat["release"] is None

    def test_signed_in_again_the_leave_is_used_up(self, town, api, registered):
        let_go(api, town.supervisor, registered)
        registered.post("wiped", **registered.ids)

        assert registered.post("devices", **registered.ids).json()["release"] is None

    def test_a_late_heartbeat_of_the_phone_that_was_brings_nothing_back(self, town, api, registered):
        let_go(api, town.supervisor, registered)
        registered.post("wiped", **registered.ids)

        with heard(desk(town.center.pk)) as events:
            registered.post("heartbeat", **registered.ids, pending=2, can_ring=True)

        device = Device.objects.get(pk=registered.device.pk)
        assert (events, device.pending, device.can_ring) == ([], 0, False)

    @pytest.mark.parametrize(("who", "status"), [("duty", 403), ("stranger", 404), ("alpha1", 403)])
    def test_only_the_supervisor(self, town, api, registered, who, status):
        assert let_go(api, town.users[who], registered).status_code in (status, 404)
        assert Device.objects.get(pk=registered.device.pk).released_at is None
