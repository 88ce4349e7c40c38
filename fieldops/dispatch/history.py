"""Who of a crew was with this person, at this school or near this place before: one query, by index."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.db.models import Q, QuerySet

from fieldops.dispatch.models import Assignment
from fieldops.lib.geo import haversine_m

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

    def ties(self, case: Known) -> set[str]:
        """Return what this visit has in common with a case."""
        mine = {self.person_id, self.merged_into_id} - {None}
        checks = {
            "person": bool(mine & {case.person_id, case.merged_into_id}),
            "school": self.school_id is not None and self.school_id == case.school_id,
            "area": self._is_near(case),
        }
        return {tie for tie, holds in checks.items() if holds}

    def _is_near(self, case: Known) -> bool:
        if self.lng is None or self.lat is None or case.lng is None or case.lat is None:
            return False
        return haversine_m(self.lng, self.lat, case.lng, case.lat) <= AREA_M


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
