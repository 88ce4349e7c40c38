"""The gateway's report of what became of a ring."""

import json

import pytest
from django.test import Client

from fieldops.dispatch.models import RingAttempt
from fieldops.lib.clock import now
from fieldops.lib.ids import new_id
from tests.ring.calls import carry_out, ring
from tests.ring.gateway import report_headers


@pytest.fixture
def ring_id(row, gateway):
    at = now()
    ring(row, "alpha1", at=at)
    carry_out(at)
    return RingAttempt.objects.get().pk


def report(ring_id, body, **how):
    raw = json.dumps(body).encode()
    headers = how.pop("headers", None) or report_headers(ring_id, raw, **how)
    return Client().post(
        f"/api/v1/ring/{ring_id}/status", raw, content_type="application/json", headers=headers
    )


def test_it_is_believed_when_signed(ring_id):
    answer = report(ring_id, {"status": "no_answer", "code": "480"})

    assert answer.status_code == 200
    assert answer.json() == {"ring_id": str(ring_id), "outcome": "no_answer"}
    assert RingAttempt.objects.get().detail == "480"


def test_ringing_is_not_over_yet(ring_id):
    assert report(ring_id, {"status": "ringing"}).json()["outcome"] == "sent"


def test_repeated_it_is_harmless(ring_id):
    first = report(ring_id, {"status": "answered"})
    again = report(ring_id, {"status": "answered"})

    assert first.json() == again.json()


@pytest.mark.parametrize("how", [{"secret": "x" * 20}, {"age_s": 400}, {"headers": {"X-Nothing": "1"}}])
def test_badly_signed_it_is_401(ring_id, how):
    assert report(ring_id, {"status": "answered"}, **how).status_code == 401
    assert RingAttempt.objects.get().outcome == "sent"


def test_one_rings_signature_is_not_anothers(ring_id):
    body = {"status": "answered"}
    headers = report_headers(new_id(), json.dumps(body).encode())

    assert report(ring_id, body, headers=headers).status_code == 401


def test_without_a_key_nothing_is_believed(ring_id, settings):
    settings.RING_SECRET = ""

    assert report(ring_id, {"status": "answered"}, secret="").status_code == 401


def test_an_unknown_ring_is_404_and_nonsense_400(ring_id):
    assert report(new_id(), {"status": "answered"}).status_code == 404
    assert report(ring_id, {"status": "eaten"}).status_code == 400
    assert report(ring_id, {"status": "answered", "more": 1}).status_code == 400
