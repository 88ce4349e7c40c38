"""What a timer of the roster does when due."""

import datetime as dt
import uuid
from typing import Any

from django.conf import settings

from fieldops.lib.clock import local
from fieldops.teams.actor import SYSTEM
from fieldops.teams.roster.actions.gaps import raise_gaps
from fieldops.teams.roster.actions.lines import set_daily
from fieldops.teams.roster.actions.planning import plan_turns


def roster_daily(payload: dict[str, Any], at: dt.datetime) -> None:
    """Every morning: plan the days ahead, raise what lacks, set the next morning."""
    center_id = uuid.UUID(payload["center_id"])
    plan_turns(center_id=center_id, first=local(at).date(), days=settings.ROSTER_PLAN_DAYS, by=SYSTEM, at=at)
    raise_gaps(center_id=center_id, at=at, anew=True)
    set_daily(center_id=center_id, at=at)
