"""The JSON parser of the API: strict, bounded, and clear about what it refuses."""

import json
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from fieldops.lib.text import check_json, refuse_constant


def parse_json(raw: bytes) -> Any:
    """Parse UTF-8 JSON; raises ParseError or Invalid (400) for what is not, or what cannot be stored."""
    try:
        value = json.loads(raw.decode("utf-8"), parse_constant=refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ParseError("not JSON") from error
    check_json(value)
    return value


class GuardedJSONParser(BaseParser):
    """Parse UTF-8 JSON; refuse NaN, huge integers, NUL, lone surrogates and deep nesting with 400."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        return parse_json(read_limited(stream))


def read_limited(stream: IO[Any]) -> bytes:
    """Read a whole body. Raises RequestDataTooBig (413): DRF reads past Django's own limit."""
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
    raw: bytes = stream.read(limit + 1)
    if len(raw) > limit:
        raise RequestDataTooBig("body over DATA_UPLOAD_MAX_MEMORY_SIZE")
    return raw
