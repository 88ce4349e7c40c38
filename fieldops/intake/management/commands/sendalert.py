"""`manage.py sendalert FILE.json --to URL`: sign an alert as the city feed does, and post it."""

import json
import secrets
import time
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
from django.core.management.base import BaseCommand, CommandError, CommandParser

from fieldops.intake.signature import sign


class Command(BaseCommand):
    help = "Sign FILE.json as the city feed does and post it to a Fieldops server."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--to", default="http://localhost:8000")
        parser.add_argument("--key", default="demo-city")
        parser.add_argument("--secret", default="fieldops-demo-feed-secret")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            body = options["file"].read_bytes()
            json.loads(body)
        except (OSError, ValueError) as error:
            raise CommandError(f"{options['file']}: {error}") from error
        url = urljoin(options["to"], "/api/v1/alerts")
        try:
            answer = httpx.post(
                url, content=body, headers=signed_headers(url, body, options["key"], options["secret"])
            )
        except httpx.HTTPError as error:
            raise CommandError(f"{options['to']} does not answer: {error}") from error
        self.stdout.write(f"{answer.status_code} {answer.text}")
        if answer.status_code >= 400:
            raise CommandError("refused")


def signed_headers(url: str, body: bytes, key: str, secret: str) -> dict[str, str]:
    """Return the four feed headers (and the content type) for posting `body` to `url` now."""
    timestamp, nonce = str(int(time.time())), secrets.token_urlsafe(18)
    signature = sign(
        secret, timestamp=timestamp, nonce=nonce, method="POST", path=urlsplit(url).path, body=body
    )
    return {
        "Content-Type": "application/json",
        "X-Feed-Key": key,
        "X-Feed-Timestamp": timestamp,
        "X-Feed-Nonce": nonce,
        "X-Feed-Signature": signature,
    }
