"""Load public holidays and make-up working days from a file (fieldops/teams/roster/holidays.py)."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from fieldops.lib.clock import now
from fieldops.lib.errors import Problem
from fieldops.teams.actor import SYSTEM
from fieldops.teams.management.center import add_center, center_of
from fieldops.teams.roster.actions import load_holidays
from fieldops.teams.roster.holidays import read_holidays


class Command(BaseCommand):
    help = "Load a holiday file (CSV date,name,isOffDay; JSON; iCalendar) for a centre; all or nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        add_center(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        center = center_of(options["center"])
        try:
            rows = read_holidays(options["file"].read_text("utf-8-sig"))
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"The file cannot be read: {error}") from error
        except Problem as problem:
            errors = "".join(f"\n  {row}: {words}" for row, words in problem.extra["errors"].items())
            raise CommandError(f"{problem.words}{errors}") from problem
        changed = load_holidays(center=center, rows=rows, by=SYSTEM, at=now())
        self.stdout.write(f"{len(rows)} days, {changed} changed")
