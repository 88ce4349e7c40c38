"""Web Push: a ping without content to a browser's maker, beside the ring, where the operator wants it."""

import datetime as dt
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from py_vapid.utils import b64urldecode

from fieldops.dispatch.models import RingAttempt
from fieldops.dispatch.ring_push import public_key
from fieldops.feed.models import Alarm
from fieldops.lib.clock import now
from fieldops.teams.models import Device
from tests.ring.calls import carry_out, ring


class PushService:
    """A browser maker's service on this machine."""

    def __init__(self) -> None:
        self.pings: list[tuple[dict[str, str], bytes]] = []
        self.status = 201
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                service.pings.append((dict(self.headers), body))
                self.send_response(service.status)
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/send/abc"
        threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        ).start()


@pytest.fixture
def service(settings) -> Iterator[PushService]:
    settings.PUSH, settings.PUSH_CONTACT, settings.PUSH_LOCAL = True, "mailto:duty@example.cn", True
    running = PushService()
    yield running
    running.server.shutdown()
    running.server.server_close()


def subscribe(api, who, endpoint):
    device = Device.objects.get(user=who)
    body = {"device_id": str(device.pk), "epoch": str(device.epoch), "endpoint": endpoint}
    return api(who).post("sync/push", body)


class TestSubscribe:
    def test_it_is_off_until_the_operator_wants_it(self, town, api):
        assert api(town.alpha1).get("sync/push").json() == {"key": None}
        answer = subscribe(api, town.alpha1, "https://fcm.googleapis.com/fcm/send/x")
        assert (answer.status_code, answer.json()["code"]) == (400, "unknown_push_service")

    def test_the_address_is_kept_sealed_and_forgotten_again(self, town, api, settings):
        settings.PUSH = True
        assert subscribe(api, town.alpha1, "https://fcm.googleapis.com/fcm/send/x").json() == {"on": True}
        kept = bytes(Device.objects.get(user=town.alpha1).push)
        assert b"googleapis" not in kept

        assert subscribe(api, town.alpha1, None).json() == {"on": False}
        assert Device.objects.get(user=town.alpha1).push is None

    @pytest.mark.parametrize(
        "endpoint",
        [
            "http://fcm.googleapis.com/x",
            "https://fcm.googleapis.com:8443/x",
            "https://fcm.googleapis.com.evil.example/x",
            "https://user@fcm.googleapis.com/x",
            "https://127.0.0.1/x",
            "https://notify.windows.com/x",
            "file:///etc/passwd",
            "https://fcm.googleapis.com:99999999/x",
        ],
    )
    def test_nothing_else_is_ever_called(self, town, api, settings, endpoint):
        settings.PUSH = True
        assert subscribe(api, town.alpha1, endpoint).status_code == 400

    def test_another_members_phone_is_not_his(self, town, api, settings):
        settings.PUSH = True
        device = Device.objects.get(user=town.alpha2)
        body = {"device_id": str(device.pk), "epoch": str(device.epoch), "endpoint": None}
        assert api(town.alpha1).post("sync/push", body).status_code == 404


def verified(authorization: str) -> dict[str, Any]:
    """Return what the header claims, if our own key signed it (RFC 8292)."""
    token, key = authorization.removeprefix("vapid t=").split(",k=")
    assert key == public_key()
    text, _, signature = token.rpartition(".")
    raw = b64urldecode(signature.encode())
    pair = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b64urldecode(key.encode()))
    point.verify(pair, text.encode(), ec.ECDSA(hashes.SHA256()))
    claims: dict[str, Any] = json.loads(b64urldecode(text.split(".")[1].encode()))
    return claims


class TestPing:
    def test_it_goes_beside_the_ring_signed_and_empty(self, town, api, row, service):
        assert subscribe(api, town.alpha1, service.url).status_code == 200
        at = now()
        ring(row, "alpha1", "alpha2", at=at)

        carry_out(at)

        assert list(RingAttempt.objects.order_by("adapter", "name").values_list("adapter", "name")) == [
            ("log", "alpha1"), ("log", "alpha2"), ("push", "alpha1"),
        ]  # fmt: skip
        [(headers, body)] = service.pings
        assert body == b""
        claims = verified(headers["Authorization"])
        assert claims["aud"] == service.url.removesuffix("/send/abc")
        assert claims["sub"] == "mailto:duty@example.cn"
        assert RingAttempt.objects.get(adapter="push").outcome == "no_word"
        assert row.members.get(user=town.alpha1).rung == "no_gateway"

    def test_a_browser_that_left_is_forgotten_without_an_alarm(self, town, api, row, service):
        subscribe(api, town.alpha1, service.url)
        service.status = 410
        at = now()
        ring(row, "alpha1", at=at)

        carry_out(at)

        assert RingAttempt.objects.get(adapter="push").outcome == "refused"
        assert Device.objects.get(user=town.alpha1).push is None
        assert not Alarm.objects.filter(kind__startswith="ring_").exists()

    def test_a_phone_signed_out_is_left_in_peace(self, town, api, row, service):
        subscribe(api, town.alpha1, service.url)
        Device.objects.filter(user=town.alpha1).update(wiped_at=now())
        at = now()
        ring(row, "alpha1", at=at)

        carry_out(at)

        assert service.pings == []

    def test_a_dead_service_is_left_after_its_tries(self, town, api, row, service, settings):
        settings.RING_TRIES = 2
        subscribe(api, town.alpha1, service.url)
        service.status = 503
        at = now()
        ring(row, "alpha1", at=at)

        for later in (0, 30, 60, 90):
            carry_out(at + dt.timedelta(seconds=later))

        assert len(service.pings) == 2
        assert RingAttempt.objects.get(adapter="push").outcome == "failed"
        assert not Alarm.objects.filter(kind__startswith="ring_").exists()
