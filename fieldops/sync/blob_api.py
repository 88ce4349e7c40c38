"""`HEAD/PATCH /api/v1/sync/blobs/<sha256>`: a file in parts, resumable (tus style); photos looked at."""

import re
import uuid
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from fieldops.lib.clock import now
from fieldops.lib.errors import Invalid, NotFound
from fieldops.outcomes.models import Note
from fieldops.sync.blobs import CHUNK, add_part, blob_of, open_photo
from fieldops.sync.models import Blob
from fieldops.teams.access import reach, require
from fieldops.teams.accounts import actor_of, user_of

HEADERS = [
    OpenApiParameter(name, int, OpenApiParameter.HEADER, required=True)
    for name in ("Upload-Offset", "Upload-Length")
]


class PartParser(BaseParser):
    """Hand over the bytes of a part."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        content: bytes = stream.read()
        return content


class Blobs(APIView):
    """A photo in parts."""

    parser_classes = (PartParser,)

    @extend_schema(request=None, responses={204: None})
    def head(self, request: Request, sha256: str) -> Response:
        require(user_of(request), "phone")
        return _offset(blob_of(user_of(request), _hash(sha256)))

    @extend_schema(parameters=HEADERS, request={"application/octet-stream": bytes}, responses={204: None})
    def patch(self, request: Request, sha256: str) -> Response:
        require(user_of(request), "phone")
        part: bytes = request.data if isinstance(request.data, bytes) else b""
        if len(part) > 4 * CHUNK:
            raise Invalid("too_large", status=413)
        blob = add_part(
            user=user_of(request),
            sha256=_hash(sha256),
            mime=request.headers.get("Content-Type", ""),
            length=_number(request, "Upload-Length"),
            offset=_number(request, "Upload-Offset"),
            part=part,
            at=now(),
        )
        return _offset(blob)


class Photo(APIView):
    """A photo of a case, stripped; each look is audited. `pending` ones are 404."""

    @extend_schema(responses={(200, "image/*"): bytes})
    def get(self, request: Request, note_id: uuid.UUID) -> HttpResponse:
        note = reach(Note.objects.select_related("case"), user_of(request), note_id)
        content, mime = open_photo(note=note, by=actor_of(request), at=now())
        response = HttpResponse(content, mime)
        response["Content-Disposition"] = "inline"
        response["Cache-Control"] = "no-store"
        response["Content-Security-Policy"] = "default-src 'none'; sandbox"
        return response


def _offset(blob: Blob) -> Response:
    done = blob.length if blob.done_at else blob.offset
    return Response(status=204, headers={"Upload-Offset": str(done), "Upload-Length": str(blob.length)})


def _hash(sha256: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{64}", sha256):
        raise NotFound()
    return sha256


def _number(request: Request, name: str) -> int:
    value = request.headers.get(name, "")
    if not re.fullmatch(r"\d{1,9}", value):
        raise Invalid(errors={name: ["a whole number"]})
    return int(value)
