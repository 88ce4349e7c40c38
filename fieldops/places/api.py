"""Endpoints of the room: the centre's places for lists, maps and telling."""

import uuid
from typing import Any

from drf_spectacular.utils import OpenApiTypes, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from fieldops.lib.api import StrictSerializer
from fieldops.lib.clock import now
from fieldops.places import queries
from fieldops.places.geometry import check_lng_lat
from fieldops.places.models import PlaceKind
from fieldops.places.wire import place_feature, place_wire
from fieldops.teams.accounts import user_of

MOST = 200


class Near(serializers.CharField):
    """`lng,lat` in WGS-84 degrees."""

    def to_internal_value(self, data: Any) -> Any:
        try:
            lng, lat = (float(part) for part in super().to_internal_value(data).split(","))
        except ValueError as error:
            raise serializers.ValidationError("lng,lat", code="invalid") from error
        return check_lng_lat(lng, lat)


class PlacesQuery(StrictSerializer):
    """Narrow by kind and words; `near` sorts by distance and keeps what is within `within_m`."""

    kind = serializers.ChoiceField(choices=PlaceKind.choices, required=False)
    text = serializers.CharField(max_length=80, required=False)
    near = Near(max_length=64, required=False)
    within_m = serializers.IntegerField(min_value=1, max_value=50_000, default=5_000)


class Places(APIView):
    """The places in use with whom to tell, those on duty first; at most 200 rows, `more` says if cut."""

    @extend_schema(operation_id="places_list", parameters=[PlacesQuery], responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request) -> Response:
        query = PlacesQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        rows = queries.listed(user_of(request), **query.validated_data)
        at = now()
        shown = [
            place_wire(place, queries.contacts_in_order(place, at), metres) for place, metres in rows[:MOST]
        ]
        return Response({"places": shown, "more": len(rows) > MOST})


class PlaceDetail(APIView):
    """One place with its contacts."""

    @extend_schema(responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request, place_id: uuid.UUID) -> Response:
        place = queries.place_for(user_of(request), place_id)
        return Response(place_wire(place, queries.contacts_in_order(place, now())))


class PlacesMap(APIView):
    """The centre's places as a GeoJSON FeatureCollection, for maps."""

    @extend_schema(responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request) -> Response:
        features = [
            place_feature(place) for place in queries.places_for(user_of(request)).order_by("kind", "name")
        ]
        body = {"type": "FeatureCollection", "features": features}
        return Response(body, content_type="application/geo+json")
