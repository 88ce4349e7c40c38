"""Endpoints of drills: start, end, read the report."""

import uuid

from drf_spectacular.utils import OpenApiTypes, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from fieldops.dispatch import actions, forms
from fieldops.dispatch.api import crew_of
from fieldops.dispatch.drills import drill_for, drills_for
from fieldops.dispatch.wire import drill_wire
from fieldops.lib.api import read_body
from fieldops.lib.clock import now
from fieldops.lib.errors import NotFound
from fieldops.places.models import Place
from fieldops.teams.access import reach, require
from fieldops.teams.accounts import actor_of, user_of

WIRE = {200: OpenApiTypes.OBJECT}
KEPT = 100


class Drills(APIView):
    """The centre's drills, newest first; start one."""

    @extend_schema(operation_id="drills_list", responses=WIRE)
    def get(self, request: Request) -> Response:
        require(user_of(request), "cases.see")
        return Response({"results": [drill_wire(row) for row in drills_for(user_of(request))[:KEPT]]})

    @extend_schema(request=forms.StartDrill, responses={201: OpenApiTypes.OBJECT})
    def post(self, request: Request) -> Response:
        user, at = user_of(request), now()
        require(user, "drills.run")
        body = read_body(forms.StartDrill, request)
        if user.center_id is None:
            raise NotFound()
        drill = actions.start_drill(
            center_id=user.center_id,
            scene=body["scene"],
            by=actor_of(request),
            at=at,
            shift=crew_of(user, body["team"], at) if "team" in body else None,
            place=reach(Place.objects.all(), user, body["place"]) if "place" in body else None,
            drill_id=body.get("id"),
        )
        return Response(drill_wire(drill), status=201)


class OneDrill(APIView):
    """One drill with its report."""

    @extend_schema(responses=WIRE)
    def get(self, request: Request, drill_id: uuid.UUID) -> Response:
        return Response(drill_wire(drill_for(user_of(request), drill_id)))


class EndDrill(APIView):
    """End a drill and store its report; again is harmless."""

    @extend_schema(request=forms.EndDrill, responses=WIRE)
    def post(self, request: Request, drill_id: uuid.UUID) -> Response:
        drill = drill_for(user_of(request), drill_id)
        require(user_of(request), "drills.run")
        body = read_body(forms.EndDrill, request)
        done = actions.end_drill(
            drill_id=drill.pk, by=actor_of(request), at=now(), words=body.get("words", "")
        )
        return Response(drill_wire(done))
