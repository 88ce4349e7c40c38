"""A day sheet equal to one added by hand from twenty built cases; a late outcome makes revision 2."""

import json

import pytest
import time_machine

from fieldops.dispatch.actions import arrive, end_drill, start_drill
from fieldops.dispatch.models import Assignment
from fieldops.feed.models import desk
from fieldops.outcomes.models import VisitReport
from fieldops.stats.actions import store_day_sheet
from fieldops.stats.body import canonical_of, sha256_of
from fieldops.stats.models import DaySheet
from fieldops.stats.queries import DayNotOver
from tests import make
from tests.contract import heard, one
from tests.stats import day

EFFECTS = (
    "phone", "visit", "partner", "self_aware", "deceived", "unreachable", "other", "open", "disputed"
)  # fmt: skip
# Added by hand from the comments of day.build: which case stands in which column of its type.
TYPES = {
    #      phone visit partner aware deceived no reach other open disputed total prevented
    "SD": (1, 2, 0, 1, 0, 0, 0, 0, 1, 5, 6_000_000),  # 4 · 1 15 · 2 · 3
    "LC": (0, 1, 0, 0, 1, 0, 0, 1, 0, 3, 5_000_000),  # 5 · 6 · 7
    "KF": (0, 0, 0, 1, 1, 2, 0, 0, 0, 4, 0),  # 9 · 10 · 8 11
    "DK": (0, 0, 1, 0, 1, 0, 1, 0, 0, 3, 0),  # 12 · 16 · 13
    "-": (1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0),  # 14
    "all": (2, 3, 1, 2, 3, 2, 1, 1, 1, 16, 11_000_000),
}
TEAMS = {
    #          visits dissuaded aware not ineffective disputed, arrive p50 p90
    "Alpha": (3, 2, 0, 0, 0, 1, 600, 2100),  # 1 3 15: 600, 300, 2100 s
    "Bravo": (2, 1, 1, 0, 0, 0, 900, 1200),  # 2 5: 900, 1200 s
    "Charlie": (2, 0, 0, 1, 1, 0, 1500, 1800),  # 6 8: 1500, 1800 s
    "all": (7, 3, 1, 1, 1, 1, 1200, 2100),
}


@pytest.fixture
def sheet(town, built) -> DaySheet:
    return store(town)


def store(town, at=day.NEXT_MORNING) -> DaySheet:
    return store_day_sheet(center_id=town.center.pk, date=day.DAY, by=town.by("analyst"), at=at)


def behind(sheet: DaySheet, figure: str) -> list[str]:
    """Return the numbers of the cases behind a figure."""
    return [sheet.refs["cases"][place][1] for place in sheet.refs["figures"].get(figure, [])]


def numbers(built, *cases: int) -> list[str]:
    return [built.cases[case].number for case in cases]


class TestDrills:
    def test_a_drill_played_on_the_day_changes_no_byte(self, town, built):
        before = store(town)

        drill = start_drill(
            center_id=town.center.pk, scene="bank_lobby", by=town.by("supervisor"), at=day.NOON,
            shift=town.alpha,
        )  # fmt: skip
        offer = Assignment.objects.get(case=drill.case)
        arrive(assignment_id=offer.pk, by=town.by("alpha1"), at=day.NOON)
        make.conclude(town, offer)
        end_drill(drill_id=drill.pk, by=town.by("supervisor"), at=day.NOON)

        after = store(town)
        assert VisitReport.objects.filter(case=drill.case).exists()
        assert (after.pk, after.canonical) == (before.pk, before.canonical)


class TestSheet:
    def test_it_counts_the_way_from_alert_to_dissuasion(self, sheet):
        assert sheet.body["funnel"] == {
            "issued": 16,  # 1–16; 17–20 are left out
            "reached": 13,  # all but 7, 8, 11
            "visited": 7,  # 1 2 3 5 6 8 15
            "met": 6,  # … without 8: nobody at home
            "dissuaded": 5,
            "phone": 2,  # 4 14
            "visit": 3,  # 1 5 15
            "on_time": 14,
            "overdue": 2,  # 7 was never called; 10 after half an hour
            "not_due": 0,
            "unfinished": 1,  # 7
            "closed": 6,  # 1 8 10 11 13 16
        }

    def test_it_counts_type_by_effect(self, sheet):
        rows = {
            row["type"]: row for row in [*sheet.body["types"], {"type": "all", **sheet.body["types_total"]}]
        }
        columns = (*EFFECTS, "total", "prevented_fen")

        counted = {code: tuple(rows[code][column] for column in columns) for code in TYPES}

        assert counted == TYPES
        assert all(row["total"] == 0 for code, row in rows.items() if code not in TYPES)

    def test_it_counts_team_by_effect(self, sheet):
        rows = [*sheet.body["teams"], {"call_sign": "all", **sheet.body["teams_total"]}]
        columns = ("visits", "dissuaded", "self_aware", "not_dissuaded", "ineffective", "disputed")

        counted = {
            row["call_sign"]: (*(row[c] for c in columns), row["arrive"]["p50_s"], row["arrive"]["p90_s"])
            for row in rows
        }

        assert counted == TEAMS

    def test_it_adds_each_sum_once_per_person_by_basis(self, sheet):
        assert sheet.body["sums"] == {
            "prevented": {
                "cases": 2,
                "fen": 11_000_000,  # 15 is the person of 1: the larger counts; 3 is disputed
                "basis": {
                    "balance_seen": {"cases": 1, "fen": 6_000_000},
                    "bank_says": {"cases": 1, "fen": 5_000_000},
                },
            },
            "lost": {"cases": 1, "fen": 3_000_000, "basis": {"bank_says": {"cases": 1, "fen": 3_000_000}}},
            "stopped": {"cases": 0, "fen": 0, "basis": {}},
            "then_lost": {"cases": 0, "fen": 0},
        }

    def test_it_measures_how_fast(self, sheet):
        assert sheet.body["response"] == {
            # 60 60 60 60 120 120 120 180 240 300 600 600 1800 1800 6600
            "first_call": {"n": 15, "p50_s": 180, "p90_s": 1800, "p95_s": 6600},
            "accept": {"n": 7, "p50_s": 40, "p90_s": 70, "p95_s": 70},  # 10 20 … 70
            "arrive": {"n": 7, "p50_s": 1200, "p90_s": 2100, "p95_s": 2100},  # 300 600 … 2100
            # 910 1230 1520 1540 1800 (the class teacher, case 12) 2450 2770
            "met": {"n": 7, "p50_s": 1540, "p90_s": 2770, "p95_s": 2770},
        }

    def test_it_counts_by_hour_level_school_and_call(self, sheet, town):
        body = sheet.body

        assert body["hours"] == [0] * 8 + [4, 5, 5, 2] + [0] * 12
        assert body["levels"] == {"critical": 2, "high": 12, "medium": 1, "low": 1}
        assert body["schools"] == [{"school": str(town.school.pk), "name": "Jiangdong College", "cases": 1}]
        assert body["schools_month"]["rows"] == [
            {"school": str(town.school.pk), "name": "Jiangdong College", "cases": 1, "last_year": 0}
        ]
        assert body["calls"] == {"connected": 12, "no_answer": 2, "refused": 2}
        assert body["told"] == {"school": 1}
        assert body["confirmed"] == [
            {"alert": "KF", "confirmed": "KF", "cases": 1},
            {"alert": "LC", "confirmed": "LC", "cases": 1},
            {"alert": "SD", "confirmed": "LC", "cases": 1},
            {"alert": "SD", "confirmed": "SD", "cases": 4},
        ]

    def test_it_says_what_is_open_and_what_is_left_out(self, sheet, built):
        assert sheet.body["not_settled"] == {
            "open": 1,
            "open_levels": {"critical": 1},
            "open_oldest_s": 14 * 3600 + 1800,  # from 09:30 to midnight
            "disputed": 1,
            "disputes": [
                {
                    "number": built.cases[3].number,
                    "fields": ["effect", "prevented_basis", "prevented_fen"],
                }
            ],
            "unreported": 0,
            "called_off_reports": 0,
        }
        assert sheet.body["left_out"] == {"duplicate": 2, "not_ours": 1, "drill": 0, "accomplice": 1}
        assert sheet.body["warned"] == {"days": 30, "people": 15, "filed": 1}

    def test_its_totals_close(self, sheet):
        assert sheet.body["signable"] is True
        assert [check for check in sheet.body["checks"] if not check["ok"]] == []
        assert {c["check"] for c in sheet.body["checks"]} >= {
            "types",
            "effects",
            "visits",
            "teams",
            "hours",
            "levels",
        }

    def test_every_figure_opens_into_its_cases(self, sheet, built):
        assert behind(sheet, "type.SD.visit") == numbers(built, 1, 15)
        assert behind(sheet, "sum.prevented.bank_says") == numbers(built, 5)
        assert behind(sheet, "funnel.overdue") == numbers(built, 7, 10)
        assert behind(sheet, "left_out.duplicate") == numbers(built, 7, 18)
        assert behind(sheet, f"team.{built.charlie.team_id}.ineffective") == numbers(built, 8)
        assert behind(sheet, "hour.11") == numbers(built, 15, 16)
        for step, count in sheet.body["funnel"].items():
            assert len(behind(sheet, f"funnel.{step}")) == count

    def test_no_person_is_in_it(self, sheet):
        assert "王" not in sheet.canonical
        assert "139" not in sheet.canonical.replace(sheet.sha256, "")


class TestStore:
    def test_the_same_rows_give_the_same_bytes(self, town, sheet):
        again = store(town, at=day.NEXT_MORNING.replace(hour=17))

        assert again.pk == sheet.pk
        assert DaySheet.objects.count() == 1

    def test_the_hash_is_of_the_canonical_body(self, sheet):
        parsed = json.loads(sheet.canonical)

        assert sha256_of(sheet.canonical) == sheet.sha256
        assert canonical_of(parsed) == sheet.canonical

    def test_a_late_outcome_makes_revision_2_and_leaves_revision_1(self, town, built, sheet):
        kept = (sheet.canonical.encode(), sheet.sha256, sheet.refs)
        day.pick_disputed(built, day.NEXT_MORNING.replace(hour=9))

        second = store(town, at=day.NEXT_MORNING.replace(hour=10))

        assert (second.revision, second.body["not_settled"]["disputed"]) == (2, 0)
        assert second.body["sums"]["prevented"]["fen"] == 13_000_000
        assert second.changes["funnel.visit"] == [3, 4]
        assert second.changes["sum.prevented_fen"] == [11_000_000, 13_000_000]
        assert "funnel.issued" not in second.changes
        first = DaySheet.objects.get(revision=1)
        assert (first.canonical.encode(), first.sha256, first.refs) == kept

    def test_a_report_that_comes_late_is_counted_as_such(self, town, built, sheet):
        at = day.NEXT_MORNING.replace(hour=9)
        row = built.cases[2].assignments.get()
        from_bravo2 = day.answers(effect="dissuaded")
        with time_machine.travel(at, tick=False):
            day.file_report(assignment_id=row.pk, report=from_bravo2, by=town.by("bravo2"), at=at)

        second = store(town, at=at)

        assert second.late_reports == 1
        assert second.body["not_settled"]["disputed"] == 2

    def test_one_written_in_time_without_a_network_is_late_when_it_comes_late(self, town, built, sheet):
        at, row = day.NEXT_MORNING.replace(hour=9), built.cases[2].assignments.get()
        with time_machine.travel(at, tick=False):
            report = day.file_report(
                assignment_id=row.pk, report=day.answers(), by=town.by("bravo2"), at=day.t("12:00")
            )

        second = store(town, at=at)

        assert (report.filed_at, report.received_at) == (day.t("12:00"), at)
        assert (second.revision, second.late_reports) == (2, 1)

    def test_it_refuses_a_day_that_is_not_over(self, town, built):
        with pytest.raises(DayNotOver):
            store(town, at=day.t("23:59:59"))

        assert not DaySheet.objects.exists()

    def test_it_tells_the_desk_once(self, town):
        with heard(desk(town.center.pk)) as events:
            sheet = store(town)
            store(town)

        assert one(events, "sheet.stored")["body"]["sha256"] == sheet.sha256
