"""A crew's standby, break and off duty, set at the desk for a crew that rings in."""

import uuid

from drf_spectacular.utils import OpenApiTypes, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from fieldops.dispatch.actions import set_crew_duty
from fieldops.lib.api import StrictSerializer, read_body
from fieldops.lib.clock import now
from fieldops.teams.access import reach, require
from fieldops.teams.accounts import actor_of, user_of
from fieldops.teams.models import Duty, Shift
from fieldops.teams.wire import shift_wire


class CrewDutyIn(StrictSerializer):
    """The state; of the whole crew, or of one of it."""

    state = serializers.ChoiceField(Duty.choices)
    member = serializers.UUIDField(required=False)


class CrewDuty(APIView):
    """Set a crew on duty, on break or off, by voice; again is harmless."""

    @extend_schema(request=CrewDutyIn, responses={200: OpenApiTypes.OBJECT})
    def post(self, request: Request, shift_id: uuid.UUID) -> Response:
        user = user_of(request)
        require(user, "cases.work")
        shift = reach(Shift.objects.all(), user, shift_id)
        body, at = read_body(CrewDutyIn, request), now()
        shift = set_crew_duty(
            shift_id=shift.pk, state=body["state"], by=actor_of(request), at=at, member_id=body.get("member")
        )
        return Response(shift_wire(shift, at))
