"""When nobody is free: which crew is free next and when, as an estimate from its state and usual times."""

import datetime as dt
import statistics
import uuid
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from fieldops.cases.models import Case
from fieldops.dispatch.lineup import waiting_by_shift
from fieldops.dispatch.models import TAKEN, Assignment, LineUp, Status
from fieldops.dispatch.queries import live_assignments, station_numbers
from fieldops.dispatch.recommend import Candidate
from fieldops.lib.clock import iso
from fieldops.teams.models import Shift

VISITS_KEPT = 100  # the newest visits the usual length is taken from
VISITS_ENOUGH = 5  # fewer say less than the assumed length
NEXT_SHIFTS = dt.timedelta(hours=4)
SOON_S = 120  # a visit that runs over its usual length may end any minute


@dataclass(frozen=True)
class Usual:
    """How long a visit usually takes here, and from how many visits that is known; 0: assumed."""

    visit_s: int
    visits: int


@dataclass(frozen=True)
class Busy:
    """A crew that is on another case or asked about one: when it is free and could be at this one."""

    row: Assignment
    free_at: dt.datetime
    there_at: dt.datetime | None
    next_up: LineUp | None  # what it goes to next already

    def wire(self) -> dict[str, Any]:
        return {
            "team": {"id": str(self.row.team_id), "call_sign": self.row.team.call_sign},
            "shift_id": str(self.row.shift_id),
            "assignment_id": str(self.row.pk),
            "case_number": self.row.case.number,
            "status": self.row.status,
            "free_at": iso(self.free_at),
            "there_at": iso(self.there_at),
            "next_case_number": self.next_up.case.number if self.next_up else None,
        }


def usual_visit(center_id: uuid.UUID, at: dt.datetime) -> Usual:
    """Return the median length of the centre's own visits; drills are none."""
    rows = Assignment.objects.filter(
        center_id=center_id, drill=False, arrived_at__isnull=False, concluded_at__isnull=False,
        concluded_at__lte=at,
    )  # fmt: skip
    newest = rows.order_by("-concluded_at").values_list("arrived_at", "concluded_at")[:VISITS_KEPT]
    lengths = [(ended - began).total_seconds() for began, ended in newest if began and ended]
    if len(lengths) < VISITS_ENOUGH:
        return Usual(settings.VISIT_USUAL_S, 0)
    return Usual(round(statistics.median(lengths)), len(lengths))


def busy_crews(case: Case, ranked: list[Candidate], *, at: dt.datetime) -> list[Busy]:
    """Return the busy crews of the ranking, who could be at this case first; a drill is no work."""
    etas = {row.crew.pk: row.eta_s for row in ranked}
    live = [
        row for row in live_assignments(case.center_id) if row.shift_id in etas and row.case_id != case.pk
    ]
    by_shift = {row.shift_id: row for row in sorted(live, key=_taken_last) if case.drill or not row.drill}
    if not by_shift:
        return []
    usual, waiting = usual_visit(case.center_id, at), waiting_by_shift(case.center_id)
    found = [_busy(row, etas[shift], usual, waiting.get(shift), at) for shift, row in by_shift.items()]
    return sorted(found, key=lambda one: (one.next_up is not None, one.there_at or one.free_at))


def _taken_last(row: Assignment) -> bool:
    return row.status in TAKEN


def _busy(row: Assignment, eta_s: int | None, usual: Usual, next_up: LineUp | None, at: dt.datetime) -> Busy:
    free_at = free_after(row, usual, at)
    return Busy(row, free_at, free_at + dt.timedelta(seconds=eta_s) if eta_s is not None else None, next_up)


def free_after(row: Assignment, usual: Usual, at: dt.datetime) -> dt.datetime:
    """Return when the crew on this assignment is free, as far as usual times tell."""
    if row.status == Status.OFFERED:
        return row.expires_at
    soon = at + dt.timedelta(seconds=SOON_S)
    visit = dt.timedelta(seconds=usual.visit_s)
    if row.arrived_at:
        return max(row.arrived_at + visit, soon)
    drive = dt.timedelta(seconds=row.eta_s or 0)
    arrives = max((row.set_out_at or row.accepted_at or at) + drive, at)
    return max(arrives + visit, soon)


def is_nobody_free(ranked: list[Candidate]) -> bool:
    """Tell whether no crew may be sent now, reason or not."""
    return all(row.verdict.verdict == "block" for row in ranked)


def next_shifts(center_id: uuid.UUID, at: dt.datetime) -> list[Shift]:
    """Return the crews that come on within hours."""
    rows = Shift.objects.filter(center_id=center_id, starts_at__gt=at, starts_at__lte=at + NEXT_SHIFTS)
    return list(rows.select_related("team").order_by("starts_at", "team__call_sign"))


def nobody_free(case: Case, ranked: list[Candidate], *, at: dt.datetime) -> dict[str, Any] | None:
    """Return, where no crew may be sent, who is free next, who comes on and whom to ring; else None."""
    if not is_nobody_free(ranked):
        return None
    return {
        "next": [row.wire() for row in busy_crews(case, ranked, at=at)],
        "shifts": [
            {
                "team": {"id": str(row.team_id), "call_sign": row.team.call_sign},
                "starts_at": iso(row.starts_at),
            }
            for row in next_shifts(case.center_id, at)
        ],
        "station": station_numbers(case, at),
    }
