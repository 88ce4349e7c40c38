"""Who of a crew was with this person, at this school or near this place before: one query, by index."""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from django.db.models import Q, QuerySet

from fieldops.dispatch.models import Assignment
from fieldops.dispatch.travel import Array, metres

# A face is remembered for long, a neighbourhood for a while; the window also bounds what is read.
REMEMBERED = dt.timedelta(days=365)
AREA_REMEMBERED = dt.timedelta(days=30)
AREA_M = 500


class Known(Protocol):
    """What of a case a crew may know."""

    @property
    def person_id(self) -> uuid.UUID: ...
    @property
    def merged_into_id(self) -> uuid.UUID | None: ...
    @property
    def school_id(self) -> uuid.UUID | None: ...
    @property
    def lng(self) -> float | None: ...
    @property
    def lat(self) -> float | None: ...


@dataclass(frozen=True)
class Visited:
    """One member's earlier visit."""

    user_id: uuid.UUID
    person_id: uuid.UUID
    merged_into_id: uuid.UUID | None
    school_id: uuid.UUID | None
    lng: float | None
    lat: float | None


CLOSER = ("area", "school", "person")  # each closer than the one before


def ties(visited: Sequence[Visited], cases: Sequence[Known]) -> dict[tuple[int, uuid.UUID], str]:
    """Return what ties members to cases (by the case's row), the closest tie only.

    Who knows the person knows the school, and who knows the school the area.
    """
    found: dict[tuple[int, uuid.UUID], str] = dict.fromkeys(_by_area(visited, cases), "area")
    found |= dict.fromkeys(_by_key(visited, cases, _school), "school")
    return found | dict.fromkeys(_by_key(visited, cases, _people), "person")


def _school(row: Known) -> set[uuid.UUID | None]:
    return {row.school_id} - {None}


def _people(row: Known) -> set[uuid.UUID | None]:
    return {row.person_id, row.merged_into_id} - {None}


def _by_key(
    visited: Sequence[Visited], cases: Sequence[Known], keys: Callable[[Known], set[uuid.UUID | None]]
) -> Iterator[tuple[int, uuid.UUID]]:
    """Yield the pairs that have a key in common."""
    members: dict[uuid.UUID | None, set[uuid.UUID]] = defaultdict(set)
    for visit in visited:
        for key in keys(visit):
            members[key].add(visit.user_id)
    for row, case in enumerate(cases):
        for key in keys(case):
            yield from ((row, user_id) for user_id in members.get(key, ()))


def _by_area(visited: Sequence[Visited], cases: Sequence[Known]) -> Iterator[tuple[int, uuid.UUID]]:
    """Yield the pairs whose places are near each other."""
    users = [visit.user_id for visit in visited if visit.lng is not None]
    rows = [row for row, case in enumerate(cases) if case.lng is not None]
    if users and rows:
        far = metres(_places(visited), _places(cases))
        for case, visit in zip(*np.nonzero(far <= AREA_M), strict=True):
            yield rows[case], users[visit]


def _places(rows: Sequence[Known]) -> Array:
    return np.array([(row.lng, row.lat) for row in rows if row.lng is not None], float)


COLUMNS = (
    "members__user_id", "case__person_id", "case__person__merged_into_id", "case__person__school_id",
    "case__whereabouts__lng", "case__whereabouts__lat",
)  # fmt: skip


def visits_before(
    center_id: uuid.UUID, cases: Sequence[Known], user_ids: Sequence[uuid.UUID], at: dt.datetime
) -> list[Visited]:
    """Return the visits of these people that have something in common with these cases.

    A union of three, each by its own index; an OR over the joins would walk every assignment there is.
    """
    if not cases or not user_ids:
        return []
    people = {case.person_id for case in cases} | {case.merged_into_id for case in cases} - {None}
    schools = {case.school_id for case in cases} - {None}
    parts = [
        _past(Q(case__person_id__in=people) | Q(case__person__merged_into_id__in=people), REMEMBERED, at)
    ]
    if schools:
        parts.append(_past(Q(case__person__school_id__in=schools), REMEMBERED, at))
    if near := _near(cases):
        parts.append(_past(Q(center_id=center_id) & near, AREA_REMEMBERED, at))
    rows = parts[0].union(*parts[1:]) if len(parts) > 1 else parts[0].distinct()
    mine = set(user_ids)
    return [Visited(*row) for row in rows if row[0] in mine]


def _past(which: Q, within: dt.timedelta, at: dt.datetime) -> QuerySet[Assignment, Any]:
    met = Q(arrived_at__isnull=False, drill=False, offered_at__gte=at - within)
    return Assignment.objects.filter(met, which).order_by().values_list(*COLUMNS)


def _near(cases: Sequence[Known]) -> Q:
    """Return the boxes around the cases' places."""
    d_lat, d_lng = AREA_M / 111_000, AREA_M / 85_000
    boxes = Q()
    for case in cases:
        if case.lng is not None and case.lat is not None:
            boxes |= Q(
                case__whereabouts__lng__range=(case.lng - d_lng, case.lng + d_lng),
                case__whereabouts__lat__range=(case.lat - d_lat, case.lat + d_lat),
            )
    return boxes
