"""A case is closed once, when nobody is on it; notes and looks leave their trace."""

import pytest

from fieldops.audit.models import AuditRow
from fieldops.cases.actions import close_case, open_call, tell_partner, write_note
from fieldops.cases.models import Case, CaseEvent
from fieldops.lib.clock import now
from fieldops.timers.models import Timer
from tests import make
from tests.contract import heard, kinds, one
from tests.verify import verify_feed


def close(town, row, disposition="handled", **fields):
    """Close it."""
    return close_case(case_id=row.pk, disposition=disposition, by=town.by("duty"), at=now(), **fields)


class TestClose:
    def test_it_ends_the_case(self, town, row, desk_feed):
        with heard(desk_feed) as events:
            case = close(town, row, "false_alarm", note="他儿子打来的")

        assert (case.stage, case.disposition) == ("closed", "false_alarm")
        assert case.closed_at
        assert kinds(events) == ["case.closed"]
        assert one(events, "case.closed")["line"]["params"] == {
            "disposition": "false_alarm", "note": "他儿子打来的",
        }  # fmt: skip
        assert AuditRow.objects.filter(verb="case.close").count() == 1

    def test_it_is_harmless_when_repeated(self, town, row, desk_feed):
        close(town, row)

        with heard(desk_feed) as events:
            again = close(town, row, "duplicate")

        assert events == []
        assert again.disposition == "handled"

    def test_nothing_of_it_comes_due_any_more(self, town, row):
        tell_partner(case_id=row.pk, channel="school", by=town.by("duty"), at=now())

        close(town, row)

        assert not Timer.objects.filter(key__startswith=f"case:{row.pk}:").exists()

    @pytest.mark.parametrize("step", [make.offered, make.accepted, make.arrived])
    def test_a_crew_on_it_is_not_left_alone(self, api, town, step):
        row = step(town).case

        response = api(town.duty).post(f"cases/{row.pk}/close", {"disposition": "handled"})

        assert (response.status_code, response.json()["code"]) == (409, "crew_on_it")

    def test_somebody_on_the_phone_finishes_first(self, api, town, row):
        """Else the call would stay open for ever, and what came of it would be refused."""
        open_call(case_id=row.pk, by=town.by("duty2"), at=now())

        response = api(town.duty).post(f"cases/{row.pk}/close", {"disposition": "handled"})

        assert (response.status_code, response.json()["code"]) == (409, "calling")
        assert response.json()["by_name"] == "duty2"

    def test_an_unknown_disposition_is_refused(self, api, town, row):
        assert api(town.duty).post(f"cases/{row.pk}/close", {"disposition": "lost"}).status_code == 400


class TestNote:
    def test_it_is_a_line(self, town, followed, desk_feed):
        with verify_feed(town.alpha1), heard(desk_feed) as events:
            write_note(case_id=followed.pk, text="他儿子在路上", by=town.by("duty"), at=now())

        assert one(events, "case.changed")["line"]["params"] == {"text": "他儿子在路上"}

    @pytest.mark.parametrize("text", ["", "x" * 301, " "])
    def test_it_has_words(self, api, town, row, text):
        assert api(town.duty).post(f"cases/{row.pk}/notes", {"text": text}).status_code == 400


class TestLook:
    def test_a_look_at_a_case_is_written_down(self, api, town, row):
        body = api(town.duty2).get(f"cases/{row.pk}").json()

        assert body["number"] == row.number
        look = AuditRow.objects.get(verb="case.look")
        assert (look.actor_id, look.subject_id) == (town.duty2.pk, str(row.pk))

    def test_what_cannot_be_written_down_is_not_shown(self, api, town, row, monkeypatch):
        from fieldops.cases.actions import reveal

        def broken(**fields):
            raise ZeroDivisionError

        monkeypatch.setattr(reveal, "append", broken)

        with pytest.raises(ZeroDivisionError):
            api(town.duty).get(f"cases/{row.pk}")

    def test_it_shows_masks_only(self, api, town, row):
        text = api(town.duty).get(f"cases/{row.pk}").content.decode()

        assert "王庆和" not in text
        assert "6222000011114471" not in text

    def test_the_minute_sheet_is_in_order(self, town):
        row = make.at_bank(town, make.called(town, make.case(town)))
        tell_partner(case_id=row.pk, channel="relative", contact_name="妻子", by=town.by("duty"), at=now())
        close(town, row)

        codes = list(CaseEvent.objects.filter(case=row).order_by("at", "pk").values_list("code", flat=True))

        assert codes == [
            "alert.received", "call.opened", "call.closed", "triaged", "whereabouts.changed", "notice.told",
            "closed",
        ]  # fmt: skip

    def test_both_tracks_are_on_it(self, api, town):
        row = make.called(town, make.case(town))
        tell_partner(case_id=row.pk, channel="school", by=town.by("duty"), at=now())

        body = api(town.duty).get(f"cases/{row.pk}").json()

        assert [call["result"] for call in body["calls"]] == ["connected"]
        assert [notice["channel"] for notice in body["notices"]] == ["school"]
        assert len(body["lines"]) == CaseEvent.objects.filter(case=row).count()
        assert Case.objects.get().version == body["version"]
