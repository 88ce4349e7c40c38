"""`manage.py contract [--check]`: write contract/ from the code, or fail where it has drifted."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from fieldops.serving.contract import drift, write_contract


class Command(BaseCommand):
    """`manage.py contract`."""

    help = "Write contract/ from the code; with --check only compare, and fail on drift."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["check"]:
            self.stdout.write("written: " + (", ".join(write_contract()) or "nothing changed"))
            return
        if names := drift():
            raise CommandError(f"contract/ has drifted: {', '.join(names)}; run `make contract`")
