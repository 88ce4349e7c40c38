"""The ring port: what a gateway is asked, and the shipped adapters: log, and generic HTTP (docs/ring.md)."""

import json
import logging
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
from django.conf import settings

from fieldops.dispatch.models import RingOutcome
from fieldops.dispatch.ring_moves import AGAIN, GATEWAY_SAYS
from fieldops.dispatch.ring_said import GatewayDown, Said
from fieldops.intake.signature import sign
from fieldops.lib.clock import now
from fieldops.lib.masks import mask_phone

log = logging.getLogger(__name__)

ANSWER_BYTES = 16 * 1024


@dataclass(frozen=True)
class Ring:
    """One ring as a gateway is told it: no name, no place, nothing of the case."""

    ring_id: uuid.UUID
    to: str
    kind: str
    lang: str
    text: str
    assignment: str | None
    callback_url: str | None


def ring_by_log(ring: Ring) -> Said:
    """Where no gateway is configured: a line in the log, and the desk's card with the number."""
    log.info("ring %s: %s to %s, no gateway is configured", ring.ring_id, ring.kind, mask_phone(ring.to))
    return Said(RingOutcome.NO_GATEWAY)


def ring_by_http(ring: Ring) -> Said:
    """Ask the configured gateway, signed; the same ring_id again is the same ring. Raises GatewayDown."""
    body = json.dumps(
        {
            "ring_id": str(ring.ring_id), "to": ring.to, "kind": ring.kind, "lang": ring.lang,
            "text": ring.text, "assignment": ring.assignment, "callback_url": ring.callback_url,
        },
        ensure_ascii=False,
    ).encode()  # fmt: skip
    status, answer = _post(
        settings.RING_URL, body, signed_headers(settings.RING_URL, str(ring.ring_id), body)
    )
    if status in AGAIN:
        raise GatewayDown(str(status))
    if status == 409:  # it has this ring already: the first answer was lost on the way
        return Said(RingOutcome.SENT)
    if not 200 <= status < 300:
        return Said(RingOutcome.REFUSED, f"{status} {_word(answer, 'code')}".strip())
    outcome = GATEWAY_SAYS.get(_word(answer, "status"), RingOutcome.SENT)
    return Said(outcome, _word(answer, "code"))


ADAPTERS: dict[str, Callable[[Ring], Said]] = {"log": ring_by_log, "http": ring_by_http}


def signed_headers(url: str, nonce: str, body: bytes) -> dict[str, str]:
    """Return the headers that prove who rings: the city feed's scheme, the ring's id as nonce."""
    timestamp = str(int(now().timestamp()))
    parts = urlsplit(url)
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    signature = sign(
        settings.RING_SECRET, timestamp=timestamp, nonce=nonce, method="POST", path=path, body=body
    )
    return {
        "Content-Type": "application/json",
        "Idempotency-Key": nonce,
        "X-Ring-Timestamp": timestamp,
        "X-Ring-Signature": signature,
    }


def _post(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    """POST with a deadline over the whole exchange: a gateway that dribbles is as dead as a silent one."""
    deadline = time.monotonic() + settings.RING_TIMEOUT_S
    answer = b""
    try:
        with (
            httpx.Client(trust_env=False, timeout=settings.RING_TIMEOUT_S) as client,
            client.stream("POST", url, content=body, headers=headers) as response,
        ):
            for chunk in response.iter_bytes():
                answer += chunk
                if len(answer) > ANSWER_BYTES or time.monotonic() > deadline:
                    break
            return response.status_code, answer[:ANSWER_BYTES]
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise GatewayDown(type(error).__name__) from error


def _word(answer: bytes, name: str) -> str:
    """Return a short word of a JSON answer, or nothing."""
    try:
        found: Any = json.loads(answer)
    except ValueError:
        return ""
    value = found.get(name) if isinstance(found, dict) else None
    return "".join(ch for ch in value if ch.isprintable())[:40] if isinstance(value, str) else ""
