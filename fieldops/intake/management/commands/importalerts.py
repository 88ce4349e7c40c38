"""`manage.py importalerts FILE --center CODE --source NAME`: take a table of alerts, all rows or none."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from fieldops.intake.importing import import_alerts
from fieldops.lib.clock import now
from fieldops.lib.errors import Problem
from fieldops.teams.actor import SYSTEM
from fieldops.teams.management.center import add_center, center_of


class Command(BaseCommand):
    help = (
        "Import alerts from a CSV (UTF-8) or XLSX file: all rows, or none and every error by row and column."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        add_center(parser)
        parser.add_argument(
            "--source", required=True, help="where the alerts come from, where no column says"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        center = center_of(options["center"])
        try:
            with options["file"].open("rb") as file:
                # One byte more than allowed is enough to know that it is too large.
                content = file.read(settings.IMPORT_MAX_BYTES + 1)
            done = import_alerts(
                center=center, content=content, source=options["source"], by=SYSTEM, at=now()
            )
        except OSError as error:
            raise CommandError(f"The file cannot be read: {error}") from error
        except Problem as problem:
            raise CommandError(in_words(problem)) from problem
        self.stdout.write(f"{done.rows} rows: {done.new} new, {done.attached} attached, {done.again} again")


def in_words(problem: Problem) -> str:
    """Return a refusal with its errors, a line each."""
    lines = [
        f"  {error['row']} {error['column']} [{error['value']}]: {error['words']} {error['hint']}".rstrip()
        for error in problem.extra.get("errors", [])
    ]
    return "\n".join([str(problem.words), *lines])
