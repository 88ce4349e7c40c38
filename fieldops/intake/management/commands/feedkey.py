"""`manage.py feedkey`: the keys that sources sign their alerts with."""

import secrets
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from fieldops.intake.actions import make_feed_key, revoke_feed_key
from fieldops.intake.models import FeedKey
from fieldops.lib.clock import iso, now
from fieldops.lib.errors import Problem
from fieldops.teams.management.center import center_of


class Command(BaseCommand):
    help = "Make, revoke or list the keys that sources sign their alerts with."

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_subparsers(dest="what", required=True)
        add = what.add_parser("add", help="make a key; its secret is printed once and kept sealed")
        add.add_argument("key", help="the name sent as X-Feed-Key, such as city-2026")
        add.add_argument("--center", required=True, help="the centre's code: its alerts become its cases")
        add.add_argument(
            "--source", required=True, help="whose alerts it may send; two of one source may be live"
        )
        what.add_parser("revoke", help="refuse a key from now on").add_argument("key")
        what.add_parser("list", help="every key, without its secret")

    def handle(self, *args: Any, **options: Any) -> None:
        getattr(self, f"{options['what']}_key")(options)

    def add_key(self, options: dict[str, Any]) -> None:
        center = center_of(options["center"])
        if FeedKey.objects.filter(key=options["key"]).exists():
            raise CommandError(_("A key of this name was made before; take another name."))
        secret = secrets.token_urlsafe(32)
        try:
            make_feed_key(
                center=center, source=options["source"], key=options["key"], secret=secret, at=now()
            )
        except Problem as problem:
            raise CommandError(str(problem.words)) from problem
        self.stdout.write(f"X-Feed-Key: {options['key']}\nsecret: {secret}")

    def revoke_key(self, options: dict[str, Any]) -> None:
        if not revoke_feed_key(key=options["key"], at=now()):
            raise CommandError(_("There is no live key of this name."))

    def list_key(self, options: dict[str, Any]) -> None:
        for row in FeedKey.objects.select_related("center").order_by("center__code", "source", "made_at"):
            state = f"revoked {iso(row.revoked_at)}" if row.revoked_at else "live"
            self.stdout.write(f"{row.key}\t{row.center.code}\t{row.source}\t{iso(row.made_at)}\t{state}")
