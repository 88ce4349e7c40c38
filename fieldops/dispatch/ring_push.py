"""Web Push: an extra that wakes a sleeping phone, behind settings.PUSH. It carries no content at all.

The push service (Google's, Mozilla's, Apple's, Microsoft's) learns that this installation pings this browser,
and when; the notice itself is worded on the phone. Never the channel: in mainland China it may not arrive.
"""

import functools
import hashlib
from urllib.parse import urlsplit

import httpx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from py_vapid import Vapid02
from py_vapid.utils import b64urlencode

from fieldops.dispatch.models import RingAttempt, RingOutcome
from fieldops.dispatch.ring import pinged_device
from fieldops.dispatch.ring_moves import AGAIN
from fieldops.dispatch.ring_said import GatewayDown, Said
from fieldops.lib.keys import load_or_make_secret
from fieldops.lib.sealed import open_row

# The order of the group of P-256: a private key is a number below it.
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
TTL_S = 60
GONE = frozenset({404, 410})


def ring_by_push(attempt: RingAttempt) -> Said:
    """Wake the member's browser. Raises GatewayDown."""
    device = pinged_device(attempt.user)
    if device is None:
        return Said(RingOutcome.MOOT)
    endpoint: str = open_row(device, "push")["endpoint"]
    if not is_push_service(endpoint):  # the list may have become shorter since
        return Said(RingOutcome.REFUSED, "host")
    status = _post(endpoint)
    if status in AGAIN:
        raise GatewayDown(str(status))
    if status in GONE:
        type(device).objects.filter(pk=device.pk, push=device.push).update(push=None)
    # Taken by the service is all that is ever known: it reports nothing.
    return Said(RingOutcome.NO_WORD if 200 <= status < 300 else RingOutcome.REFUSED, str(status))


def is_push_service(endpoint: str) -> bool:
    """Tell whether an address a phone named is a push service we know: we must not call whatever it says."""
    parts = urlsplit(endpoint)
    try:
        port = parts.port
    except ValueError:
        return False
    host = (parts.hostname or "").lower()
    if settings.PUSH_LOCAL and host == "127.0.0.1":
        return True
    known = any(
        host == name or (name.startswith("*.") and host.endswith(name[1:])) for name in settings.PUSH_HOSTS
    )
    return parts.scheme == "https" and port in (None, 443) and not parts.username and known


def public_key() -> str:
    """Return the key a browser subscribes with, as `applicationServerKey` wants it."""
    point = _vapid().public_key.public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    return str(b64urlencode(point))


def _post(endpoint: str) -> int:
    parts = urlsplit(endpoint)
    claims = {"aud": f"{parts.scheme}://{parts.netloc}", "sub": settings.PUSH_CONTACT}
    headers = {**_vapid().sign(claims), "TTL": str(TTL_S), "Urgency": "high", "Content-Length": "0"}
    try:
        with httpx.Client(trust_env=False, timeout=settings.RING_TIMEOUT_S) as client:
            with client.stream("POST", endpoint, headers=headers) as answer:
                return answer.status_code
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise GatewayDown(type(error).__name__) from error


@functools.lru_cache(maxsize=1)
def _vapid() -> Vapid02:
    """Return this installation's signer; its key is derived from a secret kept beside the session's."""
    secret = load_or_make_secret(settings.DATA_DIR, "push").encode()
    number = int.from_bytes(hashlib.sha512(b"fieldops push" + secret).digest(), "big")
    return Vapid02(ec.derive_private_key(1 + number % (P256_ORDER - 1), ec.SECP256R1()))
