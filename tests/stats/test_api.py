"""`GET stats/daily`, `POST stats/daily/store`, `GET stats/daily/cases`: who may, in which form."""

import csv
import io
import json
import zipfile

import openpyxl
import pytest
import time_machine

from fieldops.audit.models import AuditRow
from fieldops.stats.body import canonical_of, sha256_of
from fieldops.stats.exports import plain
from fieldops.stats.models import DaySheet
from fieldops.teams.models import Team
from tests.stats import day

DAILY = "stats/daily"
DATE = day.DAY.isoformat()


@pytest.fixture(autouse=True)
def next_morning():
    with time_machine.travel(day.NEXT_MORNING, tick=False):
        yield


@pytest.fixture
def stored(town, api) -> DaySheet:
    api(town.analyst).post("stats/daily/store", {"date": DATE})
    return DaySheet.objects.get(date=day.DAY)


def rows_of(response) -> list[dict[str, str]]:
    text = response.content.decode("utf-8")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


class TestDaily:
    def test_it_shows_a_preview_of_a_day_nobody_stored(self, town, api):
        found = api(town.duty).get(DAILY, date=DATE).json()

        assert (found["preview"], found["revision"], found["sha256"], found["signable"]) == (
            True,
            None,
            None,
            False,
        )
        assert found["body"]["funnel"]["issued"] == 16
        assert not DaySheet.objects.exists()

    def test_it_shows_the_stored_sheet_whose_hash_anybody_can_check(self, town, api, stored):
        found = api(town.analyst).get(DAILY, date=DATE).json()

        assert (found["revision"], found["signable"]) == (1, True)
        assert sha256_of(canonical_of(found["body"])) == found["sha256"] == stored.sha256

    def test_revision_1_is_exported_byte_for_byte_after_revision_2(self, town, built, api, stored):
        forms = ("json", "csv")
        before = [api(town.analyst).get(DAILY, date=DATE, format=form).content for form in forms]
        day.pick_disputed(built, day.NEXT_MORNING)

        second = api(town.analyst).post("stats/daily/store", {"date": DATE}).json()

        assert second["revision"] == 2
        after = [api(town.analyst).get(DAILY, date=DATE, format=form, revision=1).content for form in forms]
        assert after[1] == before[1]
        first, again = json.loads(before[0]), json.loads(after[0])
        assert first.pop("revisions") == [1] and again.pop("revisions") == [2, 1]
        assert first == again

    def test_today_is_a_preview_that_cannot_be_stored(self, town, api):
        with time_machine.travel(day.t("18:00"), tick=False):
            found = api(town.analyst).get(DAILY).json()
            refused = api(town.analyst).post("stats/daily/store", {"date": DATE})

        assert (found["date"], found["day_over"], found["preview"]) == (DATE, False, True)
        assert (refused.status_code, refused.json()["code"]) == (409, "day_not_over")

    def test_several_days_come_together(self, town, api, stored):
        found = api(town.analyst).get(DAILY, **{"from": "2026-11-17", "to": "2026-11-19"}).json()

        assert [(sheet["date"], sheet["revision"]) for sheet in found["sheets"]] == [
            ("2026-11-17", None),
            (DATE, 1),
            ("2026-11-19", None),
        ]

    @pytest.mark.parametrize(
        "query",
        [
            {"date": "yesterday"},
            {"from": "2026-11-19", "to": "2026-11-18"},
            {"from": "2026-01-01", "to": "2026-11-18"},
            {"date": DATE, "from": DATE},
            {"format": "pdf"},
            {"colour": "red"},
        ],
    )
    def test_it_refuses_what_it_does_not_understand(self, town, api, query):
        assert api(town.analyst).get(DAILY, **query).status_code == 400

    def test_a_revision_nobody_stored_is_not_found(self, town, api, stored):
        assert api(town.analyst).get(DAILY, date=DATE, revision=2).status_code == 404

    @pytest.mark.parametrize(
        ("who", "form", "status"),
        [
            ("analyst", "xlsx", 200),
            ("supervisor", "csv", 200),
            ("duty", "json", 200),
            ("duty", "csv", 403),
            ("alpha1", "json", 403),
            ("auditor", "json", 403),
        ],
    )
    def test_roles(self, town, api, who, form, status):
        assert api(town.users[who]).get(DAILY, date=DATE, format=form).status_code == status

    def test_another_centre_sees_its_own_day_only(self, town, api, stored):
        found = api(town.stranger).get(DAILY, date=DATE).json()

        assert (found["center"], found["preview"], found["body"]["funnel"]["issued"]) == ("wanzhou", True, 0)

    def test_each_export_is_audited(self, town, api, stored):
        api(town.analyst).get(DAILY, date=DATE, format="csv")

        row = AuditRow.objects.filter(verb="sheet.export").get()

        assert (row.actor_id, row.subject_id, row.extra["format"]) == (town.analyst.pk, DATE, "csv")


class TestStore:
    def test_storing_again_changes_nothing(self, town, api, stored):
        again = api(town.supervisor).post("stats/daily/store", {"date": DATE}).json()

        assert (again["revision"], again["sha256"]) == (1, stored.sha256)
        assert AuditRow.objects.filter(verb="sheet.store").count() == 1

    def test_it_refuses_the_duty_officer(self, town, api):
        assert api(town.duty).post("stats/daily/store", {"date": DATE}).status_code == 403
        assert not DaySheet.objects.exists()


class TestCases:
    def test_the_desk_may_open_them(self, town, built, api, stored):
        found = api(town.duty).get("stats/daily/cases", date=DATE, figure="type.LC.visit").json()

        five = built.cases[5]
        assert found["cases"] == [
            {
                "number": five.number,
                "id": str(five.pk),
                "level": "high",
                "scam_type": "LC",
                "stage": "to_review",
            }
        ]

    def test_an_analyst_gets_numbers_only(self, town, built, api, stored):
        found = api(town.analyst).get("stats/daily/cases", date=DATE, figure="funnel.visit").json()

        assert found["count"] == 3
        assert found["cases"] == [{"number": built.cases[n].number} for n in (1, 5, 15)]

    def test_a_revision_opens_into_its_own_cases(self, town, built, api, stored):
        day.pick_disputed(built, day.NEXT_MORNING)
        api(town.analyst).post("stats/daily/store", {"date": DATE})

        def count(**query):
            answer = api(town.analyst).get("stats/daily/cases", date=DATE, figure="disputed", **query)
            return answer.json()["count"]

        assert (count(), count(revision=1)) == (0, 1)

    def test_an_unknown_figure_has_no_cases(self, town, api, stored):
        assert (
            api(town.duty).get("stats/daily/cases", date=DATE, figure="funnel.invented").json()["count"] == 0
        )


class TestFarDays:
    @pytest.mark.parametrize("far", ["0001-01-01", "0001-01-02", "1999-12-31", "2100-01-01", "9999-12-31"])
    def test_a_day_that_cannot_be_counted_from_is_refused(self, town, api, far):
        boss = api(town.supervisor)

        answers = [
            boss.get(DAILY, date=far),
            boss.get(DAILY, **{"from": far, "to": far}),
            boss.get(f"{DAILY}/cases", date=far, figure="x"),
            boss.post(f"{DAILY}/store", {"date": far}),
        ]

        assert [answer.status_code for answer in answers] == [400] * 4


class TestCsv:
    def test_it_begins_with_a_mark_and_says_which_sheet_it_is(self, town, api, stored):
        response = api(town.analyst).get(DAILY, date=DATE, format="csv", lang="zh-hans")

        assert response.content.startswith(b"\xef\xbb\xbf")
        assert f"daysheet-fuling-{DATE}-r1.csv" in response["Content-Disposition"]
        rows = rows_of(response)
        said = {row["行"]: row["数值"] for row in rows if row["表"] == rows[0]["表"]}
        assert said["SHA-256"] == stored.sha256
        assert "1" in said.values() and "00:00" in said.values()

    def test_it_has_the_day_s_figures(self, town, api, stored):
        rows = rows_of(api(town.analyst).get(DAILY, date=DATE, format="csv", lang="en"))

        found = {(row["Table"], row["Row"], row["Column"]): row["Value"] for row in rows}

        assert found["Scam type × effect", "Task rebate", "visit"] == "2"
        assert found["Scam type × effect", "Total", "prevented"] == "110000.00"
        assert found["Sums by basis", "Lost → bank says", "yuan"] == "30000.00"
        assert found["Response times", "Issue → first call", "90%"] == "1800"
        assert found["From alert to dissuasion", "Issued", "vs day before"] == "—"
        assert found["By school", "Jiangdong College", "cases"] == "1"

    @pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝"])
    def test_no_cell_is_a_formula(self, start):
        assert plain(f"{start}1+1") == f"'{start}1+1"
        assert plain("1=1") == "1=1"

    def test_a_hostile_call_sign_is_plain_text(self, town, api):
        Team.objects.filter(pk=town.alpha.team_id).update(call_sign='=HYPERLINK("http://x")')

        rows = rows_of(api(town.analyst).get(DAILY, date=DATE, format="csv", lang="en"))

        assert {row["Row"] for row in rows if "HYPERLINK" in row["Row"]} == {'\'=HYPERLINK("http://x")'}


class TestXlsx:
    def book(self, api, town, **query):
        response = api(town.analyst).get(DAILY, date=DATE, format="xlsx", **query)
        return response.content, openpyxl.load_workbook(io.BytesIO(response.content))

    def test_its_titles_are_in_the_reader_s_language_and_its_numbers_are_numbers(self, town, api, stored):
        _content, book = self.book(api, town, lang="zh-hans")

        page = book["诈骗类型 × 结果"]
        rows = {row[0].value: row for row in page.iter_rows(min_row=2)}
        assert [page.cell(1, column).value for column in (2, 3, 11)] == ["电话劝阻", "见面劝阻", "合计"]
        assert (rows["刷单返利"][2].value, rows["刷单返利"][11].value) == (2, 60000)
        assert page.freeze_panes == "B2"

    def test_revision_cut_off_basis_and_hash_are_printed_on_every_page(self, town, api, stored):
        _content, book = self.book(api, town, lang="en")

        for page in book.worksheets:
            assert "Revision 1" in page.oddFooter.left.text
            assert stored.sha256[:16] in page.oddFooter.left.text
            assert "00:00" in page.oddFooter.left.text and "by time of issue" in page.oddFooter.left.text
        values = [cell.value for row in book["Sheet"].iter_rows() for cell in row]
        assert stored.sha256 in values

    def test_a_hostile_call_sign_is_text_and_no_formula(self, town, api):
        Team.objects.filter(pk=town.alpha.team_id).update(call_sign="=1+1")

        content, book = self.book(api, town, lang="en")

        cells = [cell for page in book.worksheets for row in page.iter_rows() for cell in row]
        assert {cell.data_type for cell in cells if cell.value == "=1+1"} == {"s"}
        pages = zipfile.ZipFile(io.BytesIO(content))
        assert not any(b"<f>" in pages.read(name) for name in pages.namelist() if "worksheets" in name)
