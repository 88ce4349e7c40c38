"""Refusals made before Django has seen the request, in the same body as everywhere else."""

import json
from http import HTTPStatus

from fieldops.lib.errors import PROBLEM_TYPE, problem_body


def refusal(status: int, code: str, words: str) -> bytes:
    """Return the JSON of a refusal with the stable `code`."""
    return json.dumps(problem_body(status, code, words)).encode()


def raw_response(status: int, code: str, words: str) -> bytes:
    """Return a whole HTTP/1.1 response that ends its connection."""
    body = refusal(status, code, words)
    head = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n"
        f"Content-Type: {PROBLEM_TYPE}\r\n"
        f"Content-Length: {len(body)}\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode() + body
