"""Holiday files: three forms, all or nothing, harmless when loaded again."""

import pytest
from django.core.management import CommandError, call_command

from fieldops.teams.models import Holiday
from fieldops.teams.roster.actions import load_holidays
from fieldops.teams.roster.holidays import BadHolidays, read_holidays
from tests.roster.world import day

CSV = "\ufeffdate,name,isOffDay\n2026-10-01,国庆节,true\n2026-10-10,国庆节,false\n"
JSON = '{"year": 2026, "days": [{"name": "国庆节", "date": "2026-10-01", "isOffDay": true},' \
       ' {"name": "国庆节", "date": "2026-10-10", "isOffDay": false}]}'  # fmt: skip
ICS = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//x//y//ZH
BEGIN:VEVENT
UID:1
DTSTAMP:20260101T000000Z
DTSTART;VALUE=DATE:20261001
DTEND;VALUE=DATE:20261003
SUMMARY:国庆节(休)
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTAMP:20260101T000000Z
DTSTART;VALUE=DATE:20261010
SUMMARY:国庆节(班)
END:VEVENT
END:VCALENDAR
"""


class TestRead:
    @pytest.mark.parametrize("text", [CSV, JSON])
    def test_csv_and_json(self, text):
        assert [(row.date, row.off) for row in read_holidays(text)] == [
            (day("10-01"), True),
            (day("10-10"), False),
        ]

    def test_icalendar_with_days_off_in_a_row_and_a_make_up_day(self):
        found = [(row.date, row.off) for row in read_holidays(ICS)]

        assert found == [(day("10-01"), True), (day("10-02"), True), (day("10-10"), False)]

    @pytest.mark.parametrize(
        ("text", "row"),
        [
            ("date,name,isOffDay\n2026-02-30,x,true", "2"),
            ("date,name,isOffDay\n2026-02-03,x,maybe", "2"),
            ("date,name,isOffDay\n2026-02-03,x,true\n2026-02-03,x,false", "3"),
            ("date,name\n2026-02-03,x", "file"),
            ("date,name,isOffDay\n", "file"),
            ("{", "file"),
            ('{"days": 3}', "file"),
            ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR", "file"),
            ("", "file"),
            ("[" * 100_000, "file"),
            ("[" * 40 + "]" * 40, "file"),
            ('{"days": ' + "9" * 5000 + "}", "file"),
            ("date,name,isOffDay\n0001-01-01,x,true", "2"),
            (ICS.replace("20261010", "99991231"), "2"),
            (ICS.replace("20261001", "99991230").replace("20261003", "99991231"), "file"),
        ],
    )
    def test_what_is_wrong_is_said_by_row(self, text, row):
        with pytest.raises(BadHolidays) as refused:
            read_holidays(text)

        assert row in refused.value.extra["errors"]


class TestLoad:
    def load(self, town, text):
        return load_holidays(
            center=town.center, rows=read_holidays(text), by=town.by("supervisor"), at=town.at
        )

    def test_again_is_harmless_and_a_new_file_replaces_its_year(self, town):
        Holiday.objects.create(center=town.center, date=day("2025-10-01"), name="x", off=True)

        assert [self.load(town, CSV), self.load(town, CSV), self.load(town, ICS)] == [2, 0, 3]
        assert Holiday.objects.count() == 4

    def test_over_the_api_by_a_supervisor_alone(self, town, api):
        assert api(town.duty).post("roster/holidays", {"text": CSV}).status_code == 403
        assert api(town.supervisor).post("roster/holidays", {"text": CSV}).json() == {"days": 2, "changed": 2}
        bad = api(town.supervisor).post("roster/holidays", {"text": "date,name,isOffDay\nx,y,z"})
        assert (bad.status_code, bad.json()["code"], list(bad.json()["errors"])) == (
            400,
            "bad_holidays",
            ["2"],
        )
        assert Holiday.objects.filter(center=town.center).count() == 2

    def test_by_command(self, town, tmp_path, capsys):
        file = tmp_path / "holidays.csv"
        file.write_text(CSV)
        call_command("importholidays", str(file), "--center", "fuling")
        assert "2 days, 2 changed" in capsys.readouterr().out

        file.write_text("date,name,isOffDay\nx,y,z")
        with pytest.raises(CommandError, match="2:"):
            call_command("importholidays", str(file), "--center", "fuling")
        with pytest.raises(CommandError, match="nowhere"):
            call_command("importholidays", str(file), "--center", "nowhere")
