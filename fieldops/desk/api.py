"""Endpoints of the desk: its snapshot, and the tap that takes an alarm off it."""

import uuid

from drf_spectacular.utils import OpenApiTypes, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from fieldops.cases.queries import open_cases
from fieldops.cases.wire import case_wire
from fieldops.dispatch.actions import note_desk_awake
from fieldops.dispatch.forms import NoArgs
from fieldops.dispatch.queries import live_assignments
from fieldops.dispatch.wire import assignment_wire
from fieldops.feed.alarms import acknowledge_alarm
from fieldops.feed.models import desk
from fieldops.feed.queries import head_of, open_alarms
from fieldops.feed.wire import alarm_wire
from fieldops.lib.api import StrictSerializer, read_body
from fieldops.lib.clock import iso, now
from fieldops.lib.db import read_snapshot
from fieldops.lib.errors import NotFound
from fieldops.sync.positions import position_wire
from fieldops.teams.access import require
from fieldops.teams.accounts import user_of
from fieldops.teams.models import Shift
from fieldops.teams.queries import last_position, shifts_on
from fieldops.teams.wire import shift_wire

WIRE = {200: OpenApiTypes.OBJECT}


class Told(StrictSerializer):
    """Whether somebody was told by phone."""

    told_by_phone = serializers.BooleanField(default=False)


class Acknowledge(APIView):
    """Take an alarm off the desk, with name and time; again is harmless."""

    @extend_schema(request=Told, responses=WIRE)
    def post(self, request: Request, alarm_id: uuid.UUID) -> Response:
        user = user_of(request)
        require(user, "cases.work")
        if user.center_id is None:
            raise NotFound()
        body = read_body(Told, request)
        alarm = acknowledge_alarm(
            alarm_id=alarm_id,
            center_id=user.center_id,
            by_id=user.pk,
            by_name=user.name,
            at=now(),
            told_by_phone=body["told_by_phone"],
        )
        return Response(alarm_wire(alarm))


class Awake(APIView):
    """Somebody at the desk touched a key or the pointer in the last seconds."""

    @extend_schema(request=NoArgs, responses={204: None})
    def post(self, request: Request) -> Response:
        user = user_of(request)
        require(user, "cases.work")
        read_body(NoArgs, request)
        if user.center_id is None:
            raise NotFound()
        note_desk_awake(center_id=user.center_id, at=now())
        return Response(status=204)


class Snapshot(APIView):
    """Everything live at this centre, and the place in the desk's feed it is true for."""

    @extend_schema(responses=WIRE)
    def get(self, request: Request) -> Response:
        user = user_of(request)
        require(user, "cases.see")
        if user.center_id is None:
            raise NotFound()
        at = now()
        head_of(desk(user.center_id))
        with read_snapshot():
            head = head_of(desk(user.center_id))
            shifts = shifts_on(user.center_id, at)
            return Response(
                {
                    "gen": str(head.gen),
                    "cursor": head.last,
                    "server_time": iso(at),
                    "cases": [case_wire(case) for case in open_cases(user.center_id)],
                    "assignments": [assignment_wire(row) for row in live_assignments(user.center_id)],
                    "shifts": [shift_wire(shift, at) for shift in shifts],
                    "alarms": [alarm_wire(alarm) for alarm in open_alarms(user.center_id)],
                    "positions": positions_of(shifts),
                }
            )


def positions_of(shifts: list[Shift]) -> list[dict[str, object]]:
    """Return where the crews' people last were."""
    return [
        position_wire(
            member.user,
            str(shift.pk),
            {"lng": fix.lng, "lat": fix.lat, "acc": fix.accuracy_m, "fix_at": fix.fix_at},
        )
        for shift in shifts
        for member in shift.members.all()
        if (fix := last_position(member.user))
    ]
