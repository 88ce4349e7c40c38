"""Triage: every rule, read top down, in codes; and how a case follows it."""

import datetime as dt

import pytest

from fieldops.audit.models import AuditRow
from fieldops.cases.actions import close_case, grade_case, override_triage, set_victim_state
from fieldops.cases.actions.people import Who
from fieldops.cases.models import Case
from fieldops.cases.triage import RULES, Facts, triage
from fieldops.lib.clock import now
from tests import make
from tests.contract import heard, kinds, one
from tests.verify import verify_feed

CALM = {
    "level": "medium", "victim_state": "unknown", "student": False, "attempts": 1, "unreached_rounds": 0,
    "busy_rounds": 0,
}  # fmt: skip

# rule, what makes it hold, channel: as the table is read aloud.
CASES = [
    ("already_paid", {"victim_state": "already_paid"}, "mobile_team"),
    ("transferring", {"victim_state": "transferring"}, "mobile_team"),
    ("convinced", {"victim_state": "convinced"}, "mobile_team"),
    ("convinced", {"victim_state": "convinced", "level": "low", "student": True}, "mobile_team"),
    ("aware", {"victim_state": "aware", "level": "critical", "unreached_rounds": 5}, "phone"),
    ("refuses_high_risk", {"victim_state": "denies", "level": "high"}, "mobile_team"),
    ("refuses_high_risk", {"victim_state": "hangs_up", "level": "critical", "student": True}, "mobile_team"),
    ("line_busy_critical", {"level": "critical", "busy_rounds": 2}, "mobile_team"),
    ("refuses_student", {"victim_state": "hangs_up", "student": True}, "school"),
    ("unreached_student", {"unreached_rounds": 3, "student": True, "level": "critical"}, "school"),
    ("unreached_high_risk", {"unreached_rounds": 3, "level": "high"}, "mobile_team"),
    ("refuses", {"victim_state": "denies"}, "station"),
    ("refuses", {"victim_state": "hangs_up", "level": "low"}, "station"),
    ("unreached", {"unreached_rounds": 3}, "station"),
    ("doubtful", {"victim_state": "doubtful", "level": "critical"}, "phone"),
    ("not_called_yet", {"attempts": 0, "level": "critical"}, "phone"),
    ("try_again", {"level": "critical", "busy_rounds": 1, "unreached_rounds": 2}, "phone"),
    ("try_again", {"busy_rounds": 2, "level": "high"}, "phone"),
]


class TestRules:
    @pytest.mark.parametrize(("code", "facts", "channel"), CASES)
    def test_it_says(self, code, facts, channel):
        verdict = triage(Facts(**{**CALM, **facts}))

        assert (verdict.reasons[0]["code"], verdict.channel) == (code, channel)

    def test_every_rule_is_tried_here(self):
        assert {code for code, _, _ in CASES} == {code for code, _, _ in RULES}

    def test_it_gives_what_backs_it(self):
        verdict = triage(Facts(**{**CALM, "victim_state": "convinced", "level": "critical", "attempts": 4}))

        assert verdict.reasons == [
            {"code": "convinced", "params": {}},
            {"code": "level", "params": {"level": "critical"}},
            {"code": "attempts", "params": {"count": 4}},
        ]


def state(town, row, to, by="duty", at=None):
    """Say how deep he is in."""
    return set_victim_state(case_id=row.pk, state=to, by=town.by(by), at=at or now())


class TestState:
    def test_it_moves_the_case_where_triage_says(self, town, row, desk_feed):
        with heard(desk_feed) as events:
            case = state(town, row, "convinced")

        assert (case.stage, case.triage_channel) == ("to_send", "mobile_team")
        assert kinds(events) == ["case.changed"]
        assert one(events, "case.changed")["line"]["params"] == {"before": "unknown", "after": "convinced"}

    def test_it_is_harmless_when_repeated(self, town, row, desk_feed):
        state(town, row, "denies")

        with heard(desk_feed) as events:
            state(town, row, "denies")

        assert events == []

    def test_a_crew_that_is_with_him_stays(self, town):
        with_him = make.arrived(town).case

        with verify_feed(town.alpha2):
            case = state(town, with_him, "aware", by="alpha1")

        assert case.stage == "with_person"

    def test_a_late_word_on_a_closed_case_is_kept(self, town, row):
        close_case(case_id=row.pk, disposition="handled", by=town.by("duty"), at=now())

        assert state(town, row, "convinced").stage == "closed"

    def test_a_word_that_comes_late_does_not_undo_a_newer_one(self, town, row, desk_feed):
        state(town, row, "denies", at=now() - dt.timedelta(hours=3))
        state(town, row, "aware")

        with heard(desk_feed) as events:
            case = state(town, row, "convinced", at=now() - dt.timedelta(hours=1))

        assert case.victim_state == Case.objects.get(pk=row.pk).victim_state == "aware"
        assert one(events, "case.changed")["line"]["params"] == {"before": "denies", "after": "convinced"}

    def test_nor_what_a_call_since_has_learnt(self, town, row):
        make.called(town, row, state="aware")

        assert state(town, row, "denies", at=now() - dt.timedelta(hours=1)).victim_state == "aware"

    def test_the_endpoint(self, api, town, row):
        body = api(town.duty).post(f"cases/{row.pk}/state", {"victim_state": "transferring"}).json()

        assert (body["victim_state"], body["stage"]) == ("transferring", "to_send")

    def test_a_student_of_a_linked_school_goes_to_the_school(self, town):
        who = Who(name="李同学", phone="13800008888", school=town.school)
        row = make.case(town, who=who, level="medium")

        case = make.called(town, row, result="refused", state="hangs_up")

        assert (case.triage_channel, case.stage) == ("school", "to_send")


def override(town, row, channel="school", reason="his teacher is there"):
    """Decide otherwise."""
    return override_triage(case_id=row.pk, channel=channel, reason=reason, by=town.by("supervisor"), at=now())


class TestOverride:
    def test_it_decides_otherwise_with_a_reason(self, town, row, desk_feed):
        with heard(desk_feed) as events:
            case = override(town, row)

        assert case.stage == "to_send"
        overridden = one(events, "case.changed")["body"]["triage"]["overridden"]
        assert (overridden["channel"], overridden["reason"]) == ("school", "his teacher is there")
        assert AuditRow.objects.filter(verb="triage.override", actor_id=town.supervisor.pk).count() == 1

    def test_it_stands_when_the_facts_change(self, town, row):
        override(town, row, "phone")

        case = make.called(town, row, state="convinced")

        assert (case.triage_channel, case.stage) == ("mobile_team", "to_call")

    def test_a_closed_case_is_past_it(self, api, town, row):
        close_case(case_id=row.pk, disposition="handled", by=town.by("duty"), at=now())

        response = api(town.supervisor).post(
            f"cases/{row.pk}/triage", {"channel": "school", "reason": "his teacher is there"}
        )

        assert (response.status_code, response.json()["code"]) == (409, "closed")

    def test_a_reason_has_words(self, api, town, row):
        response = api(town.supervisor).post(f"cases/{row.pk}/triage", {"channel": "school", "reason": "ok"})

        assert response.status_code == 400


def grade(town, row, **values):
    """Grade again."""
    return grade_case(case_id=row.pk, by=town.by("duty"), at=now(), reason="他说得很清楚", **values)


class TestGrade:
    def test_it_changes_what_is_named(self, town, row, desk_feed):
        with heard(desk_feed) as events:
            case = grade(town, row, level="medium", amount_at_risk_fen=100)

        assert (case.level, case.alert_level, case.amount_at_risk_fen) == ("medium", "critical", 100)
        line = one(events, "case.changed")["line"]
        assert (line["code"], line["params"]["changed"]) == ("graded", ["amount_at_risk_fen", "level"])

    def test_the_loss_clock_follows(self, town, row):
        due = row.due_at

        assert grade(town, row, level="low").due_at > due

    def test_equal_values_are_harmless(self, town, row, desk_feed):
        with heard(desk_feed) as events:
            grade(town, row, level="critical")

        assert events == []

    def test_triage_is_asked_again(self, town, row):
        make.called(town, grade(town, row, level="medium"), state="denies")
        assert Case.objects.get(pk=row.pk).triage_channel == "station"

        assert grade(town, row, level="critical").triage_channel == "mobile_team"

    def test_a_closed_case_is_past_it(self, api, town, row):
        close_case(case_id=row.pk, disposition="handled", by=town.by("duty"), at=now())

        response = api(town.duty).post(f"cases/{row.pk}/grade", {"reason": "why not", "level": "low"})

        assert (response.status_code, response.json()["code"]) == (409, "closed")

    @pytest.mark.parametrize(
        "wrong",
        [
            {"level": "huge"},
            {"amount_at_risk_fen": -1},
            {"amount_at_risk_fen": 10**15},
            {"next_transfer_at": "9999-12-31T23:59:59Z"},
        ],
    )
    def test_wrong_values_are_refused(self, api, town, row, wrong):
        assert api(town.duty).post(f"cases/{row.pk}/grade", {"reason": "因为", **wrong}).status_code == 400
