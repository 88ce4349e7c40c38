"""`POST /api/v1/alerts`: the city feed."""

import re
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, OpenApiTypes, extend_schema
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from fieldops.cases.wire import case_wire
from fieldops.intake.actions import Taken, secret_of, take_signed_alert
from fieldops.intake.forms import AlertIn
from fieldops.intake.models import FeedKey
from fieldops.intake.signature import matches, sign
from fieldops.lib.clock import now
from fieldops.lib.errors import Problem
from fieldops.lib.parsers import parse_json, read_limited
from fieldops.lib.text import is_clean

HEADERS = [
    OpenApiParameter(name, str, OpenApiParameter.HEADER, required=True)
    for name in ("X-Feed-Key", "X-Feed-Timestamp", "X-Feed-Nonce", "X-Feed-Signature")
]


class BadSignature(Problem):
    """Bad, old or unknown: one answer, so that nothing can be learned from it."""

    status = 401
    code = "bad_signature"
    words = _("The signature is wrong, too old, or the key is unknown.")


class RawParser(BaseParser):
    """Hand over the bytes: the signature is over exactly these."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        return read_limited(stream)


class AlertFeed(APIView):
    """Take one signed alert: 201 new, 200 the same again, 409 same id with other content, 401 otherwise."""

    authentication_classes = ()
    permission_classes = ()
    parser_classes = (RawParser,)

    @extend_schema(
        parameters=HEADERS,
        request=AlertIn,
        responses={200: OpenApiTypes.OBJECT, 201: OpenApiTypes.OBJECT},
        auth=[],
    )
    def post(self, request: Request) -> Response:
        raw: bytes = request.data if isinstance(request.data, bytes) else b""
        key = self._verified_key(request, raw)
        form = AlertIn(data=parse_json(raw))
        form.is_valid(raise_exception=True)
        nonce = request.headers["X-Feed-Nonce"]
        taken = take_signed_alert(key=key, nonce=nonce, body=dict(form.validated_data), at=now())
        return Response(alert_wire(taken), status=201 if taken.new else 200)

    @staticmethod
    def _verified_key(request: Request, raw: bytes) -> FeedKey:
        """Return the key that signed these bytes within the window. Raises BadSignature."""
        head = request.headers
        timestamp, nonce = head.get("X-Feed-Timestamp", ""), head.get("X-Feed-Nonce", "")
        name = head.get("X-Feed-Key", "")
        key = FeedKey.objects.filter(key=name, revoked_at__isnull=True).select_related("center")
        row = key.first() if is_clean(name) else None
        # An unknown key is checked against a constant, so that it costs the same time.
        secret = secret_of(row) if row else "unknown"
        expected = sign(
            secret, timestamp=timestamp, nonce=nonce, method="POST", path=request.get_full_path(), body=raw
        )
        fresh = (
            re.fullmatch(r"[0-9]{1,12}", timestamp)
            and abs(now().timestamp() - int(timestamp)) <= settings.FEED_WINDOW_S
        )
        sound = bool(re.fullmatch(r"[\x21-\x7e]{8,64}", nonce))
        if not (matches(expected, head.get("X-Feed-Signature", "")) and row and fresh and sound):
            raise BadSignature()
        return row


def alert_wire(taken: Taken) -> dict[str, Any]:
    """Return what the sender learns: the alert's id and its case."""
    alert = taken.alert
    return {
        "id": str(alert.pk),
        "external_id": alert.external_id,
        "attached": alert.attached,
        "case": case_wire(alert.case) if alert.case else None,
    }
