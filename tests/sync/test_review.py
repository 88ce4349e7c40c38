"""What a phone sent that a person must judge: accepted as a fact, or set aside with a reason."""

import pytest

from fieldops.audit.models import AuditRow
from fieldops.cases.actions.reveal import REVEALS_AN_HOUR
from fieldops.cases.models import CaseEvent
from fieldops.dispatch.actions import recall_assignment
from fieldops.dispatch.models import Assignment
from fieldops.feed.models import Alarm, desk
from fieldops.lib.clock import now
from fieldops.lib.ids import new_id
from fieldops.outcomes.models import Note, VisitReport
from fieldops.sync.leaving import revoke_device, take_in
from fieldops.sync.models import ReviewItem, SyncCommand
from fieldops.sync.review import decide_item
from tests import make
from tests.contract import heard, kinds, one

SECRET = "13912345678"


def note(row, text="x", **more):
    return make.envelope("note", ("case", row.case_id), {"id": str(new_id()), "text": text}, **more)


def recalled(town):
    row = make.accepted(town)
    recall_assignment(assignment_id=row.pk, by=town.by("supervisor"), at=now(), reason="enough")
    return row


def decide(api, who, item, decision, reason=""):
    body = {"decision": decision, **({"reason": reason} if reason else {})}
    return api(who).post(f"review/{item.pk}/decide", body)


@pytest.fixture
def flagged(town, phone):
    """A report of a crew that had been called off."""
    row = recalled(town)
    phone.send(make.envelope("report", ("assignment", row.pk), {"report": make.report()}))
    return ReviewItem.objects.get()


class TestKept:
    def test_a_flagged_fact_waits_with_its_case(self, town, flagged):
        assert (flagged.kind, flagged.code, flagged.type) == ("flagged", "NOT_ASSIGNED", "report")
        assert flagged.case_id and flagged.assignment_id

    def test_one_event_tells_the_desk_and_not_what_was_said(self, town, phone):
        row = recalled(town)

        with heard(desk(town.center.pk)) as events:
            phone.send(note(row, SECRET))

        body = one(events, "review.changed")["body"]
        assert SECRET not in str(body) and body["user_name"] == "alpha1"

    def test_a_dispute_is_not_here_but_with_the_reports(self, town, phone, phones):
        row = make.arrived(town)
        phone.send(make.envelope("report", ("assignment", row.pk), {"report": make.report()}))
        other = make.envelope("report", ("assignment", row.pk), {"report": make.report(effect="self_aware")})
        (result,) = phones(town.alpha2).send(other)

        assert result["code"] == "TWO_REPORTS"
        assert not ReviewItem.objects.exists()

    def test_a_replay_is_kept_once(self, town, phone):
        row = recalled(town)
        command = note(row)

        phone.send(command)
        phone.send(command)

        assert ReviewItem.objects.count() == 1

    def test_refused_ones_wait_with_the_case_they_name(self, town, phone):
        row = make.accepted(town)
        first = note(row, "one")
        phone.send(first, note(row, "two", seq=first["seq"]))

        item = ReviewItem.objects.get()
        assert (item.kind, item.code, item.case_id) == ("refused", "SEQ_REUSED", row.case_id)

    def test_a_stranger_cannot_attach_his_to_anothers_case(self, town, phones):
        row = make.accepted(town)
        theirs = phones(town.bravo1)
        theirs.batch([{**make.sent(note(row)), "sha": "0" * 64}])

        assert ReviewItem.objects.get().case_id is None


class TestAccept:
    def test_a_called_off_crews_report_counts_from_then_on(self, town, api, flagged):
        with heard(desk(town.center.pk)) as events:
            answer = decide(api, town.supervisor, flagged, "accept")

        assert answer.json()["decision"] == "accept"
        assert VisitReport.objects.get().decided is True
        assert one(events, "review.changed")["body"]["decided_by_name"] == "supervisor"
        assert CaseEvent.objects.filter(code="review.accepted").count() == 1
        assert not Alarm.objects.filter(kind="late_fact", acknowledged_at=None).exists()
        assert AuditRow.objects.filter(verb="review.accept", actor_id=town.supervisor.pk).count() == 1

    def test_a_command_of_cloned_storage_is_carried_out_once(self, town, api, phone):
        row = make.accepted(town)
        first = note(row, "one")
        clone = note(row, "two", seq=first["seq"])
        phone.send(first, clone)

        decide(api, town.supervisor, ReviewItem.objects.get(), "accept")

        assert list(Note.objects.order_by("at").values_list("text", flat=True)) == ["one", "two"]
        assert SyncCommand.objects.get(pk=clone["cmd_id"]).result["outcome"] == "applied"
        assert not Alarm.objects.filter(kind="dead_letter", acknowledged_at=None).exists()

    def test_a_second_text_under_one_id_becomes_a_fact_of_its_own(self, town, api, phone):
        row = make.accepted(town)
        first = note(row, "one")
        second = {**first, "args": {"id": str(new_id()), "text": "two"}}
        phone.send(first)
        phone.send(second)

        decide(api, town.supervisor, ReviewItem.objects.get(), "accept")

        assert Note.objects.count() == 2
        assert SyncCommand.objects.count() == 2

    def test_what_cannot_be_done_becomes_a_note_on_its_case(self, town, api, phone):
        row = make.accepted(town)
        phone.send(make.envelope("state", ("case", row.case_id), {"victim_state": "puzzled"}))

        answer = decide(api, town.supervisor, ReviewItem.objects.get(), "accept")

        assert answer.json()["result"]["as"] == "note"
        assert Note.objects.get().text == "state victim_state: puzzled"

    def test_without_a_case_it_is_refused_in_words(self, town, api, phone):
        phone.batch([{"text": "not json", "sha": "0" * 64}])
        item = ReviewItem.objects.get()

        answer = decide(api, town.supervisor, item, "accept")

        assert (answer.status_code, answer.json()["code"]) == (409, "cannot_accept")
        assert ReviewItem.objects.get().decision == ""

    def test_a_quarantined_command_is_done_in_its_senders_name(self, town, api, phone):
        row = make.accepted(town)
        revoke_device(device_id=phone.device.pk, reason="lost", by=town.by("supervisor"), at=now())
        phone.device.refresh_from_db()
        take_in(device=phone.device, epoch=phone.device.epoch, at=now(), **make.sent(note(row, "kept")))

        decide(api, town.supervisor, ReviewItem.objects.get(), "accept")

        kept = Note.objects.get()
        assert (kept.text, kept.by_id) == ("kept", town.alpha1.pk)

    def test_a_quarantined_move_is_a_claim_that_may_lose(self, town, api, phone):
        row = recalled(town)
        revoke_device(device_id=phone.device.pk, reason="lost", by=town.by("supervisor"), at=now())
        command = make.envelope("accept", ("assignment", row.pk))
        take_in(device=phone.device, epoch=phone.device.epoch, at=now(), **make.sent(command))

        answer = decide(api, town.supervisor, ReviewItem.objects.get(), "accept")

        assert Assignment.objects.get(pk=row.pk).status == "recalled"
        assert answer.json()["result"]["as"] == "note"


class TestSetAside:
    def test_the_report_counts_no_more_and_stays_readable(self, town, api, flagged):
        answer = decide(api, town.supervisor, flagged, "set_aside", "he filed it for another case")

        assert answer.status_code == 200
        assert VisitReport.objects.get().decided is False
        assert (
            CaseEvent.objects.get(code="review.set_aside").params["reason"] == "he filed it for another case"
        )

    def test_it_wants_a_reason(self, town, api, flagged):
        answer = decide(api, town.supervisor, flagged, "set_aside")

        assert (answer.status_code, answer.json()["code"]) == (400, "reason_wanted")


class TestDecide:
    def test_again_is_harmless(self, town, api, flagged):
        decide(api, town.supervisor, flagged, "accept")

        with heard(desk(town.center.pk)) as events:
            assert decide(api, town.supervisor, flagged, "accept").status_code == 200

        assert kinds(events) == []

    def test_decided_otherwise_is_409_with_the_name(self, town, api, flagged):
        decide(api, town.supervisor, flagged, "accept")

        answer = decide(api, town.supervisor, flagged, "set_aside", "no")

        assert (answer.status_code, answer.json()["code"]) == (409, "decided")
        assert answer.json()["by_name"] == "supervisor"

    @pytest.mark.parametrize(("who", "status"), [("duty", 403), ("stranger", 404), ("alpha1", 404)])
    def test_others_may_not(self, town, api, flagged, who, status):
        assert decide(api, town.users[who], flagged, "accept").status_code == status
        assert api(town.users[who]).post(f"review/{flagged.pk}/open", {"reason": "x"}).status_code == status

    def test_it_is_one_decision_at_a_time(self, town, flagged):
        by = town.by("supervisor")
        decide_item(item_id=flagged.pk, decision="accept", reason="", by=by, at=now())
        decide_item(item_id=flagged.pk, decision="accept", reason="", by=by, at=now())

        assert AuditRow.objects.filter(verb="review.accept").count() == 1


class TestOpen:
    def test_what_was_sent_is_read_for_a_reason(self, town, api, phone):
        row = make.accepted(town)
        phone.send(make.envelope("state", ("case", row.case_id), {"victim_state": SECRET}))
        item = ReviewItem.objects.get()

        answer = api(town.supervisor).post(f"review/{item.pk}/open", {"reason": "to enter it by hand"})

        assert answer.json()["args"] == {"victim_state": SECRET}
        audited = AuditRow.objects.get(verb="review.open")
        assert (audited.actor_id, audited.reason) == (town.supervisor.pk, "to enter it by hand")

    def test_the_unreadable_is_shown_as_it_came(self, town, api, phone):
        phone.batch([{"text": "not json", "sha": "0" * 64}])
        item = ReviewItem.objects.get()

        answer = api(town.supervisor).post(f"review/{item.pk}/open", {"reason": "look"})

        assert answer.json()["text"] == "not json"

    def test_it_shares_the_hourly_limit_of_every_typed_look(self, town, api, flagged):
        supervisor, path = api(town.supervisor), f"review/{flagged.pk}/open"
        assert supervisor.post(f"cases/{flagged.case_id}/reveal", {"reason": "a look"}).status_code == 200
        for _ in range(REVEALS_AN_HOUR - 1):
            assert supervisor.post(path, {"reason": "a look"}).status_code == 200

        answer = supervisor.post(path, {"reason": "one more"})

        assert (answer.status_code, answer.json()["code"]) == (429, "too_many_reveals")
        assert "args" not in answer.json()
        alarm = Alarm.objects.get(kind="bulk_reveal")
        assert (alarm.center_id, alarm.params["name"]) == (town.center.pk, "supervisor")
        assert AuditRow.objects.filter(verb="review.open").count() == REVEALS_AN_HOUR - 1
        again = supervisor.post(f"cases/{flagged.case_id}/reveal", {"reason": "the other way"})
        assert again.status_code == 429
