"""A voice gateway for tests: a real HTTP server that checks signatures and answers as it is told."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from fieldops.intake.signature import sign
from fieldops.lib.clock import now

SECRET = "a-gateway-key-for-tests"


@dataclass
class Gateway:
    """What it was asked, and how it answers: (status, body), or `None` to hang."""

    url: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    at: list[float] = field(default_factory=list)
    signed: list[bool] = field(default_factory=list)
    answer: tuple[int, bytes] | None = (202, b'{"status": "accepted"}')
    let_go: threading.Event = field(default_factory=threading.Event)

    def settings(self) -> dict[str, str]:
        """Return the environment of a server that rings through this gateway."""
        return {"FIELDOPS_RING_URL": self.url, "FIELDOPS_RING_SECRET": SECRET}

    def rung(self, number: str) -> list[dict[str, Any]]:
        """Return what was asked for a number."""
        return [ring for ring in self.asked if ring["to"] == number]


@contextmanager
def run_gateway() -> Iterator[Gateway]:
    """Start a gateway on a free port."""
    gateway = Gateway()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            gateway.asked.append(json.loads(body))
            gateway.at.append(time.time())
            gateway.signed.append(is_signed(self.headers, self.path, body))
            if gateway.answer is None:
                gateway.let_go.wait(30)
                return
            status, answer = gateway.answer
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    gateway.url = f"http://127.0.0.1:{server.server_port}/rings?account=7"
    try:
        yield gateway
    finally:
        gateway.let_go.set()
        server.shutdown()
        server.server_close()


def is_signed(headers: Any, path: str, body: bytes) -> bool:
    """Check a ring as a gateway should (docs/ring.md)."""
    expected = sign(
        SECRET, timestamp=headers["X-Ring-Timestamp"], nonce=json.loads(body)["ring_id"], method="POST",
        path=path, body=body,
    )  # fmt: skip
    return bool(headers["X-Ring-Signature"] == expected)


def report_headers(ring_id: Any, body: bytes, *, secret: str = SECRET, age_s: int = 0) -> dict[str, str]:
    """Sign a report as a gateway does."""
    timestamp = str(int(now().timestamp()) - age_s)
    path = f"/api/v1/ring/{ring_id}/status"
    signature = sign(secret, timestamp=timestamp, nonce=str(ring_id), method="POST", path=path, body=body)
    return {"X-Ring-Timestamp": timestamp, "X-Ring-Signature": signature}
