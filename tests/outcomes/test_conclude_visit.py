"""Conclude: what is required is asked for by name; report, follow-up and freed crew come together."""

import datetime as dt

import pytest

from fieldops.cases.models import Case
from fieldops.dispatch.actions import recall_assignment
from fieldops.dispatch.models import Assignment
from fieldops.feed.models import Alarm, desk
from fieldops.lib.clock import now
from fieldops.outcomes.actions import Incomplete, conclude_visit, missing_fields
from fieldops.outcomes.models import FollowUp, VisitReport
from fieldops.timers.loop import run_due
from tests import make
from tests.contract import heard, one
from tests.verify import verify_feed


def conclude(town, row, who="alpha1", **answers):
    return conclude_visit(assignment_id=row.pk, report=make.report(**answers), by=town.by(who), at=now())


def send(town, row, report, who="alpha1"):
    command = make.envelope("conclude", ("assignment", row.pk), {"report": report})
    return make.send_command(town.users[who], command)


class TestRequired:
    @pytest.mark.parametrize(
        ("change", "missing"),
        [
            ({}, []),
            ({"met": None}, ["met"]),
            ({"state_after": ""}, ["state_after"]),
            ({"effect": None}, ["effect"]),
            ({"scam_type": ""}, ["scam_type"]),
            ({"prevented_basis": "none"}, ["prevented_basis"]),
            ({"lost_fen": 100}, ["lost_basis"]),
            ({"stopped_fen": 100, "stopped_basis": "bank_says"}, []),
            ({"prevented_fen": 0, "prevented_basis": "none"}, []),
            ({"effect": "ineffective"}, ["ineffective_reason"]),
            ({"effect": "ineffective", "ineffective_reason": "not_home"}, []),
        ],
    )
    def test_it_names_what_is_missing(self, change, missing):
        assert missing_fields(make.report(**change)) == missing

    def test_nothing_changes_when_something_is_missing(self, town):
        row = make.arrived(town)

        with heard(desk(town.center.pk)) as events, pytest.raises(Incomplete) as refused:
            conclude(town, row, met=None, lost_fen=5)

        assert refused.value.extra == {"fields": ["met", "lost_basis"]}
        assert events == []
        assert Assignment.objects.get(pk=row.pk).status == "arrived"

    def test_the_phone_gets_the_fields(self, town):
        row = make.arrived(town)
        report = make.report()
        del report["effect"]

        result = send(town, row, report)

        assert (result["outcome"], result["code"], result["fields"]) == ("conflict", "INCOMPLETE", ["effect"])
        assert not VisitReport.objects.exists()


class TestConclude:
    def test_report_conclusion_and_follow_up_come_together(self, town):
        row = make.arrived(town)

        with verify_feed(town.alpha1), verify_feed(town.alpha2), heard(desk(town.center.pk)) as events:
            moved = conclude(town, row)

        assert moved.outcome == "applied"
        assert one(events, "report.filed")["body"]["prevented_fen"] == 6_000_000
        assert one(events, "assignment.concluded")["body"]["concluded_at"]
        case = Case.objects.get(pk=row.case_id)
        assert (case.stage, case.victim_state, case.confirmed_scam_type) == ("to_review", "aware", "SD")
        assert FollowUp.objects.get(case=case).done_at is None

    def test_again_is_stale_and_adds_nothing(self, town):
        row = make.arrived(town)
        report = make.report()
        assert send(town, row, report)["outcome"] == "applied"

        again = send(town, row, report)

        assert (again["outcome"], again["code"]) == ("noop", "STALE")
        assert (VisitReport.objects.count(), FollowUp.objects.count()) == (1, 1)

    def test_before_arriving_the_report_stays_and_the_conclusion_does_not(self, town):
        row = make.accepted(town)

        result = send(town, row, make.report())

        assert (result["outcome"], result["code"]) == ("conflict", "NOT_ARRIVED")
        assert VisitReport.objects.count() == 1
        assert Assignment.objects.get(pk=row.pk).status == "accepted"

    def test_after_a_recall_it_is_kept_flagged_and_shown(self, town):
        row = make.arrived(town)
        recall_assignment(assignment_id=row.pk, by=town.by("supervisor"), at=now(), reason="enough")

        result = send(town, row, make.report())

        assert (result["outcome"], result["code"]) == ("flagged", "RECALLED")
        assert VisitReport.objects.get().late is True
        assert Alarm.objects.get(kind="late_fact").params["name"] == "alpha1"

    def test_nobody_met_is_not_rung_again(self, town):
        row = make.arrived(town)

        conclude(town, row, met="nobody", effect="ineffective", ineffective_reason="moved")

        assert not FollowUp.objects.exists()

    def test_an_unknown_scam_type_is_refused(self, town):
        row = make.arrived(town)

        result = send(town, row, make.report(scam_type="ZZ"))

        assert (result["outcome"], result["code"]) == ("conflict", "UNKNOWN_SCAM_TYPE")

    def test_the_outsider_has_no_visit_to_conclude(self, town):
        row = make.arrived(town)

        for who in ("bravo1", "intruder"):
            assert send(town, row, make.report(), who)["code"] == "NOT_THERE"
        assert not VisitReport.objects.exists()


class TestFollowUp:
    def test_it_is_due_next_day_until_somebody_rings(self, town, api):
        row = make.arrived(town)
        conclude(town, row)
        planned = FollowUp.objects.get()

        run_due(at=now() + dt.timedelta(hours=23))
        assert not Alarm.objects.filter(kind="follow_up").exists()
        run_due(at=now() + dt.timedelta(hours=25))
        assert Alarm.objects.get(kind="follow_up").acknowledged_at is None
        answer = api(town.duty).post(f"follow-ups/{planned.pk}", {"valid": True, "remark": "still well"})

        assert answer.json() == {"id": str(planned.pk), "valid": True, "remark": "still well"}
        assert Alarm.objects.get(kind="follow_up").acknowledged_at

    def test_done_before_it_is_due_it_never_rings(self, town, api):
        conclude(town, make.arrived(town))
        planned = FollowUp.objects.get()
        api(town.duty).post(f"follow-ups/{planned.pk}", {"valid": True})

        run_due(at=now() + dt.timedelta(hours=25))

        assert not Alarm.objects.filter(kind="follow_up").exists()

    def test_again_keeps_the_first(self, town, api):
        conclude(town, make.arrived(town))
        url = f"follow-ups/{FollowUp.objects.get().pk}"
        api(town.duty).post(url, {"valid": True, "remark": "first"})

        again = api(town.duty2).post(url, {"valid": False, "remark": "second"})

        assert again.json()["remark"] == "first"

    def test_it_is_the_desks(self, town, api):
        conclude(town, make.arrived(town))
        url = f"follow-ups/{FollowUp.objects.get().pk}"

        for who in (town.stranger, town.alpha1, town.analyst):
            assert api(who).post(url, {"valid": True}).status_code == 404
        assert FollowUp.objects.get().done_at is None
