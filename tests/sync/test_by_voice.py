"""By voice: every move of a crew made by the desk, marked so; the phone's late copy is a noop."""

import pytest

from fieldops.audit.models import AuditRow
from fieldops.cases.models import CaseEvent
from fieldops.dispatch.actions import recall_assignment
from fieldops.dispatch.models import Assignment, Message
from fieldops.feed.models import desk
from fieldops.lib.clock import now
from fieldops.lib.ids import new_id
from fieldops.outcomes.models import VisitReport
from tests import make
from tests.contract import heard, kinds, one
from tests.verify import verify_feed


def say(api, who, row, command, member, args=None, cmd_id=None):
    body = {
        "cmd_id": str(cmd_id or new_id()),
        "command": command,
        "member": str(member.pk),
        "args": args or {},
    }
    return api(who).post(f"assignments/{row.pk}/by-voice", body)


def from_phone(user, row, command, args=None):
    return make.send_command(user, make.envelope(command, ("assignment", row.pk), args))


def test_an_accept_is_marked_and_audited(town, api):
    row = make.offered(town)

    with heard(desk(town.center.pk)) as events:
        answer = say(api, town.duty, row, "accept", town.alpha1)

    assert (answer.status_code, answer.json()["outcome"]) == (200, "applied")
    body = one(events, "assignment.accepted")["body"]
    assert [m["by_voice"] for m in body["members"]] == [True, False]
    line = CaseEvent.objects.get(case=row.case, code="accepted")
    assert (line.by_voice, line.actor_name) == (True, "alpha1")
    audit = AuditRow.objects.get(verb="voice.accept")
    assert (audit.actor_id, audit.extra) == (town.duty.pk, {"member": str(town.alpha1.pk)})


def test_the_phones_know_when_they_wake(town, api):
    row = make.offered(town)

    with verify_feed(town.alpha1), verify_feed(town.alpha2):
        say(api, town.duty, row, "set_out", town.alpha1)


@pytest.mark.parametrize("command", ["accept", "set_out", "arrive"])
def test_the_phones_late_copy_is_a_noop(town, api, command):
    row = make.offered(town)
    say(api, town.duty, row, command, town.alpha1)
    at = Assignment.objects.get(pk=row.pk)

    with heard(desk(town.center.pk)) as events:
        result = from_phone(town.alpha1, row, command)

    assert (result["outcome"], result["code"]) == ("noop", "BY_VOICE")
    assert events == []
    assert Assignment.objects.get(pk=row.pk).version == at.version


def test_the_late_copy_of_a_conclusion_changes_nothing(town, api):
    row, report = make.arrived(town), {"report": make.report()}
    say(api, town.duty, row, "conclude", town.alpha1, report)
    assert VisitReport.objects.get().by_voice

    with heard(desk(town.center.pk)) as events:
        result = from_phone(town.alpha1, row, "conclude", {"report": make.report()})

    assert (result["outcome"], result["code"], kinds(events)) == ("noop", "BY_VOICE", [])


def test_a_late_copy_that_says_more_corrects_the_report(town, api):
    row = make.arrived(town)
    say(api, town.duty, row, "conclude", town.alpha1, {"report": make.report()})

    result = from_phone(town.alpha1, row, "conclude", {"report": make.report(words="in full")})

    assert result["code"] == "BY_VOICE"
    assert VisitReport.objects.get().words == "in full"


def test_the_mate_who_was_not_spoken_for_still_joins(town, api):
    row = make.offered(town)
    say(api, town.duty, row, "accept", town.alpha1)

    assert from_phone(town.alpha2, row, "accept")["code"] == "JOINED"


def test_a_decline_and_a_stand_down_by_voice(town, api):
    row = make.offered(town)
    said = say(api, town.duty, row, "decline", town.alpha2, {"reason": "unwell"})
    assert said.json()["outcome"] == "applied"
    assert from_phone(town.alpha2, row, "decline", {"reason": "unwell"})["code"] == "BY_VOICE"
    recall_assignment(assignment_id=row.pk, by=town.by("supervisor"), at=now(), reason="enough")

    down = say(api, town.duty, row, "confirm_stand_down", town.alpha1)

    assert down.json()["outcome"] == "applied"
    assert from_phone(town.alpha1, row, "confirm_stand_down")["outcome"] == "noop"


def test_words_note_and_safety_by_voice(town, api):
    row = make.arrived(town)

    words = {"id": str(new_id()), "text": "he gave in"}
    assert say(api, town.duty, row, "say", town.alpha1, words).json()["outcome"] == "applied"
    note = {"id": str(new_id()), "text": "door 402"}
    assert say(api, town.duty, row, "note", town.alpha1, note).json()["outcome"] == "applied"
    assert say(api, town.duty, row, "check_in", town.alpha1, {"safe": True}).json()["outcome"] == "applied"

    assert Message.objects.get().from_desk is False


def test_the_same_click_again_is_the_first_answer(town, api):
    row, cmd_id = make.offered(town), new_id()
    first = say(api, town.duty, row, "accept", town.alpha1, cmd_id=cmd_id).json()

    again = say(api, town.duty, row, "accept", town.alpha1, cmd_id=cmd_id)

    assert again.json() == {**first, "replayed": True}
    assert AuditRow.objects.filter(verb="voice.accept").count() == 1


def test_a_click_id_of_another_assignment_is_refused(town, api):
    row, cmd_id = make.offered(town), new_id()
    say(api, town.duty, row, "accept", town.alpha1, cmd_id=cmd_id)
    other = make.offered(town, shift=town.bravo)

    answer = say(api, town.duty, other, "accept", town.bravo1, cmd_id=cmd_id)

    assert (answer.status_code, answer.json()["code"]) == (409, "id_reused")


def test_an_incomplete_report_says_what_is_missing(town, api):
    row = make.arrived(town)
    report = make.report()
    del report["met"]

    answer = say(api, town.duty, row, "conclude", town.alpha1, {"report": report})

    assert (answer.status_code, answer.json()["code"], answer.json()["fields"]) == (
        409,
        "INCOMPLETE",
        ["met"],
    )


def test_wrong_words_are_400(town, api):
    row = make.offered(town)

    assert say(api, town.duty, row, "decline", town.alpha1, {"reason": "bored"}).status_code == 400
    assert say(api, town.duty, row, "duty", town.alpha1, {"state": "off"}).status_code == 400


def test_only_for_members_of_this_crew_and_only_by_the_desk(town, api):
    row = make.accepted(town)

    assert say(api, town.duty, row, "set_out", town.bravo1).status_code == 404
    assert say(api, town.stranger, row, "set_out", town.alpha1).status_code == 404
    assert say(api, town.alpha2, row, "set_out", town.alpha1).status_code == 403
    assert Assignment.objects.get(pk=row.pk).status == "accepted"
