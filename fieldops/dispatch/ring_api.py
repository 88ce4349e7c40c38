"""`POST /api/v1/ring/{id}/status`: the gateway says what became of a ring (docs/ring.md)."""

import re
import uuid

from django.conf import settings
from drf_spectacular.utils import OpenApiParameter, OpenApiTypes, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from fieldops.dispatch.ring import record_ring
from fieldops.dispatch.ring_moves import GATEWAY_SAYS
from fieldops.intake.api import BadSignature, RawParser
from fieldops.intake.signature import matches, sign
from fieldops.lib.api import StrictSerializer
from fieldops.lib.clock import now
from fieldops.lib.parsers import parse_json

HEADERS = [
    OpenApiParameter(name, str, OpenApiParameter.HEADER, required=True)
    for name in ("X-Ring-Timestamp", "X-Ring-Signature")
]


class RingStatusIn(StrictSerializer):
    """The gateway's word for a ring, and its own code for it."""

    status = serializers.ChoiceField(sorted(GATEWAY_SAYS))
    code = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")


class RingStatus(APIView):
    """Take a report: 200 with the outcome as it stands; the same again is harmless; 401 otherwise."""

    authentication_classes = ()
    permission_classes = ()
    parser_classes = (RawParser,)

    @extend_schema(parameters=HEADERS, request=RingStatusIn, responses={200: OpenApiTypes.OBJECT}, auth=[])
    def post(self, request: Request, ring_id: uuid.UUID) -> Response:
        raw: bytes = request.data if isinstance(request.data, bytes) else b""
        check_signature(request, ring_id, raw)
        form = RingStatusIn(data=parse_json(raw))
        form.is_valid(raise_exception=True)
        said = form.validated_data
        attempt = record_ring(
            ring_id=ring_id, outcome=GATEWAY_SAYS[said["status"]], at=now(), detail=said["code"]
        )
        return Response({"ring_id": str(attempt.pk), "outcome": attempt.outcome})


def check_signature(request: Request, ring_id: uuid.UUID, raw: bytes) -> None:
    """Refuse what the gateway's key did not sign within the window. Raises BadSignature."""
    timestamp = request.headers.get("X-Ring-Timestamp", "")
    expected = sign(
        settings.RING_SECRET, timestamp=timestamp, nonce=str(ring_id), method="POST",
        path=request.get_full_path(), body=raw,
    )  # fmt: skip
    fresh = (
        re.fullmatch(r"[0-9]{1,12}", timestamp)
        and abs(now().timestamp() - int(timestamp)) <= settings.FEED_WINDOW_S
    )
    # Without a key anybody could sign: an installation without a gateway hears no reports.
    if not (
        settings.RING_SECRET and fresh and matches(expected, request.headers.get("X-Ring-Signature", ""))
    ):
        raise BadSignature()
