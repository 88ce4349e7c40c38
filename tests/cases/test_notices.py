"""Somebody outside is told; his answer is timed, and his silence brings the case back."""

import datetime as dt
import json
from importlib import import_module

import pytest
from django.apps import apps
from django.conf import settings

from fieldops.audit.models import AuditRow
from fieldops.cases.actions import close_case, silence_notice, tell_partner, update_notice
from fieldops.cases.models import Case, CaseEvent, Notice
from fieldops.feed.models import Alarm, FeedRow
from fieldops.lib.clock import iso, now
from fieldops.lib.sealed import open_row
from fieldops.places.models import Contact
from fieldops.timers.loop import run_due
from fieldops.timers.models import Timer
from tests import make
from tests.contract import heard, kinds, one
from tests.verify import verify_feed

SILENT = dt.timedelta(seconds=settings.NOTICE_SILENT_S)


def tell(town, row, *, channel="school", at=None, **fields):
    """Tell the school's security office."""
    contact = fields.pop("contact", Contact.objects.filter(place=town.school).order_by("order").first())
    return tell_partner(
        case_id=row.pk, channel=channel, by=town.by("duty"), at=at or now(), contact=contact, **fields
    )


def tap(town, notice, step, **fields):
    """One tap."""
    at = fields.pop("at", now())
    return update_notice(notice_id=notice.pk, step=step, by=town.by("duty"), at=at, **fields)


def written(value):
    return json.dumps(value, ensure_ascii=False)


def stage(row):
    return Case.objects.get(pk=row.pk).stage


class TestTell:
    def test_it_hands_the_case_over(self, town, row, desk_feed):
        at = now()

        with heard(desk_feed) as events:
            notice = tell(town, row, at=at, shared="一名学生疑似遇到刷单诈骗")

        case = Case.objects.get(pk=row.pk)
        assert (case.stage, case.due_at, case.due_for) == ("at_partner", at + SILENT, "notice")
        assert (notice.contact_role, notice.place) == ("security_office", town.school)
        assert kinds(events) == ["notice.changed", "case.changed"]
        assert one(events, "notice.changed")["line"]["params"]["who"] == "Jiangdong College security_office 1"
        assert AuditRow.objects.filter(verb="notice.told").count() == 1

    def test_the_crew_sees_who_is_coming(self, town, followed):
        with verify_feed(town.alpha1):
            notice = tell(town, followed)
            tap(town, notice, "answered")
            tap(town, notice, "coming")

        assert stage(followed) == "on_the_way"

    def test_it_is_harmless_when_repeated(self, api, town, row):
        body = {"id": str(make.new_id()), "channel": "relative", "contact_name": "妻子"}

        first, again = (api(town.duty).post(f"cases/{row.pk}/notices", body) for _ in range(2))

        assert (first.status_code, first.json()) == (201, again.json())
        assert Notice.objects.count() == 1

    def test_an_id_of_another_case_is_refused(self, api, town, row):
        notice = tell(town, make.case(town))

        response = api(town.duty).post(f"cases/{row.pk}/notices", {"id": str(notice.pk), "channel": "school"})

        assert (response.status_code, response.json()["code"]) == (409, "id_reused")

    def test_a_closed_case_is_told_to_nobody(self, api, town, row):
        close_case(case_id=row.pk, disposition="handled", by=town.by("duty"), at=now())

        response = api(town.duty).post(f"cases/{row.pk}/notices", {"channel": "school"})

        assert (response.status_code, response.json()["code"]) == (409, "closed")

    def test_another_centres_contact_is_not_there(self, api, town, row):
        theirs = make.place(town.other, "school", "Their college", 108.4, 30.8)
        contact = Contact.objects.get(place=theirs, order=1)

        response = api(town.duty).post(
            f"cases/{row.pk}/notices", {"channel": "school", "contact": str(contact.pk)}
        )

        assert (response.status_code, response.json()["code"]) == (400, "unknown_contact")

    @pytest.mark.parametrize("said", [dt.timedelta(hours=1), -dt.timedelta(days=2)])
    def test_it_was_within_the_last_day(self, api, town, row, said):
        body = {"channel": "school", "told_at": iso(now() + said)}

        assert api(town.duty).post(f"cases/{row.pk}/notices", body).status_code == 400

    def test_the_contacts_number_is_masked(self, api, town, row):
        contact = Contact.objects.get(place=town.school, order=1)
        body = {"channel": "school", "contact": str(contact.pk)}

        told = api(town.duty).post(f"cases/{row.pk}/notices", body).json()

        assert told["phone_mask"] == "023****9001"


class TestSomebodyNotListed:
    """A relative is nobody's colleague: his name and number are personal data."""

    def told(self, town, row):
        return tell(
            town, row, channel="relative", contact=None, contact_name="王小明", contact_phone="13912345678"
        )

    def test_name_and_number_are_masked_for_everyone(self, town, row, desk_feed):
        with heard(desk_feed) as events:
            self.told(town, row)

        event = one(events, "notice.changed")
        assert (event["body"]["contact_name"], event["body"]["phone_mask"]) == ("王*", "139****5678")
        assert event["line"]["params"]["who"] == "王*"

    def test_they_are_sealed_and_open_with_the_person_for_a_reason(self, api, town, row):
        notice = Notice.objects.get(pk=self.told(town, row).pk)
        assert (notice.contact_name, notice.contact_phone) == ("王*", "139****5678")

        secret = api(town.duty).post(f"cases/{row.pk}/reveal", {"reason": "ring his son"}).json()

        assert {"name": "王小明", "relation": "relative", "phone": "13912345678"} in secret["relatives"]

    def test_the_migration_seals_what_lay_there_in_plain(self, town, row):
        notice = tell(town, row, channel="relative", contact=None, contact_name="诸葛秀兰")
        silence_notice(notice_id=notice.pk, at=now())
        Notice.objects.update(sealed=None, contact_name="诸葛秀兰", contact_phone="13977775555")
        tables = {CaseEvent: ["params"], Alarm: ["params"], FeedRow: ["body", "line"]}
        for model, columns in tables.items():
            for old in model.objects.all():
                plain = {c: json.loads(written(getattr(old, c)).replace("诸*", "诸葛秀兰")) for c in columns}
                model.objects.filter(pk=old.pk).update(**plain)

        import_module("fieldops.cases.migrations.0002_seal_who_was_told").seal_names(apps, None)

        sealed = Notice.objects.get()
        assert open_row(sealed) == {"name": "诸葛秀兰", "phone": "13977775555"}
        assert (sealed.contact_name, sealed.contact_phone) == ("诸*", "139****5555")
        for model, columns in tables.items():
            assert "诸葛秀兰" not in written([list(model.objects.values_list(*columns))])

    def test_a_contact_of_the_register_keeps_his_name(self, town, row):
        assert (tell(town, row).contact_name, tell(town, row).sealed) == ("security_office 1", None)


class TestSteps:
    @pytest.mark.parametrize(
        ("step", "column"),
        [
            ("answered", "answered_at"),
            ("reached", "reached_at"),
            ("coming", "coming_at"),
            ("not_coming", "coming_at"),
        ],
    )
    def test_a_tap_records_its_time(self, town, row, desk_feed, step, column):
        notice = tell(town, row)
        at = now()

        with heard(desk_feed) as events:
            tap(town, notice, step, at=at)

        notice.refresh_from_db()
        assert getattr(notice, column) == notice.answered_at == at
        assert one(events, "notice.changed")["line"]["code"] == f"notice.{step}"
        assert not Timer.objects.filter(kind="cases.notice_silent").exists()

    @pytest.mark.parametrize("step", ["answered", "reached", "coming", "not_coming"])
    def test_it_is_harmless_when_repeated(self, town, row, desk_feed, step):
        notice = tell(town, row)
        tap(town, notice, step)

        with heard(desk_feed) as events:
            tap(town, notice, step, at=now() + dt.timedelta(minutes=1))

        assert events == []

    def test_answered_stays_as_it_was_after_coming(self, town, row, desk_feed):
        notice = tell(town, row)
        first = tap(town, notice, "answered").answered_at
        tap(town, notice, "coming")

        with heard(desk_feed) as events:
            tap(town, notice, "answered", at=now() + dt.timedelta(minutes=5))

        assert events == []
        assert Notice.objects.get().answered_at == first

    def test_who_was_coming_may_say_that_he_is_not(self, town, row):
        notice = tell(town, row)
        tap(town, notice, "coming")
        tap(town, notice, "not_coming")

        assert Notice.objects.get().coming == "not_coming"
        assert stage(row) == "to_send"

    def test_reached_hands_it_to_review(self, town, row):
        at = now()

        notice = tap(town, tell(town, row), "reached", name="班主任 李", at=at)

        case = Case.objects.get(pk=row.pk)
        assert (case.stage, case.met_at) == ("to_review", at)
        assert notice.reached_by_name == "班主任 李"

    def test_answering_promises_a_next_step(self, town, row):
        at = now()

        tap(town, tell(town, row), "answered", at=at)

        case = Case.objects.get(pk=row.pk)
        assert (case.due_at, case.due_for) == (at + dt.timedelta(seconds=settings.ARRIVE_TARGET_S), "notice")

    def test_the_endpoint_takes_one_tap(self, api, town, row):
        notice = tell(town, row)

        body = api(town.duty2).patch(f"notices/{notice.pk}", {"step": "coming"}).json()

        assert (body["coming"], body["answered_at"]) == ("coming", body["coming_at"])


class TestSilence:
    def test_it_brings_the_case_back_and_rings(self, town, row, desk_feed):
        notice = tell(town, row, at=now() - SILENT)

        with heard(desk_feed) as events:
            assert run_due(at=now()) == 1

        assert stage(row) == "to_send"
        assert sorted(kinds(events)) == ["alarm.raised", "case.changed", "notice.changed"]
        alarm = Alarm.objects.get()
        assert (alarm.kind, alarm.case_id, alarm.params["channel"]) == ("notice_silent", row.pk, "school")
        assert Notice.objects.get(pk=notice.pk).silent_at

    def test_it_waits_its_time(self, town, row):
        tell(town, row)

        assert run_due(at=now()) == 0

    def test_it_is_harmless_when_repeated(self, town, row, desk_feed):
        notice = tell(town, row)
        silence_notice(notice_id=notice.pk, at=now())

        with heard(desk_feed) as events:
            silence_notice(notice_id=notice.pk, at=now())

        assert events == []

    def test_a_late_answer_takes_the_alarm_off(self, town, row):
        notice = tell(town, row)
        silence_notice(notice_id=notice.pk, at=now())

        tap(town, notice, "answered")

        assert not Alarm.objects.filter(acknowledged_at=None).exists()

    @pytest.mark.parametrize("over", ["answered", "closed"])
    def test_it_says_nothing_when_that_is_over(self, town, row, over):
        notice = tell(town, row)
        if over == "answered":
            tap(town, notice, "answered")
        else:
            close_case(case_id=row.pk, disposition="handled", by=town.by("duty"), at=now())

        silence_notice(notice_id=notice.pk, at=now())

        assert not Alarm.objects.exists()

    def test_a_crew_on_the_way_goes_on(self, town, followed):
        notice = tell(town, followed)

        silence_notice(notice_id=notice.pk, at=now())

        assert stage(followed) == "on_the_way"
