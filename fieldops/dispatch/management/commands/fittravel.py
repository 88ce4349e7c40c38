"""`manage.py fittravel`: fit travel times to each centre's own trips now; the timers do it once a day."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from fieldops.dispatch.fitting import ENOUGH, fit_travel
from fieldops.lib.clock import now
from fieldops.teams.models import Center


class Command(BaseCommand):
    """Fit, store, and say what came out."""

    help = "Fit speeds by hour, readiness and where people are visited to the last 60 days' own trips."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--center", help="the centre's code; every centre without it")

    def handle(self, *args: Any, **options: Any) -> None:
        rows = Center.objects.order_by("code")
        centers = list(rows.filter(code=options["center"]) if options["center"] else rows)
        if not centers:
            raise CommandError(f"no centre {options['center'] or ''}")
        for center in centers:
            fit = fit_travel(center_id=center.pk, at=now())
            self.stdout.write(f"{center.code}: {fit.trips} trips")
            if not fit.mps:
                self.stdout.write(f"  fewer than {ENOUGH}: the assumed speeds stand")
                continue
            self.stdout.write(f"  ready in {fit.ready_s:.0f} s, estimates off by {100 * fit.spread:.0f} %")
            self.stdout.write("  km/h by hour: " + " ".join(f"{3.6 * mps:.0f}" for mps in fit.mps))
