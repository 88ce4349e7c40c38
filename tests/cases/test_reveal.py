"""Personal data for a typed reason: written down first, limited, and loud when there is too much of it."""

import datetime as dt

import pytest

from fieldops.audit.models import AuditRow
from fieldops.cases.actions import reveal, reveal_person
from fieldops.cases.actions.reveal import REVEALS_AN_HOUR, TooManyReveals
from fieldops.feed.models import Alarm
from fieldops.lib.clock import now
from fieldops.lib.sealed import open_row
from tests.contract import heard, kinds, one
from tests.verify import verify_feed

REASON = "to ring him back"


def show(town, row, *, by="duty", at=None):
    """Show it."""
    return reveal_person(case_id=row.pk, reason=REASON, by=town.by(by), at=at or now())


class TestReveal:
    def test_it_shows_the_person_and_still_masks_suspects(self, api, town, row):
        body = api(town.duty).post(f"cases/{row.pk}/reveal", {"reason": REASON}).json()

        assert (body["name"], body["phone"]) == ("王庆和", open_row(row.person)["phone"])
        assert body["suspects"] == ["****4471"]

    def test_it_is_written_down_with_the_reason(self, town, row):
        show(town, row)

        audit = AuditRow.objects.get(verb="person.reveal")
        assert (audit.actor_id, audit.subject_id, audit.reason) == (town.duty.pk, str(row.person_id), REASON)

    def test_it_is_written_down_before_it_is_read(self, town, row, monkeypatch):
        rows = []

        def opened(case):
            rows.append(AuditRow.objects.filter(verb="person.reveal").count())
            return {"relatives": []}

        monkeypatch.setattr(reveal, "open_person", opened)
        show(town, row)

        assert rows == [1]

    def test_the_desk_and_the_crew_see_that_somebody_looked(self, town, followed, desk_feed):
        with verify_feed(town.alpha1), heard(desk_feed) as events:
            show(town, followed)

        assert kinds(events) == ["case.changed"]
        assert one(events, "case.changed")["line"]["code"] == "revealed"
        assert "王庆和" not in str(events)

    @pytest.mark.parametrize("reason", ["", "x", "   ", None, "x" * 201])
    def test_a_reason_has_words(self, api, town, row, reason):
        assert api(town.duty).post(f"cases/{row.pk}/reveal", {"reason": reason}).status_code == 400
        assert not AuditRow.objects.filter(verb="person.reveal").exists()


class TestLimit:
    @pytest.fixture
    def used_up(self, town, row):
        for _ in range(REVEALS_AN_HOUR):
            show(town, row)

    def test_too_many_are_refused_and_ring(self, api, town, row, used_up):
        response = api(town.duty).post(f"cases/{row.pk}/reveal", {"reason": REASON})

        body = response.json()
        assert (response.status_code, body["code"]) == (429, "too_many_reveals")
        assert "phone" not in body
        alarm = Alarm.objects.get()
        assert (alarm.kind, alarm.params["name"]) == ("bulk_reveal", "duty")

    def test_it_rings_once(self, town, row, used_up):
        for _ in range(3):
            with pytest.raises(TooManyReveals):
                show(town, row)

        assert Alarm.objects.count() == 1

    def test_it_is_his_own(self, town, row, used_up):
        show(town, row, by="duty2")

    def test_it_is_by_the_hour(self, town, row, used_up):
        show(town, row, at=now() + dt.timedelta(minutes=61))

    def test_the_work_itself_is_not_limited(self, api, town, row, used_up):
        assert api(town.duty).post(f"cases/{row.pk}/calls", {}).status_code == 201
