"""`POST /demo/<scene>`: send the scene's alert as the city would, signed, through the feed's own view."""

import io
import json
import secrets
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.urls import resolve
from drf_spectacular.utils import OpenApiTypes, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from fieldops.demo.alerts import SCENES, fresh, unused_phone
from fieldops.demo.town import FEED_KEY, FEED_SECRET
from fieldops.intake.signature import sign
from fieldops.lib.clock import now
from fieldops.lib.errors import NotFound
from fieldops.teams.access import require
from fieldops.teams.accounts import user_of

FEED_PATH = "/api/v1/alerts"


class SendAlert(APIView):
    """Send one of the sample alerts; each press is about a new person. Only in demo mode."""

    @extend_schema(request=None, responses={201: OpenApiTypes.OBJECT})
    def post(self, request: Request, scene: str) -> Response:
        if not settings.DEMO or scene not in SCENES:
            raise NotFound()
        require(user_of(request), "cases.work")
        body = fresh(scene, at=now(), phone=unused_phone())
        answer = send_signed(json.dumps(body, ensure_ascii=False).encode())
        return Response(answer.data, status=answer.status_code)


def send_signed(body: bytes) -> Any:
    """Sign `body` as the city does and give it to the feed's view; return its answer.

    In the process, not over the network: a request that waits for another one could fill the pool of threads.
    """
    timestamp, nonce = str(int(now().timestamp())), secrets.token_urlsafe(18)
    signature = sign(FEED_SECRET, timestamp=timestamp, nonce=nonce, method="POST", path=FEED_PATH, body=body)
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": FEED_PATH,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "0",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_X_FEED_KEY": FEED_KEY,
        "HTTP_X_FEED_TIMESTAMP": timestamp,
        "HTTP_X_FEED_NONCE": nonce,
        "HTTP_X_FEED_SIGNATURE": signature,
        "wsgi.input": io.BytesIO(body),
    }
    return resolve(FEED_PATH).func(WSGIRequest(environ))
