"""Where no crew may go: who is free next, who waits for whom, whom to ring; what a busy crew could do."""

import datetime as dt
import uuid
from typing import Any

from django.utils.translation import gettext as _

from fieldops.cases.models import Case
from fieldops.desk import crews, faces
from fieldops.desk.strips import short_number
from fieldops.desk.words import word
from fieldops.dispatch.forecast import Busy, busy_crews, is_nobody_free, next_shifts
from fieldops.dispatch.lineup import waiting_of_case
from fieldops.dispatch.models import Status
from fieldops.dispatch.queries import station_numbers
from fieldops.dispatch.recommend import Candidate
from fieldops.lib.clock import iso, local

ROUGH = dt.timedelta(minutes=5)  # an estimate is shown to the next five minutes


def busy_by_shift(case: Case, ranked: list[Candidate], at: dt.datetime) -> dict[uuid.UUID, dict[str, Any]]:
    """Return what each busy crew is doing, when it is free, and what it could be taken from."""
    return {row.row.shift_id: busy(row, at) for row in busy_crews(case, ranked, at=at)}


def busy(row: Busy, at: dt.datetime) -> dict[str, Any]:
    """Return one busy crew in words."""
    since = getattr(row.row, crews.SINCE[Status(row.row.status)])
    return {
        "assignment": str(row.row.pk),
        "team": str(row.row.team_id),
        "call_sign": row.row.team.call_sign,
        "case_id": str(row.row.case_id),
        "number": short_number(row.row.case.number),
        "state": word("status", row.row.status),
        "since": iso(since),
        "since_face": faces.minutes((at - since).total_seconds()),
        "taken": row.row.status != Status.OFFERED,
        "with_person": row.row.status == Status.ARRIVED,
        "free": about(row.free_at),
        "there": about(row.there_at) if row.there_at else "",
        "next_number": short_number(row.next_up.case.number) if row.next_up else "",
    }


def about(when: dt.datetime) -> str:
    """Return a rough time of day: an estimate does not know the minute."""
    late = when - dt.datetime.min.replace(tzinfo=when.tzinfo)
    rounded = when + (-late % ROUGH)
    return _("about %(time)s") % {"time": f"{local(rounded):%H:%M}"}


def nobody_free(case: Case, ranked: list[Candidate], at: dt.datetime) -> dict[str, Any] | None:
    """Return the card *nobody is free*, or None where some crew may go."""
    if not is_nobody_free(ranked):
        return None
    found = [busy(row, at) for row in busy_crews(case, ranked, at=at)]
    return {
        "next": found[0] if found else None,
        "shifts": [
            {"call_sign": row.team.call_sign, "at": f"{local(row.starts_at):%H:%M}"}
            for row in next_shifts(case.center_id, at)
        ],
        "station": station_numbers(case, at),
    }


def lined_up(case: Case, at: dt.datetime) -> dict[str, Any] | None:
    """Return which crew the case waits for."""
    row = waiting_of_case(case.pk)
    if row is None:
        return None
    return {
        "call_sign": row.shift.team.call_sign,
        "by": row.by.name,
        "at": faces.moment(row.lined_at, at),
        "reason": row.reason,
    }
