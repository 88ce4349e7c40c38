"""`manage.py simulate`: drive a running demo server as city feed, desks and crews, and say what was lost.

`--compare` drives nothing: it replays seeded days in process under each way of choosing crews.
"""

import asyncio
import ipaddress
from argparse import ArgumentParser
from typing import Any
from urllib.parse import urlsplit

from django.core.management.base import BaseCommand, CommandError

from fieldops.demo.compare import KINDS, compare, table
from fieldops.demo.session import Refused
from fieldops.demo.simulation import Plan, Simulation

MOST_A_MINUTE, LONGEST_MINUTES = 600, 24 * 60
DAYS = 40  # of each kind


class Command(BaseCommand):
    help = "Drive a demo server on this machine: alerts, calls, visits, outcomes; nothing may be lost."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--to", default="http://localhost:8000", help="the server; only this machine")
        parser.add_argument("--rate", type=float, default=20, help="alerts a minute")
        parser.add_argument("--minutes", type=float, default=1)
        parser.add_argument("--crews", default="alpha,bravo")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument(
            "--compare", action="store_true", help="nearest first, greedy and joint plan, replayed"
        )
        parser.add_argument("--days", type=int, default=DAYS, help="with --compare: seeded days of each kind")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["compare"]:
            self._compare(options["days"])
        else:
            self._drive(options)

    def _compare(self, days: int) -> None:
        if days < 2:
            raise CommandError("--days must be at least 2: one day has no interval.")
        for kind, found in compare(KINDS, days):
            for line in table(kind, found):
                self.stdout.write(line)
            self.stdout.write("")

    def _drive(self, options: dict[str, Any]) -> None:
        plan = Plan(
            url=loopback_only(options["to"]),
            rate=_within(options["rate"], MOST_A_MINUTE, "--rate"),
            minutes=_within(options["minutes"], LONGEST_MINUTES, "--minutes"),
            crews=tuple(crew for crew in options["crews"].split(",") if crew),
            seed=options["seed"],
        )
        try:
            score = asyncio.run(Simulation(plan).run())
        except (Refused, OSError) as error:
            raise CommandError(f"{plan.url}: {error}") from error
        for what, value in score.rows():
            self.stdout.write(f"{what:<20} {value:>8}")
        for line in [*score.errors[:20], *score.lost[:20]]:
            self.stderr.write(line)
        if score.lost:
            raise CommandError(f"{len(score.lost)} lost")


def loopback_only(url: str) -> str:
    """Return the address, refused unless it is this machine: invented cases belong into no real centre."""
    host = urlsplit(url).hostname or ""
    if host != "localhost" and not host.endswith(".localhost"):
        try:
            is_here = ipaddress.ip_address(host).is_loopback
        except ValueError:
            is_here = False
        if not is_here:
            raise CommandError(f"{url} is not on this machine.")
    return url


def _within(value: float, most: float, name: str) -> float:
    if not 0 < value <= most:
        raise CommandError(f"{name} must be between 0 and {most}.")
    return value
