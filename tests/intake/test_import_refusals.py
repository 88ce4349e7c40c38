"""Files that must not be opened at all: bombs, entities, other encodings, odd headers, too much."""

import io
import time
import zipfile

import pytest
from openpyxl import Workbook
from pytest_django import Settings as SettingsWrapper

from fieldops.intake.import_reading import Sheet, Unreadable, read_sheet
from fieldops.intake.importing import import_alerts
from fieldops.intake.models import Alert
from fieldops.lib.clock import now
from tests.intake.sheets import HEADER, csv_file, office_file, row, saved, with_part, xlsx_file
from tests.make import Town

SHEET = "xl/worksheets/sheet1.xml"


def code_of(content: bytes) -> str:
    with pytest.raises(Unreadable) as problem:
        read_sheet(content)
    assert 400 <= problem.value.status < 500
    assert str(problem.value.words)
    return problem.value.code


def columns_code(town: Town, header: list[str], content: bytes = b"") -> str:
    with pytest.raises(Unreadable) as problem:
        import_alerts(
            center=town.center,
            content=content or csv_file(row(1), header=header),
            source="x",
            by=town.by("duty"),
            at=now(),
        )
    assert not Alert.objects.exists()
    return f"{problem.value.code}: {problem.value.extra.get('columns')}"


class TestExcel:
    def test_it_refuses_a_bomb_by_its_directory_in_well_under_a_second(self) -> None:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bomb:
            with bomb.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
                for _ in range(400):
                    part.write(b"0" * 1024 * 1024)

        started = time.process_time()
        assert code_of(out.getvalue()) == "xlsx_bomb"
        assert time.process_time() - started < 0.5

    def test_it_refuses_a_bomb_hidden_in_an_honest_file(self) -> None:
        bomb = with_part(xlsx_file(row(1)), "xl/styles.xml", lambda part: part + b" " * 30 * 1024 * 1024)

        assert code_of(bomb) == "xlsx_bomb"

    def test_it_refuses_thousands_of_parts(self) -> None:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as many:
            for number in range(600):
                many.writestr(f"{number}", b"")

        assert code_of(out.getvalue()) == "xlsx_bomb"

    def test_it_reads_no_more_of_a_part_than_its_entry_says(self) -> None:
        content = xlsx_file(*[row(n) for n in range(50)])
        name = b"xl/worksheets/sheet1.xml"
        at = content.rindex(name) - 46
        lying = bytearray(content)
        lying[at + 24 : at + 28] = (10).to_bytes(4, "little")  # the size it claims to unpack to

        assert code_of(bytes(lying)) == "xlsx_broken"

    @pytest.mark.parametrize(
        "entity",
        [
            b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>',
            b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
            b'<!DOCTYPE x [<!ENTITY % a SYSTEM "http://127.0.0.1:9/x"> %a;]>',
        ],
    )
    @pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml"])
    def test_it_refuses_entities_wherever_they_are(self, part: str, entity: bytes) -> None:
        def with_entity(xml: bytes) -> bytes:
            head, mark, rest = xml.partition(b"?>") if xml.startswith(b"<?xml") else (b"", b"", xml)
            return head + mark + entity + rest

        assert code_of(with_part(office_file(row(1)), part, with_entity)) == "xlsx_entities"

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (b"PK\x03\x04 and nothing more", "xlsx_broken"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old_excel"),
        ],
    )
    def test_it_refuses_what_is_no_workbook(self, content: bytes, code: str) -> None:
        assert code_of(content) == code

    def test_it_refuses_a_zip_that_is_no_workbook(self) -> None:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("a.txt", "a")

        assert code_of(out.getvalue()) == "xlsx_broken"

    def test_it_numbers_rows_as_the_sheet_does_across_gaps(self) -> None:
        book = Workbook()
        book.active.append(HEADER)
        for column, cell in enumerate(row(1), start=1):
            book.active.cell(row=900_000, column=column, value=cell)

        started = time.process_time()
        sheet = read_sheet(saved(book))

        assert [number for number, _ in sheet.rows] == [900_000]
        assert time.process_time() - started < 5

    def test_it_stops_at_the_last_row_excel_has(self) -> None:
        far = b'<row r="3000000"><c r="A3000000"><v>1</v></c></row></sheetData>'
        content = with_part(xlsx_file(row(1)), SHEET, lambda part: part.replace(b"</sheetData>", far))

        started = time.process_time()

        assert code_of(content) == "xlsx_broken"
        assert time.process_time() - started < 3

    def test_it_reads_ten_thousand_rows(self, settings: SettingsWrapper) -> None:
        settings.IMPORT_MAX_ROWS = 10_000  # a server's limit, whatever the database of this run
        sheet = read_sheet(xlsx_file(*[row(n) for n in range(10_000)]))

        assert len(sheet.rows) == 10_000


class TestText:
    @pytest.mark.parametrize(("encoding", "named"), [("gbk", "GBK"), ("gb18030", "GBK")])
    def test_it_names_the_encoding_it_cannot_take(self, encoding: str, named: str) -> None:
        with pytest.raises(Unreadable) as problem:
            read_sheet(csv_file(row(1, 备注="涪陵"), encoding=encoding))

        assert problem.value.code == "encoding"
        assert named in str(problem.value.words)
        assert "UTF-8" in str(problem.value.words)

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (b"\xff\xff\xfe\xfa\x81", "encoding"),
            ("编号,等级\n1,\x00高危\n".encode(), "nul"),
            ("编号,等级\n1,高危\n".encode("utf-16-le"), "encoding"),
            ("编号,等级\n".encode(), "file_empty"),
            (b"", "file_empty"),
            (b"\n\n\n", "file_empty"),
            ('编号,等级\n"1,高危\n'.encode(), "csv_malformed"),
            ('编号,等级\n"1"2,高危\n'.encode(), "csv_malformed"),
            (("a," * 65 + "\n").encode() * 2, "too_many_columns"),
            (b"a\n" + b"b" * 200_000 + b"\n", "csv_malformed"),
        ],
    )
    def test_it_refuses_odd_text(self, content: bytes, code: str) -> None:
        assert code_of(content) == code

    def test_it_refuses_too_many_rows_and_bytes(self, settings: SettingsWrapper) -> None:
        settings.IMPORT_MAX_ROWS = 3
        assert isinstance(read_sheet(csv_file(row(1), row(2), row(3))), Sheet)
        assert code_of(csv_file(row(1), row(2), row(3), row(4))) == "too_many_rows"

        settings.IMPORT_MAX_BYTES = 100
        assert code_of(csv_file(row(1))) == "file_too_large"


class TestHeaders:
    def test_it_names_unknown_double_and_missing_columns(self, town: Town) -> None:
        assert columns_code(town, ["编号", "心情", *HEADER[2:]]) == "unknown_columns: ['心情']"
        assert columns_code(town, ["编号", "", *HEADER[2:]]) == "unknown_columns: ['∅']"
        assert columns_code(town, [*HEADER[:9], "电话"]) == "duplicate_columns: ['电话', '电话']"
        assert columns_code(town, [*HEADER[:9], "phone"]) == "duplicate_columns: ['电话', 'phone']"
        assert columns_code(town, ["编号", *HEADER[4:]]) == "missing_columns: ['签发时间', '等级', '类别']"
