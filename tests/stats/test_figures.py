"""Facts into figures, with no database: each rule by a small day of its own."""

import datetime as dt
import uuid
from dataclasses import replace
from typing import Any

import pytest

from fieldops.lib.clock import LOCAL, day_bounds
from fieldops.stats.body import base_of, checks_of, complete, difference
from fieldops.stats.facts import Call, CaseFact, Day, Report, ScamKind, Told, Visit
from fieldops.stats.figures import figures_of
from fieldops.stats.outcome import effect_of, settle

DATE = dt.date(2026, 11, 18)
TEAM = uuid.UUID(int=7)
TYPES = {
    "SD": ScamKind("", False, 0),
    "SD_RW": ScamKind("SD", False, 1),
    "LC": ScamKind("", False, 2),
    "LK": ScamKind("", True, 3),
}


def t(clock: str, day: int = 18) -> dt.datetime:
    return dt.datetime.combine(DATE.replace(day=day), dt.time.fromisoformat(clock), LOCAL)


def case(**fields: Any) -> CaseFact:
    number = uuid.uuid4()
    values = {"id": number, "number": str(number)[:8], "person": uuid.uuid4(), "issued_at": t("09:00")}
    return CaseFact(**{**values, "scam_type": "SD", **fields})


def visit(*reports: Report, **fields: Any) -> Visit:
    values = {"id": uuid.uuid4(), "team_id": TEAM, "call_sign": "Alpha", "status": "concluded"}
    times = {"offered_at": t("09:10"), "accepted_at": t("09:11"), "arrived_at": t("09:20")}
    return Visit(**{**values, **times, "reports": reports, **fields})


def report(**fields: Any) -> Report:
    return Report(**{"filed_at": t("09:40"), "scam_type": "SD", **fields})


def day(*cases: CaseFact, cutoff: str = "00:00", **fields: Any) -> Day:
    start, end = day_bounds(DATE, cutoff)
    targets = {"critical": 300, "high": 900, "medium": 7200, "low": 86400}
    values = {"center": "c", "date": DATE, "cutoff": cutoff, "start": start, "end": end, "types": TYPES}
    return Day(**{**values, "cases": cases, "first_step_s": targets, **fields})


def body(*cases: CaseFact, **fields: Any) -> dict[str, Any]:
    return figures_of(day(*cases, **fields)).body


class TestEffect:
    @pytest.mark.parametrize(
        ("fields", "effect"),
        [
            ({"stage": "to_call"}, "open"),
            ({"stage": "with_person", "visits": (visit(report(), status="arrived"),)}, "open"),
            ({"visits": (visit(report()),)}, "visit"),
            ({"stage": "to_review", "visits": (visit(report()),)}, "visit"),
            ({"visits": (visit(report(effect="self_aware")),)}, "self_aware"),
            ({"visits": (visit(report(effect="not_dissuaded")),)}, "deceived"),
            ({"visits": (visit(report(), report(effect="self_aware")),)}, "disputed"),
            ({"stage": "to_call", "visits": (visit(report(), report(met="family")),)}, "disputed"),
            ({"effect": "dissuaded"}, "phone"),
            ({"effect": "self_aware"}, "self_aware"),
            ({"effect": "not_dissuaded"}, "deceived"),
            ({"victim_state": "already_paid"}, "deceived"),
            ({"told": (Told(channel="school", told_at=t("09:05"), reached_at=t("09:20")),)}, "partner"),
            ({"told": (Told(channel="relative", told_at=t("09:05"), reached_at=t("09:20")),)}, "other"),
            ({"disposition": "false_alarm"}, "other"),
            ({}, "unreachable"),
            ({"stage": "to_review", "disposition": ""}, "open"),
            ({"reached_at": t("09:05")}, "other"),
        ],
    )
    def test_each_case_has_one_column(self, fields, effect):
        assert effect_of(case(**fields)) == effect

    def test_the_last_visit_that_met_somebody_counts(self):
        earlier = visit(report(effect="not_dissuaded", filed_at=t("10:00")))
        later = visit(report(filed_at=t("12:00")))
        nobody = visit(report(effect="ineffective", met="nobody", filed_at=t("13:00")))

        assert effect_of(case(visits=(later, nobody, earlier))) == "visit"

    @pytest.mark.parametrize(
        ("states", "effect"),
        [
            ([("unknown", "aware")], "self_aware"),  # he knew before we said a word
            ([("convinced", "aware")], "phone"),
            ([("unknown", "doubtful"), ("doubtful", "aware")], "phone"),
            ([("unknown", "aware"), ("aware", "convinced")], "other"),
        ],
    )
    def test_what_the_calls_did_is_read_from_the_states(self, states, effect):
        calls = tuple(Call(opened_at=t("09:05"), state_before=a, state_after=b) for a, b in states)

        assert effect_of(case(calls=calls, reached_at=t("09:05"))) == effect

    def test_a_report_of_a_called_off_crew_is_no_visit_before_the_desk_picks(self):
        on_the_way = visit(report(), status="recalled", arrived_at=None)
        picked = replace(on_the_way, reports=(report(decided=True),))

        assert effect_of(case(visits=(on_the_way,))) == "unreachable"
        assert effect_of(case(visits=(picked,))) == "visit"


class TestSettle:
    def test_words_may_differ_answers_may_not(self):
        assert settle(visit(report(), report(filed_at=t("10:00")))).report is not None
        assert settle(visit(report(), report(lost_fen=1))).differs == ("lost_fen",)

    def test_the_picked_one_counts(self):
        settled = settle(visit(report(decided=False), report(effect="self_aware", decided=True)))

        assert settled.report and settled.report.effect == "self_aware"


class TestSums:
    def test_the_largest_of_an_episode_counts_once(self):
        person = uuid.uuid4()
        small, large = (
            case(person=person, visits=(visit(report(prevented_fen=fen, prevented_basis="person_says")),))
            for fen in (100, 900)
        )

        assert body(small, large)["sums"]["prevented"] == {
            "cases": 1,
            "fen": 900,
            "basis": {"person_says": {"cases": 1, "fen": 900}},
        }

    def test_two_members_agreeing_do_not_count_twice(self):
        twice = report(prevented_fen=900, prevented_basis="bank_says")

        assert body(case(visits=(visit(twice, twice),)))["sums"]["prevented"]["fen"] == 900

    def test_a_disputed_visit_gives_no_sum(self):
        disputed = visit(report(prevented_fen=900, prevented_basis="bank_says"), report())

        sums = body(case(visits=(disputed,)))["sums"]

        assert sums["prevented"]["fen"] == 0

    def test_what_was_paid_later_moves_out_of_prevented(self):
        person = uuid.uuid4()
        first = case(
            person=person, visits=(visit(report(prevented_fen=900, prevented_basis="balance_seen")),)
        )
        lost = visit(report(lost_fen=200, lost_basis="bank_says", filed_at=t("10:00", day=25)))
        later = case(person=person, issued_at=t("09:00", day=25), visits=(lost,))

        sums = body(first, later=(later,))["sums"]

        assert (sums["prevented"]["fen"], sums["then_lost"]) == (700, {"cases": 1, "fen": 200})
        assert sums["lost"]["fen"] == 0  # the loss stands on its own day

    def test_a_loss_an_earlier_visit_found_moves_nothing(self):
        lost = visit(report(lost_fen=200, lost_basis="bank_says", filed_at=t("10:00")))
        kept = visit(report(prevented_fen=900, prevented_basis="balance_seen", filed_at=t("12:00")))

        sums = body(case(visits=(lost, kept)))["sums"]

        assert (sums["prevented"]["fen"], sums["lost"]["fen"], sums["then_lost"]["fen"]) == (900, 200, 0)

    def test_money_lost_before_the_visit_moves_nothing(self):
        both = report(prevented_fen=900, prevented_basis="balance_seen", lost_fen=200, lost_basis="bank_says")

        sums = body(case(visits=(visit(both),)))["sums"]

        assert (sums["prevented"]["fen"], sums["lost"]["fen"], sums["then_lost"]["fen"]) == (900, 200, 0)


class TestLeftOut:
    def test_accomplices_are_counted_apart(self):
        counted = body(case(), case(scam_type="LK"))

        assert (counted["funnel"]["issued"], counted["left_out"]["accomplice"]) == (1, 1)

    def test_a_rejected_drill_is_left_out_once(self):
        counted = body(case(drill=True, disposition="duplicate"))

        assert counted["left_out"] == {"duplicate": 0, "not_ours": 0, "drill": 1, "accomplice": 0}

    def test_a_variant_counts_with_its_class_and_an_unknown_code_by_itself(self):
        rows = {
            row["type"]: row["total"] for row in body(case(scam_type="SD_RW"), case(scam_type="X"))["types"]
        }

        assert rows == {"SD": 1, "LC": 0, "X": 1}


class TestPace:
    def test_a_running_day_leaves_what_is_not_due_yet_aside(self):
        fresh = case(stage="to_call", alert_level="high", issued_at=t("09:00"))

        assert body(fresh, as_of=t("09:10"))["funnel"]["not_due"] == 1
        assert body(fresh, as_of=t("09:16"))["funnel"]["overdue"] == 1
        assert body(fresh)["funnel"]["overdue"] == 1

    def test_the_alert_s_own_level_sets_the_target(self):
        regraded = case(level="critical", alert_level="medium", first_call_at=t("10:30"))

        assert body(regraded)["funnel"]["on_time"] == 1


class TestHours:
    def test_hours_are_the_clock_s_also_with_a_cut_off_in_the_morning(self):
        night = case(issued_at=t("03:00", day=19))

        counted = body(night, cutoff="08:30")

        assert counted["hours"][3] == 1
        assert (counted["from"], counted["to"]) == ("2026-11-18T00:30:00.000Z", "2026-11-19T00:30:00.000Z")

    def test_a_phone_s_clock_before_its_offer_counts_as_no_time(self):
        early = visit(report(), offered_at=t("09:10"), accepted_at=t("09:09"))

        assert body(case(visits=(early,)))["response"]["accept"]["p50_s"] == 0


class TestComplete:
    def whole(self, *cases: CaseFact, before: tuple[CaseFact, ...] = ()) -> dict[str, Any]:
        base = base_of(body(*before))
        return complete(body(*cases), base, base_of(body()))

    def test_a_base_of_zero_has_no_change(self):
        done = self.whole(case(effect="dissuaded"), before=(case(), case()))

        changes = done["compare"]["changes"]

        assert changes["funnel.issued"] == {"pop": -500, "yoy": None}
        assert changes["funnel.phone"] == {"pop": None, "yoy": None}

    def test_rates_change_in_points(self):
        in_time = case(first_call_at=t("09:01"))

        done = self.whole(in_time, case(), before=(in_time,))

        assert done["compare"]["changes"]["on_time_permille"] == {"pop": -500, "yoy": None}

    def test_totals_that_do_not_close_are_not_for_signing(self):
        odd = case(visits=(visit(report(effect="persuaded")),))

        done = self.whole(odd)

        assert done["signable"] is False
        assert {check["check"] for check in done["checks"] if not check["ok"]} == {
            "visits",
            f"team.{TEAM}",
        }

    def test_a_jump_of_a_thousand_times_is_questioned(self):
        def prevented(fen: int) -> CaseFact:
            return case(visits=(visit(report(prevented_fen=fen, prevented_basis="bank_says")),))

        assert self.whole(prevented(1_000_000), before=(prevented(1_000),))["questions"] == [
            {"question": "jump", "sum": "prevented", "now_fen": 1_000_000, "before_fen": 1_000}
        ]
        assert self.whole(prevented(999_999), before=(prevented(1_000),))["questions"] == []
        assert self.whole(prevented(1_000_000))["questions"] == []

    def test_an_empty_day_closes(self):
        assert all(check["ok"] for check in checks_of(body()))

    def test_the_difference_of_two_revisions_names_what_changed(self):
        assert difference(body(case()), body(case(), case(effect="dissuaded")))["funnel.phone"] == [0, 1]
        assert difference(body(case()), body(case())) == {}
