"""Reports: one a member, corrected by him alone, disputed when two differ, picked by the supervisor."""

import datetime as dt

import pytest
import time_machine

from fieldops.cases.models import Case
from fieldops.dispatch.actions import recall_assignment
from fieldops.feed.models import Alarm, desk
from fieldops.lib.clock import now
from fieldops.lib.errors import NotFound, WrongState
from fieldops.outcomes.actions import Incomplete, correct_report, decide_report, file_report
from fieldops.outcomes.models import ReportRevision, VisitReport
from tests import make
from tests.contract import heard, kinds, one
from tests.verify import verify_feed


@pytest.fixture
def row(town):
    return make.arrived(town)


def file(town, row, who="alpha1", **answers):
    return file_report(assignment_id=row.pk, report=make.report(**answers), by=town.by(who), at=now())


def correct(town, row, who="alpha1", **answers):
    return correct_report(assignment_id=row.pk, report=answers, by=town.by(who), at=now())


def send(town, row, kind, report, who="alpha1"):
    return make.send_command(town.users[who], make.envelope(kind, ("assignment", row.pk), {"report": report}))


class TestFile:
    def test_it_is_told(self, town, row):
        with verify_feed(town.alpha1), verify_feed(town.alpha2), heard(desk(town.center.pk)) as events:
            file(town, row, words="he called his wife")

        assert one(events, "report.filed")["body"]["words"] == "he called his wife"

    def test_an_id_used_elsewhere_is_refused(self, town, row):
        report = file(town, row)
        other = make.offered(town, shift=town.bravo)

        with pytest.raises(WrongState):
            file(town, other, "bravo1", id=str(report.pk))

    def test_after_an_hour_it_is_late(self, town, row):
        make.conclude(town, row)

        with time_machine.travel(now() + dt.timedelta(minutes=61), tick=True):
            result = send(town, row, "report", make.report(words="mine"), "alpha2")

        assert (result["outcome"], result["code"]) == ("flagged", "LATE")

    def test_after_a_recall_it_is_kept_and_flagged(self, town, row):
        recall_assignment(assignment_id=row.pk, by=town.by("supervisor"), at=now(), reason="enough")

        result = send(town, row, "report", make.report())

        assert (result["outcome"], result["code"]) == ("flagged", "NOT_ASSIGNED")
        assert VisitReport.objects.get().late
        assert Alarm.objects.filter(kind="late_fact").count() == 1


class TestCorrect:
    def test_a_second_report_by_the_same_author_corrects(self, town, row):
        first = file(town, row)

        with verify_feed(town.alpha2), heard(desk(town.center.pk)) as events:
            second = file(town, row, prevented_fen=5_000_000)

        assert str(second.pk) == str(first.pk)
        assert one(events, "report.corrected")["body"]["prevented_fen"] == 5_000_000
        kept = ReportRevision.objects.get()
        assert (kept.version, kept.body["prevented_fen"]) == (1, 6_000_000)

    def test_the_same_again_changes_nothing(self, town, row):
        file(town, row)

        with heard(desk(town.center.pk)) as events:
            file(town, row)

        assert events == []
        assert not ReportRevision.objects.exists()

    def test_only_what_differs_is_sent(self, town, row):
        report = file(town, row)

        result = send(town, row, "correct", {"id": str(report.pk), "effect": "self_aware"})

        assert result["outcome"] == "applied"
        report.refresh_from_db()
        assert (report.effect, report.prevented_fen, report.version) == ("self_aware", 6_000_000, 2)

    def test_a_corrected_sum_still_needs_its_basis(self, town, row):
        file(town, row)

        with pytest.raises(Incomplete) as refused:
            correct(town, row, lost_fen=100)

        assert refused.value.extra == {"fields": ["lost_basis"]}
        assert VisitReport.objects.get().lost_fen == 0

    def test_it_corrects_the_persons_state_and_type_too(self, town, row):
        file(town, row)

        correct(town, row, state_after="convinced", scam_type="KF")

        case = Case.objects.get(pk=row.case_id)
        assert (case.victim_state, case.confirmed_scam_type) == ("convinced", "KF")

    def test_it_does_not_overrule_what_was_learnt_since(self, town, row):
        file(town, row)
        make.called(town, row.case, state="doubtful")

        correct(town, row, state_after="convinced")

        assert Case.objects.get(pk=row.case_id).victim_state == "doubtful"

    def test_after_an_hour_it_is_flagged(self, town, row):
        report = file(town, row)

        with time_machine.travel(now() + dt.timedelta(minutes=61), tick=True):
            result = send(town, row, "correct", {"id": str(report.pk), "words": "later"})

        assert (result["outcome"], result["code"]) == ("flagged", "LATE")

    def test_the_mates_report_is_not_his_to_correct(self, town, row):
        file(town, row)

        with pytest.raises(NotFound):
            correct(town, row, "alpha2", words="no")


class TestDispute:
    def test_two_different_reports_are_both_kept(self, town, row):
        file(town, row)

        with verify_feed(town.alpha1), verify_feed(town.alpha2), heard(desk(town.center.pk)) as events:
            result = send(town, row, "report", make.report(prevented_fen=1, words="no"), "alpha2")

        assert (result["outcome"], result["code"]) == ("flagged", "TWO_REPORTS")
        assert one(events, "report.filed")["body"]["disputed"] is True
        assert one(events, "report.changed")["body"]["disputed"] is True
        assert one(events, "alarm.raised")["body"]["kind"] == "disputed"
        assert VisitReport.objects.count() == 2

    def test_other_words_are_no_dispute(self, town, row):
        file(town, row)

        result = send(town, row, "report", make.report(words="in my words"), "alpha2")

        assert result["outcome"] == "applied"
        assert not Alarm.objects.filter(kind="disputed").exists()

    def test_a_correction_that_agrees_ends_it(self, town, row):
        file(town, row)
        file(town, row, "alpha2", prevented_fen=1)

        with verify_feed(town.alpha1), heard(desk(town.center.pk)) as events:
            correct(town, row, "alpha2", prevented_fen=6_000_000)

        assert one(events, "report.changed")["body"]["disputed"] is False
        assert not Alarm.objects.filter(kind="disputed", acknowledged_at=None).exists()


class TestDecide:
    @pytest.fixture
    def two(self, town, row):
        return file(town, row), file(town, row, "alpha2", prevented_fen=1, scam_type="KF")

    def test_the_picked_one_counts(self, town, row, two):
        with verify_feed(town.alpha1), verify_feed(town.alpha2), heard(desk(town.center.pk)) as events:
            decide_report(report_id=two[1].pk, by=town.by("supervisor"), at=now())

        assert one(events, "report.decided")["body"]["decided"] is True
        assert one(events, "report.changed")["body"]["decided"] is False
        assert Case.objects.get(pk=row.case_id).confirmed_scam_type == "KF"
        assert not Alarm.objects.filter(kind="disputed", acknowledged_at=None).exists()

    def test_again_is_harmless(self, town, row, two):
        decide_report(report_id=two[0].pk, by=town.by("supervisor"), at=now())

        with heard(desk(town.center.pk)) as events:
            decide_report(report_id=two[0].pk, by=town.by("supervisor"), at=now())

        assert kinds(events) == []

    def test_the_supervisor_decides_nobody_else(self, town, row, two, api):
        url = f"reports/{two[0].pk}/decide"

        assert api(town.duty).post(url).status_code == 403
        assert api(town.alpha1).post(url).status_code == 403
        assert api(town.stranger).post(url).status_code == 404
        assert VisitReport.objects.filter(decided__isnull=True).count() == 2
        answer = api(town.supervisor).post(url)
        assert (answer.status_code, answer.json()["decided"]) == (200, True)
