"""A centre's places as a search tree in this process, rebuilt when a place has changed.

The stamp is read on every use (one aggregate over an indexed column): a sum of versions does not depend on
the order in which two changes commit, as the newest time alone would.
"""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, Sum
from shapely import STRtree
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from fieldops.lib.geo import haversine_m
from fieldops.places.geometry import as_shape
from fieldops.places.models import Place

Stamp = tuple[int, int | None, dt.datetime | None]

# One degree of latitude in metres, a little short, so that a reach in degrees never misses what is near.
DEGREE_M = 110_000


@dataclass(frozen=True)
class Shapes:
    """The centre's geometries, each with its place's id and kind."""

    stamp: Stamp
    geometries: list[BaseGeometry]
    owners: list[tuple[uuid.UUID, str]]
    tree: STRtree

    def covering(self, lng: float, lat: float, kind: str) -> list[uuid.UUID]:
        """Return the places of a kind whose area holds the point, smallest area first."""
        hits = [int(i) for i in self.tree.query(Point(lng, lat), predicate="intersects")]
        areas = [i for i in hits if self.owners[i][1] == kind and self.geometries[i].area > 0]
        return [self.owners[i][0] for i in sorted(areas, key=lambda i: self.geometries[i].area)]

    def near(self, lng: float, lat: float, within_m: float) -> list[tuple[uuid.UUID, float]]:
        """Return (place id, metres) within reach, nearest first; inside an area is 0."""
        # A degree of longitude shrinks with latitude: at 60° it is half of one at the equator.
        around = Point(lng, lat).buffer(within_m / DEGREE_M * 2)
        best: dict[uuid.UUID, float] = {}
        for index in self.tree.query(around, predicate="intersects"):
            owner, metres = self.owners[index][0], _distance_m(self.geometries[index], lng, lat)
            if metres <= within_m:
                best[owner] = min(metres, best.get(owner, metres))
        return sorted(best.items(), key=lambda item: item[1])


_kept: dict[uuid.UUID, Shapes] = {}


def shapes_of(center_id: uuid.UUID) -> Shapes:
    """Return the centre's shapes as they are now."""
    stamp = _stamp(center_id)
    kept = _kept.get(center_id)
    if kept is None or kept.stamp != stamp:
        kept = _kept[center_id] = _build(center_id, stamp)
    return kept


def _stamp(center_id: uuid.UUID) -> Stamp:
    row = Place.objects.filter(center_id=center_id).aggregate(Count("pk"), Sum("version"), Max("changed_at"))
    return row["pk__count"], row["version__sum"], row["changed_at__max"]


def _build(center_id: uuid.UUID, stamp: Stamp) -> Shapes:
    rows = Place.objects.filter(center_id=center_id, retired_at=None).values_list(
        "pk", "kind", "point", "area"
    )
    found: list[tuple[BaseGeometry, tuple[uuid.UUID, str]]] = []
    for pk, kind, *values in rows:
        found += [(as_shape(value), (pk, kind)) for value in values if value]
    geometries = [geometry for geometry, _owner in found]
    return Shapes(stamp, geometries, [owner for _geometry, owner in found], STRtree(geometries))


def _distance_m(geometry: Any, lng: float, lat: float) -> float:
    """Metres from a point to a geometry: to the nearest corner or edge point, 0 inside."""
    here = Point(lng, lat)
    if geometry.geom_type == "Point":
        return haversine_m(lng, lat, geometry.x, geometry.y)
    if geometry.contains(here):
        return 0.0
    edge = geometry.exterior.interpolate(geometry.exterior.project(here))
    return haversine_m(lng, lat, edge.x, edge.y)
