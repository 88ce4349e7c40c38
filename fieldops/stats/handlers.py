"""What the timers' thread does for this room."""

import datetime as dt

from fieldops.lib.passes import each
from fieldops.stats.actions import store_day_sheet
from fieldops.stats.queries import differs_from_stored, today
from fieldops.teams.actor import SYSTEM
from fieldops.teams.models import Center

# Late facts come within two days as a rule; older sheets are renewed by hand (manage.py exportdaily).
RENEWED_DAYS = 2


def store_days_over(*, at: dt.datetime) -> None:
    """Store yesterday's sheet of every centre, and renew the last ones where late facts changed them."""
    each(Center.objects.order_by("pk"), lambda center: _store_last_days(center, at))


def _store_last_days(center: Center, at: dt.datetime) -> None:
    for back in range(RENEWED_DAYS, 0, -1):
        date = today(at) - dt.timedelta(days=back)
        if differs_from_stored(center, date, at):
            store_day_sheet(center_id=center.pk, date=date, by=SYSTEM, at=at)
