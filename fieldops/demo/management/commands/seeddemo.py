"""`manage.py seeddemo`: fill the demonstration database; running it again adds only what lacks."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from fieldops.cases.models import Case
from fieldops.demo.past import seed_past
from fieldops.demo.today import seed_today
from fieldops.demo.town import build_town
from fieldops.feed.changes import change
from fieldops.lib.clock import now
from fieldops.teams.actions import WrongInstallation, open_installation


class Command(BaseCommand):
    help = "Fill the demonstration database: one centre, 30 days of invented cases, today in progress."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError(_("Demo data go only into a demo database: set FIELDOPS_DEMO=1."))
        at = now()
        try:
            open_installation(at=at)
        except WrongInstallation as error:
            raise CommandError(str(error)) from error
        # One change: a seeding that is stopped leaves nothing half there.
        with change():
            town = build_town(at=at)
            if not Case.objects.filter(center=town.center).exists():
                seed_past(town=town, at=at)
                seed_today(town=town, at=at)
        count = Case.objects.filter(center=town.center).count()
        self.stdout.write(
            _("Demo centre %(name)s: %(count)d cases.") % {"name": town.center.name, "count": count}
        )
