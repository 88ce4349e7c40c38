"""Load places from a GeoJSON FeatureCollection (fieldops/places/geojson.py says what a feature holds)."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from fieldops.lib.clock import now
from fieldops.lib.errors import Problem
from fieldops.places.actions import load_places
from fieldops.places.geojson import read_features
from fieldops.teams.management.center import add_center, center_of


class Command(BaseCommand):
    help = "Load or renew a centre's places from a GeoJSON file; all or nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        add_center(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        center = center_of(options["center"])
        try:
            data = read_features(options["file"].read_text("utf-8"))
            changed = load_places(center=center, data=data, at=now())
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"The file cannot be read: {error}") from error
        except Problem as problem:
            errors = problem.extra.get("errors", {})
            rows = "".join(f"\n  {number}: {words}" for number, words in errors.items())
            raise CommandError(f"{problem.words}{rows}") from problem
        self.stdout.write(f"{changed} changed")
