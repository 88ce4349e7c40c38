"""Write down each request of a phone as it arrives, byte for byte; write and read a recording's bodies."""

import base64
import gzip
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

TAPE = "tape.jsonl"
# What a phone says by headers; the rest is the line's.
SAID = ("Content-Type", "Upload-Offset", "Upload-Length")


class Tape:
    """The middleware: one line of JSON a request."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began, body = time.time(), request.body
        response = self.answer(request)
        entry = {
            "began": began,
            "session": request.COOKIES.get("sessionid", ""),
            "method": request.method,
            "path": request.get_full_path(),
            "headers": {name: request.headers[name] for name in SAID if name in request.headers},
            **written(body),
            "status": response.status_code,
            **_outcomes(request, response),
        }
        with (Path(settings.DATA_DIR) / TAPE).open("a") as tape:
            tape.write(json.dumps(entry) + "\n")
        return response


def _outcomes(request: HttpRequest, response: HttpResponse) -> dict[str, Any]:
    if not request.path.endswith("sync/commands") or response.status_code != 200:
        return {}
    results = json.loads(response.content)["results"]
    return {"outcomes": [[one["outcome"], one.get("code") or ""] for one in results]}


def written(body: bytes) -> dict[str, str]:
    """Return a body as a recording keeps it: JSON as its text, a file packed."""
    if body.startswith(b"{"):
        return {"body": body.decode()}
    return {"packed": base64.b64encode(gzip.compress(body, mtime=0)).decode()} if body else {}


def bytes_of(entry: dict[str, Any]) -> bytes:
    """Return exactly the bytes that were sent."""
    if "packed" in entry:
        return gzip.decompress(base64.b64decode(entry["packed"]))
    return str(entry.get("body", "")).encode()
