"""Endpoints of what must be judged, and of the photos."""

import uuid
from typing import Any

from drf_spectacular.utils import OpenApiTypes, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from fieldops.lib.api import read_body
from fieldops.lib.clock import now
from fieldops.sync import forms
from fieldops.sync.models import ReviewItem
from fieldops.sync.review import decide_item, open_item
from fieldops.sync.wire import item_wire
from fieldops.teams.access import reach, require
from fieldops.teams.accounts import actor_of, user_of

WIRE = {200: OpenApiTypes.OBJECT}


class Decide(APIView):
    """Accept what a phone sent as a fact, or set it aside with a reason."""

    @extend_schema(request=forms.DecideIn, responses=WIRE)
    def post(self, request: Request, item_id: uuid.UUID) -> Response:
        item = reach(ReviewItem.objects.all(), user_of(request), item_id)
        require(user_of(request), "outcomes.decide")
        body: dict[str, Any] = read_body(forms.DecideIn, request)
        decided = decide_item(
            item_id=item.pk, decision=body["decision"], reason=body["reason"], by=actor_of(request), at=now()
        )
        return Response({**item_wire(decided), "result": decided.result})


class Open(APIView):
    """Read what a phone sent, in clear, for a typed reason."""

    @extend_schema(request=forms.ReasonIn, responses=WIRE)
    def post(self, request: Request, item_id: uuid.UUID) -> Response:
        item = reach(ReviewItem.objects.all(), user_of(request), item_id)
        require(user_of(request), "outcomes.decide")
        body = read_body(forms.ReasonIn, request)
        return Response(open_item(item_id=item.pk, reason=body["reason"], by=actor_of(request), at=now()))
