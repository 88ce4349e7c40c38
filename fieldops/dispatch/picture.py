"""What is known of waiting cases and of the crews on shift, read at once: four queries, however many."""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from django.conf import settings

from fieldops.cases.models import Case
from fieldops.dispatch.history import CLOSER, Visited, ties, visits_before
from fieldops.dispatch.models import LIVE, Assignment, Status
from fieldops.dispatch.needs import missing_skills, needed_skills
from fieldops.dispatch.score import (
    FIX_GOOD_S,
    RESTED_S,
    SHARE,
    Bond,
    CaseRow,
    CrewRow,
    Demand,
    Scores,
    score,
)
from fieldops.dispatch.travel import Array, Travel, metres, travel_of
from fieldops.dispatch.travel_roads import ROADS
from fieldops.lib.clock import local
from fieldops.teams.rollcall import Crew, Fix, crews_on

NOWHERE = float("nan")
AN_HOUR = 1.0  # visits an hour, assumed until counted


class Asked(NamedTuple):
    """One waiting case; the columns of KNOWN in their order."""

    pk: uuid.UUID
    number: str
    level: str
    scam_type: str
    drill: bool
    received_at: dt.datetime
    next_transfer_at: dt.datetime | None
    person_id: uuid.UUID
    merged_into_id: uuid.UUID | None
    school_id: uuid.UUID | None
    lng: float | None
    lat: float | None


KNOWN = (
    "pk", "number", "level", "scam_type", "drill", "received_at", "next_transfer_at", "person_id",
    "person__merged_into_id", "person__school_id", "whereabouts__lng", "whereabouts__lat",
)  # fmt: skip
FIT = tuple(
    f"center__travel_fit__{name}" for name in ("mps", "ready_s", "spread", "trips", "an_hour", "places")
)


@dataclass
class Picture:
    """Cases, crews and what each of them did, at one instant."""

    at: dt.datetime
    cases: list[Asked]
    crews: list[Crew]
    done: dict[uuid.UUID, list[Assignment]]  # by shift: live ones and visits ended
    visited: list[Visited]
    fit: dict[str, Any] | None

    @cached_property
    def travel(self) -> Travel:
        estimate = travel_of(self.fit)
        if not settings.TRAVEL_URL or not self.crews:
            return estimate
        return ROADS.travel(estimate, np.array(self.crew_rows, float), np.array(self.case_rows, float))

    def live(self, crew: Crew) -> list[Assignment]:
        """Return what the crew is asked about or on."""
        return [row for row in self.done.get(crew.pk, []) if row.status in LIVE]

    def load(self, crew: Crew) -> int:
        """Return how many visits the crew had this shift, the present one included."""
        return sum(row.status != Status.OFFERED and not row.drill for row in self.done.get(crew.pk, []))

    def is_free(self, crew: Crew) -> bool:
        return crew.stands_by and not self.live(crew)

    @cached_property
    def free(self) -> int:
        return sum(self.is_free(crew) for crew in self.crews)

    @cached_property
    def skills_on_shift(self) -> set[str]:
        return {code for crew in self.crews for code in crew.team.skills}

    def needs(self, case: Asked) -> tuple[str, ...]:
        """Return the skills this case asks for."""
        return needed_skills(case.scam_type, case.level)

    def lacks(self, case: Asked, crew: Crew) -> tuple[str, ...]:
        """Return the skills this case asks for and this crew has not."""
        return missing_skills(self.needs(case), crew.team.skills, self.skills_on_shift)

    @cached_property
    def bonds(self) -> dict[tuple[int, int], list[Bond]]:
        """Return what ties crews (column) to cases (row): skills that lack, people and places known."""
        found: dict[tuple[int, int], list[Bond]] = defaultdict(list)
        for i, case in enumerate(self.cases):
            for j, crew in enumerate(self.crews) if self.needs(case) else ():
                found[i, j] += [Bond(i, j, "skill", {"skill": code}) for code in self.lacks(case, crew)]
        for (i, j), tie in self._ties().items():
            found[i, j].append(Bond(i, j, tie, {}))
        return {pair: bonds for pair, bonds in found.items() if bonds}

    def _ties(self) -> dict[tuple[int, int], str]:
        """Return the closest tie of anybody of a crew to a case."""
        column = {user_id: j for j, crew in enumerate(self.crews) for user_id in crew.hands}
        found: dict[tuple[int, int], str] = {}
        for (i, user_id), tie in ties(self.visited, self.cases).items():
            pair = (i, column[user_id])
            found[pair] = max(found.get(pair, tie), tie, key=CLOSER.index)
        return found

    @cached_property
    def demand(self) -> Demand:
        """Return where and how often people were visited; without a past, the bases stand for the town."""
        if self.fit and self.fit["places"]:
            return Demand(np.array(self.fit["places"], float), self.fit["an_hour"][local(self.at).hour])
        bases = sorted({(crew.team.lng, crew.team.lat) for crew in self.crews})
        return Demand(np.array([(lng, lat, 1 / len(bases)) for lng, lat in bases], float), AN_HOUR)

    @cached_property
    def crew_rows(self) -> list[CrewRow]:
        return [self._crew_row(crew) for crew in self.crews]

    def _crew_row(self, crew: Crew) -> CrewRow:
        fix = fresh_fix(crew, self.at)
        point = fix or crew.team
        age_s = (self.at - fix.fix_at).total_seconds() if fix else FIX_GOOD_S
        ended = [row.concluded_at for row in self.done.get(crew.pk, []) if row.concluded_at]
        rested_s = (self.at - max(ended)).total_seconds() if ended else RESTED_S
        return CrewRow(point.lng, point.lat, age_s, self.load(crew), rested_s, self.is_free(crew))

    def _case_row(self, case: Asked) -> CaseRow:
        lng, lat = (
            (case.lng, case.lat) if case.lng is not None and case.lat is not None else (NOWHERE, NOWHERE)
        )
        visit = case.received_at + dt.timedelta(seconds=settings.LEVEL_TARGETS_S[case.level]["visit"])
        due = min(case.next_transfer_at or visit, visit)
        waited_s = max(0.0, (self.at - case.received_at).total_seconds())
        return CaseRow(lng, lat, SHARE[case.level], (due - self.at).total_seconds(), waited_s)

    @cached_property
    def case_rows(self) -> list[CaseRow]:
        return [self._case_row(case) for case in self.cases]

    @cached_property
    def scores(self) -> Scores:
        """Return what each pairing costs."""
        bonds = [bond for found in self.bonds.values() for bond in found]
        return score(self.case_rows, self.crew_rows, bonds, self.demand, self.travel, self.at)

    @cached_property
    def metres(self) -> Array:
        return metres(np.array(self.crew_rows, float), np.array(self.case_rows, float))


def read_picture(center_id: uuid.UUID, case_ids: Sequence[uuid.UUID], at: dt.datetime) -> Picture:
    """Read everything the ranking of these cases looks at."""
    known = list(Case.objects.filter(pk__in=case_ids).order_by("due_at", "pk").values_list(*KNOWN, *FIT))
    cases = [Asked(*row[: len(KNOWN)]) for row in known]
    fit = _fit(known[0][len(KNOWN) :]) if known else None
    crews = crews_on(center_id, at)
    done: dict[uuid.UUID, list[Assignment]] = defaultdict(list)
    drill = bool(cases) and all(case.drill for case in cases)
    for row in _rows_of([crew.pk for crew in crews], drill=drill):
        done[row.shift_id].append(row)
    users = [user_id for crew in crews for user_id in crew.hands]
    return Picture(at, cases, crews, done, visits_before(center_id, cases, users, at), fit)


def fresh_fix(crew: Crew, at: dt.datetime) -> Fix | None:
    """Return the newest fix of the crew that still says where they are."""
    fixes = [hand.fix for hand in crew.hands.values() if hand.fix]
    fresh = max(fixes, key=lambda fix: (fix.fix_at, fix.lng, fix.lat), default=None)
    return fresh if fresh and (at - fresh.fix_at).total_seconds() < FIX_GOOD_S else None


def _fit(values: Sequence[Any]) -> dict[str, Any] | None:
    fit = dict(zip((name.rsplit("__", 1)[1] for name in FIT), values, strict=True))
    return fit if fit["trips"] is not None else None


def _rows_of(shift_ids: list[uuid.UUID], *, drill: bool) -> list[Assignment]:
    """Return what these crews are asked about, on, or have done; a drill keeps nobody from a real case."""
    rows = Assignment.objects.filter(shift_id__in=shift_ids, status__in=[*LIVE, Status.CONCLUDED])
    rows = rows if drill else rows.filter(drill=False)
    columns = ("status", "drill", "shift_id", "case_id", "case__number", "concluded_at")
    return list(rows.select_related("case").only(*columns).order_by("pk"))
