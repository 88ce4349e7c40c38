"""The city as a sender: signs as the feed does, and can get everything wrong."""

import json
import secrets
import time
from typing import Any

from django.test import Client

from fieldops.intake.actions import make_feed_key
from fieldops.intake.signature import sign
from fieldops.lib.clock import now
from fieldops.teams.models import Center
from tests import make

PATH = "/api/v1/alerts"
SECRET = "a-secret-of-the-city"


class City:
    """A source with a key at a centre."""

    def __init__(
        self, center: Center | None, *, key: str = "city-1", secret: str = SECRET, source: str = "city"
    ) -> None:
        """Make its key; without a centre the key is there already."""
        self.key, self.secret = key, secret
        if center:
            make_feed_key(center=center, source=source, key=key, secret=secret, at=now())

    def send(self, body: Any = None, *, raw: bytes | None = None, path: str = PATH, **wrong: str) -> Any:
        """Send an alert signed now; `wrong` replaces headers after signing."""
        raw = json.dumps(make.alert_body() if body is None else body).encode() if raw is None else raw
        return self.post(raw, {**self.headers(raw), **wrong}, path=path)

    def headers(self, raw: bytes, *, at: float | None = None, nonce: str = "") -> dict[str, str]:
        """Return the four headers for these bytes."""
        timestamp, nonce = str(int(time.time() if at is None else at)), nonce or secrets.token_urlsafe(18)
        signature = sign(self.secret, timestamp=timestamp, nonce=nonce, method="POST", path=PATH, body=raw)
        return {
            "X-Feed-Key": self.key,
            "X-Feed-Timestamp": timestamp,
            "X-Feed-Nonce": nonce,
            "X-Feed-Signature": signature,
        }

    @staticmethod
    def post(raw: bytes, headers: dict[str, str], *, path: str = PATH) -> Any:
        """Post just this."""
        return Client(enforce_csrf_checks=True).post(
            path, raw, content_type="application/json", headers=headers
        )
