"""What the timers' thread does for this room."""

import datetime as dt

from fieldops.stats.actions import store_day_sheet
from fieldops.stats.queries import is_over, today
from fieldops.teams.actor import SYSTEM
from fieldops.teams.models import Center

# Late facts come within two days as a rule; older sheets are renewed by hand (manage.py exportdaily).
RENEWED_DAYS = 2


def store_days_over(*, at: dt.datetime) -> None:
    """Store yesterday's sheet of every centre, and renew the last ones where late facts changed them."""
    for center_id in Center.objects.order_by("pk").values_list("pk", flat=True):
        for back in range(RENEWED_DAYS, 0, -1):
            date = today(at) - dt.timedelta(days=back)
            if is_over(date, at):
                store_day_sheet(center_id=center_id, date=date, by=SYSTEM, at=at)
