"""Endpoints of the room."""

import uuid

from drf_spectacular.utils import OpenApiTypes, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from fieldops.lib.api import read_body
from fieldops.lib.clock import now
from fieldops.outcomes import forms
from fieldops.outcomes.actions import decide_report, is_disputed
from fieldops.outcomes.facts import finish_follow_up
from fieldops.outcomes.models import FollowUp, VisitReport
from fieldops.outcomes.wire import report_wire
from fieldops.teams.access import reach, require
from fieldops.teams.accounts import actor_of, user_of

WIRE = {200: OpenApiTypes.OBJECT}


class ReportDecide(APIView):
    """Pick one of two different reports."""

    @extend_schema(request=None, responses=WIRE)
    def post(self, request: Request, report_id: uuid.UUID) -> Response:
        report = reach(VisitReport.objects.all(), user_of(request), report_id)
        require(user_of(request), "outcomes.decide")
        picked = decide_report(report_id=report.pk, by=actor_of(request), at=now())
        return Response(report_wire(picked, disputed=is_disputed(picked.assignment)))


class FollowUpDone(APIView):
    """Record what the return call found."""

    @extend_schema(request=forms.FollowUpDone, responses=WIRE)
    def post(self, request: Request, follow_up_id: uuid.UUID) -> Response:
        follow_up = reach(FollowUp.objects.all(), user_of(request), follow_up_id)
        require(user_of(request), "cases.work")
        body = read_body(forms.FollowUpDone, request)
        done = finish_follow_up(
            follow_up_id=follow_up.pk, valid=body["valid"], remark=body.get("remark", ""),
            by=actor_of(request), at=now(),
        )  # fmt: skip
        return Response({"id": str(done.pk), "valid": done.valid, "remark": done.remark})
