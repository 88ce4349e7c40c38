"""Phones: registered, heard of, silent; desk and crew are told only what changed."""

import datetime as dt

import pytest

from fieldops.feed.models import desk
from fieldops.feed.models import user as user_recipient
from fieldops.lib.clock import iso, now
from fieldops.lib.ids import new_id
from fieldops.sync.devices import report_silent
from fieldops.sync.positions import forget_positions
from fieldops.teams.models import Device, Position, Shift, ShiftMember
from fieldops.teams.wire import storage_full
from tests import make
from tests.contract import heard, kinds, one


def beat(phone, **more):
    values = {"pending": 0, "can_ring": True, "heard_at": iso(phone.device.heard_at), **more}
    return phone.post("heartbeat", **phone.ids, **values)


class TestRegister:
    def test_a_new_phone_is_greeted_with_its_crew(self, town, phone):
        with heard(desk(town.center.pk)) as events:
            answer = phone.post("devices", device_id=str(new_id()), epoch=str(new_id()), name="P40", app="1")

        body = answer.json()
        assert (body["user"]["username"], body["crew"]["team"]["call_sign"]) == ("alpha1", "Alpha")
        assert one(events, "device.changed")["body"]["user_name"] == "alpha1"

    def test_again_is_the_same_phone(self, town, phone):
        assert phone.post("devices", **phone.ids).json()["device_id"] == str(phone.device.pk)
        assert Device.objects.filter(user=town.alpha1).count() == 1

    def test_a_new_epoch_means_its_storage_is_lost(self, town, phone):
        ids = [str(new_id()) for _ in range(3)]
        beat(phone, pending=3, kinds={"note": 3}, ids=ids)

        with heard(desk(town.center.pk)) as events:
            phone.post("devices", device_id=str(phone.device.pk), epoch=str(new_id()))

        alarm = one(events, "alarm.raised")["body"]
        assert alarm["kind"] == "storage_lost"
        assert alarm["params"] == {"name": "alpha1", "pending": 3, "kinds": {"note": 3}, "ids": ids}
        assert Device.objects.get(pk=phone.device.pk).pending == 0

    def test_a_storage_thrown_away_is_known_by_its_session(self, town, phone):
        phone.post("devices", **phone.ids)

        with heard(desk(town.center.pk)) as events:
            answer = phone.post("devices", device_id=str(new_id()), epoch=str(new_id())).json()

        assert answer["device_id"] == str(phone.device.pk)
        assert one(events, "alarm.raised")["body"]["kind"] == "storage_lost"

    def test_anothers_id_becomes_a_phone_of_ones_own(self, town, phone, phones):
        theirs = phones(town.bravo1)

        answer = phone.post("devices", **theirs.ids).json()

        assert answer["device_id"] != str(theirs.device.pk)
        assert Device.objects.get(pk=theirs.device.pk).user_id == town.bravo1.pk

    def test_one_taken_off_the_list_stays_off(self, town, phone):
        Device.objects.filter(pk=phone.device.pk).update(revoked_at=now())

        answer = phone.post("devices", **phone.ids)

        assert (answer.status_code, answer.json()["code"]) == (403, "device_revoked")


class TestHeartbeat:
    def test_nothing_new_tells_nobody(self, town, phone):
        beat(phone)

        with heard(desk(town.center.pk)) as events:
            assert beat(phone).status_code == 200

        assert events == []

    def test_what_changed_is_told_to_desk_and_crew(self, town, phone):
        beat(phone)

        with heard(desk(town.center.pk)) as board, heard(user_recipient(town.alpha2.pk)) as mate:
            beat(phone, can_ring=False, ring_problem="locked", pending=2, oldest_at=iso(now()))

        assert one(board, "device.changed")["body"]["pending"] == 2
        shift = one(mate, "shift.changed")["body"]
        me = next(m for m in shift["members"] if m["name"] == "alpha1")
        assert (me["can_ring"], me["ring_problem"], me["unsent"]) == (False, "locked", 2)

    def test_a_clock_years_off_is_kept_within_reason(self, town, phone):
        answer = beat(phone, offset_ms=-5 * 365 * 86_400_000)

        assert answer.status_code == 200
        assert Device.objects.get(pk=phone.device.pk).offset_ms == -(2**31) + 1

    @pytest.mark.parametrize(
        "far",
        ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00", "1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z"],
    )
    def test_a_time_no_clock_of_ours_shows_says_nothing_and_the_rest_counts(self, town, phone, api, far):
        """A phone whose clock stands in 1970 is wrong about the hour, and still there."""
        known = phone.device.heard_at

        answer = beat(phone, pending=2, oldest_at=far, heard_at=far, readiness={"at": far, "tone_ms": 300})

        assert answer.status_code == 200
        device = Device.objects.get(pk=phone.device.pk)
        assert (device.pending, device.oldest_pending_at, device.heard_at) == (2, None, known)
        assert api(town.duty).get("desk/snapshot").status_code == 200

    def test_storage_nearly_full_is_told_once_not_each_megabyte(self, town, phone):
        beat(phone, used_mb=40, quota_mb=50)

        with heard(desk(town.center.pk)) as events:
            for used in (41, 42, 43):
                beat(phone, used_mb=used, quota_mb=50)

        body = one(events, "device.changed")["body"]
        assert (body["used_mb"], body["quota_mb"]) == (41, 50)

    def test_a_browser_that_does_not_say_is_not_full(self, town, phone):
        assert beat(phone, used_mb=None, quota_mb=None).status_code == 200
        assert beat(phone).status_code == 200
        assert not storage_full(Device.objects.get(pk=phone.device.pk))

    def test_what_cannot_have_been_measured_says_nothing_and_the_rest_counts(self, town, phone):
        """The tone of last night "heard" this morning must not make the phone a dead one for the shift."""
        answer = beat(
            phone,
            pending=2,
            used_mb=-1,
            quota_mb=2**40,
            readiness={"tone_ms": 12 * 3_600_000, "ws_ms": -4000},
        )

        assert answer.status_code == 200
        device = Device.objects.get(pk=phone.device.pk)
        assert (device.pending, device.used_mb, device.quota_mb) == (2, None, None)
        assert (device.readiness["tone_ms"], device.readiness["ws_ms"]) == (None, None)
        assert device.can_ring

    def test_nonsense_is_400(self, town, phone):
        for more in (
            {"used_mb": "much"},
            {"readiness": {"tone_ms": []}},
            {"pending": -1},
            {"stuck": 2**40},
            {"kinds": {"note": -1}},
            {"offset_ms": 10**30},
            {"offset_ms": 1, "offset_age_s": "nan"},
            {"kinds": {"n" * 25: 1}},
            {"kinds": {f"kind {number}": 1 for number in range(65)}},
        ):
            assert beat(phone, **more).status_code == 400


class TestBell:
    def test_a_page_not_in_front_cannot_ring_whatever_it_says(self, town, phone):
        beat(phone, can_ring=True, visible=False)

        device = Device.objects.get(pk=phone.device.pk)
        assert (device.can_ring, device.ring_problem) == (False, "hidden")

    def test_its_own_reason_stands(self, town, phone):
        beat(phone, can_ring=False, ring_problem="locked", visible=False)

        assert Device.objects.get(pk=phone.device.pk).ring_problem == "locked"

    def test_the_test_at_shift_start_is_kept_with_its_times(self, town, phone):
        test = {"at": "2026-11-22T00:31:00Z", "tone_ms": 2100, "ws_ms": 42, "wake": True, "vibrated": True}
        beat(phone, can_ring=True, readiness=test)
        beat(phone, can_ring=True)

        kept = Device.objects.get(pk=phone.device.pk).readiness
        assert kept == {**test, "at": "2026-11-22T00:31:00.000Z"}

    def test_its_rhythm_comes_from_the_settings(self, town, phone, settings):
        settings.HEARTBEAT_S = 7
        answer = phone.post("devices", **phone.ids)
        assert answer.json()["heartbeat_s"] == 7


class TestSilent:
    def test_it_is_found_after_38_seconds_and_told_once(self, town, phone):
        at = now()
        Device.objects.update(last_seen_at=at)
        Device.objects.filter(pk=phone.device.pk).update(last_seen_at=at - dt.timedelta(seconds=39))

        with heard(desk(town.center.pk)) as events:
            report_silent(at=at)
            report_silent(at=at + dt.timedelta(seconds=15))

        assert kinds(events).count("device.changed") == 1
        assert one(events, "device.changed")["body"]["ring_problem"] == "offline"
        me = next(m for m in one(events, "shift.changed")["body"]["members"] if m["name"] == "alpha1")
        assert (me["can_ring"], me["ring_problem"]) == (False, "offline")

    def test_two_lost_beats_are_not_silence(self, town, phone):
        at = now()
        Device.objects.update(last_seen_at=at - dt.timedelta(seconds=37))

        with heard(desk(town.center.pk)) as events:
            report_silent(at=at)

        assert events == []

    def test_it_is_found_however_late_we_look(self, town, phone):
        at = now()
        Device.objects.update(last_seen_at=at)
        Device.objects.filter(pk=phone.device.pk).update(last_seen_at=at - dt.timedelta(minutes=20))

        with heard(desk(town.center.pk)) as events:
            report_silent(at=at)

        assert one(events, "device.changed")

    def test_off_duty_nobody_minds(self, town, phone):
        ShiftMember.objects.update(duty="off")
        Device.objects.update(last_seen_at=now() - dt.timedelta(seconds=60))

        with heard(desk(town.center.pk)) as events:
            report_silent(at=now())

        assert events == []

    def test_heard_again_it_is_told_again(self, town, phone):
        Device.objects.filter(pk=phone.device.pk).update(last_seen_at=now() - dt.timedelta(seconds=60))
        report_silent(at=now())

        with heard(desk(town.center.pk)) as events:
            beat(phone)

        assert one(events, "device.changed")["body"]["can_ring"] is True


class TestDuty:
    def test_a_member_goes_on_a_break(self, town, phone):
        command = make.envelope("duty", ("shift", town.alpha.pk), {"state": "break"})

        with heard(desk(town.center.pk)) as events:
            (result,) = phone.send(command)

        assert result["outcome"] == "applied"
        assert one(events, "shift.changed")["body"]["members"][0]["duty"] == "break"

    def test_what_the_desk_has_set_since_stands(self, town, phone):
        since = ShiftMember.objects.get(shift=town.alpha, user=town.alpha1).since
        earlier = iso(since - dt.timedelta(hours=1))
        command = make.envelope("duty", ("shift", town.alpha.pk), {"state": "off"}, occurred_at=earlier)

        (result,) = phone.send(command)

        assert (result["outcome"], result["code"]) == ("noop", "STALE")

    def test_on_anothers_shift_it_is_not_there(self, town, phone):
        command = make.envelope("duty", ("shift", town.bravo.pk), {"state": "off"})

        assert phone.send(command)[0]["code"] == "NOT_THERE"


class TestPositions:
    def fix(self, **more):
        return {"lng": 107.4, "lat": 29.7, "acc": 12.0, "fix_at": iso(now()), **more}

    def post(self, phone, *fixes):
        return phone.post("positions", device_id=str(phone.device.pk), positions=list(fixes))

    def test_the_newest_good_one_is_kept(self, town, phone):
        old = self.fix(lng=107.3, fix_at=iso(now() - dt.timedelta(minutes=5)))

        assert self.post(phone, self.fix(), old).json() == {"kept": 2}

        assert Position.objects.get(user=town.alpha1).lng == 107.4

    def test_vague_old_and_future_ones_are_dropped(self, town, phone):
        bad = [
            self.fix(acc=201.0),
            self.fix(fix_at=iso(now() - dt.timedelta(hours=3))),
            self.fix(fix_at=iso(now() + dt.timedelta(hours=1))),
        ]

        assert self.post(phone, *bad).json() == {"kept": 0}
        assert not Position.objects.exists()

    def test_they_go_with_the_shift(self, town, phone, phones):
        self.post(phone, self.fix())
        self.post(phones(town.bravo1), self.fix())
        Shift.objects.filter(pk=town.alpha.pk).update(ends_at=now())

        forget_positions(at=now())

        assert [row.user for row in Position.objects.all()] == [town.bravo1]

    def test_an_older_one_never_overwrites(self, town, phone):
        self.post(phone, self.fix())

        self.post(phone, self.fix(lng=100.0, fix_at=iso(now() - dt.timedelta(minutes=1))))

        assert Position.objects.get().lng == 107.4

    def test_off_shift_nothing_is_kept(self, town, phone):
        type(town.alpha).objects.update(ends_at=now())

        assert self.post(phone, self.fix()).json() == {"kept": 0}

    def test_it_is_no_feed_row(self, town, phone):
        with heard(desk(town.center.pk)) as events:
            self.post(phone, self.fix())

        assert events == []

    def test_impossible_places_are_400(self, town, phone):
        assert self.post(phone, self.fix(lat=91.0)).status_code == 400
