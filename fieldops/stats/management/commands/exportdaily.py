"""`manage.py exportdaily --date 2026-11-18`: store the day's sheet and write it as a file."""

import datetime as dt
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import override

from fieldops.lib.clock import now
from fieldops.lib.errors import Problem
from fieldops.stats.actions import record_export, store_day_sheet
from fieldops.stats.exports import FORMATS, file_name, write
from fieldops.stats.models import DaySheet
from fieldops.stats.queries import is_over, show_day, today
from fieldops.teams.actor import SYSTEM
from fieldops.teams.management.center import center_of
from fieldops.teams.models import Center


class Command(BaseCommand):
    """Store and write; before the cut-off only a preview is written."""

    help = "Store the sheet of a day (a new revision where something changed) and write it as a file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--date", type=dt.date.fromisoformat, help="YYYY-MM-DD; yesterday without it")
        parser.add_argument("--center", help="the centre's code; every centre without it")
        parser.add_argument(
            "--format", action="append", choices=FORMATS, help="may be repeated; json without it"
        )
        parser.add_argument("--revision", type=int, help="write this stored revision and store nothing")
        parser.add_argument("--lang", default="zh-hans", choices=["zh-hans", "zh-hant", "en"])
        parser.add_argument(
            "--out", type=Path, default=Path(), help="folder to write to; the current one without it"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        at = now()
        date = options["date"] or today(at) - dt.timedelta(days=1)
        for center in _centers(options["center"]):
            if options["revision"] is None and is_over(date, at):
                store_day_sheet(center_id=center.pk, date=date, by=SYSTEM, at=at)
            self._write(center, date, at, options)

    def _write(self, center: Center, date: dt.date, at: dt.datetime, options: dict[str, Any]) -> None:
        try:
            shown = show_day(DaySheet.objects.all(), center, date, at=at, revision=options["revision"])
        except Problem as error:
            raise CommandError(
                f"{center.code}: there is no revision {options['revision']} of {date}"
            ) from error
        options["out"].mkdir(parents=True, exist_ok=True)
        for form in options["format"] or ["json"]:
            with override(options["lang"]):
                path = options["out"] / file_name([shown], form)
                path.write_bytes(write([shown], form))
            record_export(
                center_id=center.pk, dates=[date], form=form, by=SYSTEM, at=at, command="exportdaily"
            )
            self.stdout.write(str(path))
        if not shown.body["signable"]:
            self.stderr.write(f"{center.code} {date}: totals do not agree; not for signing")


def _centers(code: str | None) -> list[Center]:
    if code:
        return [center_of(code)]
    found = list(Center.objects.order_by("code"))
    if not found:
        raise CommandError("there is no centre")
    return found
