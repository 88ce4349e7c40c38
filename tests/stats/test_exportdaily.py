"""`manage.py exportdaily`."""

import json

import pytest
import time_machine
from django.core.management import CommandError, call_command

from fieldops.audit.models import AuditRow
from fieldops.stats.models import DaySheet
from tests.stats import day


@pytest.fixture(autouse=True)
def next_morning():
    with time_machine.travel(day.NEXT_MORNING, tick=False):
        yield


def export(folder, *more: str, date: str = "2026-11-18") -> None:
    call_command("exportdaily", "--date", date, "--center", "fuling", "--out", str(folder), *more)


class TestExportDaily:
    def test_it_stores_the_day_and_writes_the_files_asked_for(self, town, tmp_path, capsys):
        export(tmp_path, "--format", "json", "--format", "csv", "--format", "xlsx")

        names = sorted(path.name for path in tmp_path.iterdir())
        assert names == [f"daysheet-fuling-2026-11-18-r1.{form}" for form in ("csv", "json", "xlsx")]
        found = json.loads((tmp_path / names[1]).read_bytes())
        assert found["sha256"] == DaySheet.objects.get(center=town.center).sha256
        assert found["body"]["sums"]["prevented"]["fen"] == 11_000_000
        assert AuditRow.objects.filter(verb="sheet.export", actor_kind="system").count() == 3

    def test_running_it_twice_writes_the_same_bytes(self, town, tmp_path, capsys):
        export(tmp_path, "--format", "csv")
        first = (tmp_path / "daysheet-fuling-2026-11-18-r1.csv").read_bytes()

        export(tmp_path, "--format", "csv")

        assert [path.name for path in tmp_path.iterdir()] == ["daysheet-fuling-2026-11-18-r1.csv"]
        assert (tmp_path / "daysheet-fuling-2026-11-18-r1.csv").read_bytes() == first

    def test_today_is_written_as_a_preview_and_not_stored(self, town, tmp_path, capsys):
        export(tmp_path, date="2026-11-19")

        assert [path.name for path in tmp_path.iterdir()] == ["daysheet-fuling-2026-11-19-preview.json"]
        assert not DaySheet.objects.exists()

    def test_an_old_revision_can_be_written_again(self, town, built, tmp_path, capsys):
        export(tmp_path)
        day.pick_disputed(built, day.NEXT_MORNING)
        export(tmp_path)

        export(tmp_path / "again", "--revision", "1")

        (old,) = (tmp_path / "again").iterdir()
        first = json.loads(old.read_bytes())
        assert (first["revision"], first["body"]["not_settled"]["disputed"]) == (1, 1)
        assert DaySheet.objects.filter(center=town.center).count() == 2

    def test_it_says_what_it_does_not_find(self, town, tmp_path):
        with pytest.raises(CommandError, match="no revision 7"):
            export(tmp_path, "--revision", "7")
        with pytest.raises(CommandError, match="nowhere"):
            call_command("exportdaily", "--date", "2026-11-18", "--center", "nowhere")
