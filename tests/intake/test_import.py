"""A table of alerts: all rows or none, errors by row and column, the same alert again is the same."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from openpyxl import Workbook

from fieldops.audit.models import AuditRow
from fieldops.cases.models import Case, Person
from fieldops.intake import importing
from fieldops.intake.importing import Imported, ImportRefused, import_alerts
from fieldops.intake.models import Alert
from fieldops.lib.clock import LOCAL, now
from fieldops.lib.sealed import open_row
from tests.intake.sheets import HEADER, csv_file, office_file, row, saved, with_part, xlsx_file
from tests.make import Town


def take(town: Town, content: bytes) -> Imported:
    return import_alerts(center=town.center, content=content, source="补发", by=town.by("duty"), at=now())


def refused(town: Town, content: bytes) -> list[tuple[int, str, str]]:
    """Import a wrong file; return row, column and code of each error, and prove that nothing was written."""
    with pytest.raises(ImportRefused) as problem:
        take(town, content)
    assert not Alert.objects.exists()
    assert not Case.objects.exists()
    errors = problem.value.body()["errors"]
    assert all(error["words"] for error in errors)
    return [(error["row"], error["column"], error["code"]) for error in errors]


class TestImport:
    @pytest.mark.parametrize("make_file", [csv_file, xlsx_file, office_file])
    def test_it_opens_a_case_a_row(self, town: Town, make_file: object) -> None:
        done = take(town, make_file(row(1), row(2, 等级="特危", 类别="资金")))

        assert done == Imported(rows=2, new=2, attached=0, again=0)
        case = Case.objects.get(level="critical")
        assert (case.family, case.source, case.amount_at_risk_fen) == ("money", "补发", 6_000_000)
        assert case.issued_at == dt.datetime(2026, 11, 19, 8, 30, tzinfo=LOCAL)
        assert open_row(Person.objects.get(cases=case))["phone"] == "13800000002"

    def test_it_takes_the_same_file_again_as_the_same_alerts(self, town: Town) -> None:
        content = csv_file(row(1), row(2))
        take(town, content)

        assert take(town, content) == Imported(rows=2, new=0, attached=0, again=2)
        assert Case.objects.count() == 2

    def test_it_attaches_a_new_alert_to_the_open_case_of_the_same_person(self, town: Town) -> None:
        done = take(town, csv_file(row(1), row(2, 电话="13800000001")))

        assert done == Imported(rows=2, new=1, attached=1, again=0)

    def test_it_counts_a_row_that_is_there_twice_once(self, town: Town) -> None:
        assert take(town, csv_file(row(1), row(1))) == Imported(rows=2, new=1, attached=0, again=1)

    def test_it_reads_traditional_and_english_headers(self, town: Town) -> None:
        hant = ["編號", "簽發時間", "等級", "類別", "姓名", "電話", "證件號", "地點", "涉險金額", "備註"]
        en = [
            "external_id",
            "issued_at",
            "level",
            "family",
            "name",
            "phone",
            "id_number",
            "place_text",
            "amount",
            "note",
        ]

        take(town, csv_file(row(1), header=hant))
        take(town, csv_file(row(2, 等级="low", 类别="net"), header=en))

        assert Case.objects.count() == 2

    def test_it_reads_what_excel_makes_of_dates_numbers_and_marks(self, town: Town) -> None:
        book = Workbook()
        book.active.append([f"{name} *" for name in HEADER])
        book.active.append([])
        at = dt.datetime(2026, 11, 19, 8, 30)  # noqa: DTZ001 (Excel knows no zones)
        book.active.append(row(1, 签发时间=at, 电话=13800000001, 涉险金额=6225.1))

        take(town, saved(book))

        case = Case.objects.get()
        assert case.issued_at == at.replace(tzinfo=LOCAL)
        assert case.amount_at_risk_fen == 622_510

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
    @pytest.mark.parametrize("delimiter", [",", "\t", ";"])
    def test_it_reads_unicode_with_any_of_the_usual_separators(
        self, town: Town, encoding: str, delimiter: str
    ) -> None:
        take(town, csv_file(row(1, 备注="一,二;三"), encoding=encoding, delimiter=delimiter))

        assert Case.objects.count() == 1

    def test_it_keeps_place_school_and_type(self, town: Town) -> None:
        header = [*HEADER, "学校代码", "诈骗类型", "经度", "纬度", "证件类型"]
        cells = [
            *row(1, 地点="望州社区", 证件号="500199197406120510"),
            "JD01",
            "刷单返利类",
            "107.39",
            "29.71",
            "身份证",
        ]
        take(town, csv_file(cells, [*row(2, 地点="只有话"), "", "sd", "", "", ""], header=header))

        case = Case.objects.get(number__endswith="001")
        assert (case.whereabouts.text, case.whereabouts.lng) == ("望州社区", 107.39)
        assert (case.person.school, case.scam_type, case.person.birth_year) == (town.school, "SD", 1974)
        other = Case.objects.exclude(pk=case.pk).get()
        assert (other.whereabouts.text, other.whereabouts.lng, other.scam_type) == ("只有话", None, "SD")

    def test_it_leaves_one_line_in_the_audit(self, town: Town) -> None:
        take(town, csv_file(row(1)))

        line = AuditRow.objects.get(verb="alerts.import")
        assert (line.actor_id, line.extra["new"]) == (town.duty.pk, 1)


class TestErrors:
    def test_it_names_row_and_column_of_everything_wrong(self, town: Town) -> None:
        content = csv_file(
            row(1),
            row(2, 等级="紧急", 涉险金额="六万"),
            [],
            row(3, 签发时间="2026-11-19 25:10", 电话="1380000123"),
            row(4, 编号=""),
        )

        assert refused(town, content) == [
            (3, "等级", "not_in_list"),
            (3, "涉险金额", "not_a_number"),
            (5, "签发时间", "not_a_time"),
            (5, "电话", "phone_length"),
            (6, "编号", "required"),
        ]

    @pytest.mark.parametrize(
        ("cells", "column", "code"),
        [
            ({"证件号": "50019919740612051X"}, "证件号", "check_digit"),
            ({"电话": "无"}, "电话", "not_a_phone"),
            ({"签发时间": "2099-01-01 08:00"}, "签发时间", "in_the_future"),
            ({"签发时间": "2026-11-19"}, "签发时间", "not_a_time"),
            ({"涉险金额": "0.001"}, "涉险金额", "too_many_decimals"),
            ({"涉险金额": "-5"}, "涉险金额", "not_a_number"),
            ({"涉险金额": "１２"}, "涉险金额", "not_a_number"),
            ({"涉险金额": "1,00"}, "涉险金额", "not_a_number"),
            ({"签发时间": "0001-01-01 00:00"}, "签发时间", "year"),
            ({"备注": "=1+1"}, "备注", "formula"),
            ({"备注": "长" * 501}, "备注", "max_length"),
            ({"地点": "长" * 121}, "地点", "max_length"),
            ({"编号": "长" * 81}, "编号", "max_length"),
        ],
    )
    def test_it_refuses_a_wrong_cell(self, town: Town, cells: dict[str, str], column: str, code: str) -> None:
        assert refused(town, csv_file(row(1, **cells))) == [(2, column, code)]

    @pytest.mark.parametrize(
        ("extra", "column", "code"),
        [
            ({"学校代码": "CQ-FL-099"}, "学校代码", "unknown_school"),
            ({"诈骗类型": "没有"}, "诈骗类型", "unknown_scam_type"),
            ({"经度": "107.39"}, "纬度", "place_incomplete"),
            ({"经度": "107.39", "纬度": "129.7", "地点2": "x"}, "纬度", "max_value"),
            ({"经度": "东经"}, "经度", "not_a_number"),
        ],
    )
    def test_it_refuses_what_it_cannot_look_up(
        self, town: Town, extra: dict[str, str], column: str, code: str
    ) -> None:
        extra = dict(extra)
        place = extra.pop("地点2", "")
        header = [*HEADER, *extra] if "纬度" in extra or "经度" not in extra else [*HEADER, "经度", "纬度"]
        content = csv_file([*row(1, 地点=place), *extra.values()], header=header)

        assert refused(town, content) == [(2, column, code)]

    def test_it_refuses_two_rows_with_one_number_and_other_content(self, town: Town) -> None:
        assert refused(town, csv_file(row(1), row(1, 备注="别的"))) == [(3, "编号", "content_differs")]

    def test_it_refuses_a_number_that_is_here_with_other_content(self, town: Town) -> None:
        take(town, csv_file(row(1)))

        with pytest.raises(ImportRefused) as problem:
            take(town, csv_file(row(2), row(1, 备注="别的")))

        assert [error["row"] for error in problem.value.body()["errors"]] == [3]
        assert Alert.objects.count() == 1

    def test_it_shows_what_was_written_masked(self, town: Town) -> None:
        with pytest.raises(ImportRefused) as problem:
            take(town, csv_file(row(1, 证件号="50019919740612051X", 等级="紧急")))

        values = {error["column"]: error["value"] for error in problem.value.body()["errors"]}
        assert values == {"证件号": "500199********051X", "等级": "紧急"}

    def test_it_refuses_a_number_whose_end_excel_has_lost(self, town: Town) -> None:
        content = xlsx_file(row(1, 证件号=500199197406120510))

        assert refused(town, content) == [(2, "证件号", "digits_lost")]

    def test_it_refuses_a_computed_cell(self, town: Town) -> None:
        content = xlsx_file(row(1, 涉险金额="=30000*2"), row(2, 备注="#REF!"))

        assert refused(town, content)[0] == (2, "涉险金额", "formula")

    def test_it_tells_how_many_when_it_cannot_list_all(self, town: Town) -> None:
        with pytest.raises(ImportRefused) as problem:
            take(town, csv_file(*[row(n, 等级="?") for n in range(300)]))

        body = problem.value.body()
        assert (len(body["errors"]), body["count"], body["rows"]) == (200, 300, 300)


class TestAllOrNothing:
    def test_it_writes_nothing_when_it_breaks_half_way(
        self, town: Town, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        whole, taken = importing.take_alert, []

        def breaks(**values: object) -> object:
            taken.append(values)
            if len(taken) == 51:
                raise KeyboardInterrupt
            return whole(**values)

        monkeypatch.setattr(importing, "take_alert", breaks)
        with pytest.raises(KeyboardInterrupt):
            take(town, csv_file(*[row(n) for n in range(100)]))

        assert not Alert.objects.exists()
        assert not Case.objects.exists()
        assert not Person.objects.exists()


class TestCommand:
    def test_it_imports_a_file(self, town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        file = tmp_path / "alerts.csv"
        file.write_bytes(csv_file(row(1), row(2)))

        call_command("importalerts", str(file), center="fuling", source="补发")

        assert "2 rows: 2 new, 0 attached, 0 again" in capsys.readouterr().out

    def test_it_says_what_is_wrong_where(self, town: Town, tmp_path: Path) -> None:
        file = tmp_path / "alerts.csv"
        file.write_bytes(csv_file(row(1, 等级="紧急")))

        with pytest.raises(CommandError, match=r"2 等级 \[紧急\]"):
            call_command("importalerts", str(file), center="fuling", source="补发")

    def test_it_refuses_an_unknown_centre_and_a_missing_file(self, town: Town, tmp_path: Path) -> None:
        for file, center in ((tmp_path / "none.csv", "fuling"), (tmp_path / "none.csv", "nowhere")):
            with pytest.raises(CommandError):
                call_command("importalerts", str(file), center=center, source="补发")


class TestAmounts:
    @pytest.mark.parametrize(
        ("written", "fen"),
        [
            ("60000", 6_000_000),
            ("60,000.5", 6_000_050),
            ("6.00 万", 6_000_000),
            ("0.07万元", 70_000),
            ("¥0.1", 10),
        ],
    )
    def test_it_reads_sums_to_the_fen(self, town: Town, written: str, fen: int) -> None:
        take(town, csv_file(row(1, 涉险金额=written)))

        assert Case.objects.get().amount_at_risk_fen == fen

    @pytest.mark.parametrize("column", ["涉险金额", "电话"])
    def test_a_number_without_end_is_none(self, town: Town, column: str) -> None:
        content = xlsx_file(row(1, **{column: 123454321}))
        endless = with_part(
            content, "xl/worksheets/sheet1.xml", lambda part: part.replace(b">123454321<", b">1e999<")
        )

        (wrong,) = refused(town, endless)

        assert wrong[1:] in [("涉险金额", "not_a_number"), ("电话", "digits_lost")]

    def test_it_never_rounds_a_number_of_excel(self, town: Town) -> None:
        numbers = [n / 100 for n in range(101, 2100, 37)]
        take(town, xlsx_file(*[row(n, 涉险金额=value) for n, value in enumerate(numbers)]))

        sums = sorted(Case.objects.values_list("amount_at_risk_fen", flat=True))
        assert sums == [int(Decimal(str(value)) * 100) for value in numbers]
