"""Ring through a real HTTP gateway: what it is told, and what its answers mean."""

import datetime as dt
import time

import pytest

from fieldops.cases.models import CaseEvent
from fieldops.dispatch.models import RingAttempt
from fieldops.feed.models import Alarm
from fieldops.lib.clock import now
from fieldops.timers.loop import run_due
from fieldops.timers.models import Timer
from tests.ring.calls import carry_out, ring


def attempt() -> RingAttempt:
    return RingAttempt.objects.get()


def seconds(count: float) -> dt.timedelta:
    return dt.timedelta(seconds=count)


def test_it_is_told_a_number_and_a_sentence_and_signed(town, row, gateway):
    at = now()
    ring(row, "alpha1", at=at)

    carry_out(at)

    asked = gateway.asked[0]
    assert set(asked) == {"ring_id", "to", "kind", "lang", "text", "assignment", "callback_url"}
    assert (asked["to"], asked["kind"], asked["lang"]) == (town.alpha1.phone, "voice", "zh-hans")
    assert asked["callback_url"] == f"https://desk.example/api/v1/ring/{asked['ring_id']}/status"
    assert asked["assignment"] == str(row.pk)
    assert gateway.signed == [True]
    person = row.case.person.name_mask[0]
    assert person not in asked["text"] and row.case.number not in asked["text"]
    assert attempt().outcome == "sent"


@pytest.mark.parametrize(
    ("answer", "outcome", "detail"),
    [
        ((200, b'{"status": "answered"}'), "answered", ""),
        ((200, b"not json"), "sent", ""),
        ((409, b""), "sent", ""),
        ((422, b'{"code": "bad_number"}'), "refused", "422 bad_number"),
        ((302, b""), "refused", "302"),
    ],
)
def test_what_it_answers_is_what_is_known(row, gateway, answer, outcome, detail):
    gateway.answer = answer
    at = now()
    ring(row, "alpha1", at=at)

    carry_out(at)

    assert (attempt().outcome, attempt().detail) == (outcome, detail)


def test_refused_is_told_to_the_desk_with_the_number(town, row, gateway):
    gateway.answer = (402, b'{"code": "no_credit"}')
    at = now()
    ring(row, "alpha1", at=at)

    carry_out(at)

    alarm = Alarm.objects.get(kind="ring_refused")
    assert alarm.params["ring"][0]["phone"] == town.alpha1.phone
    assert alarm.params["detail"] == "402 no_credit"
    assert CaseEvent.objects.get(code="not_rung").params["rung"] == "refused"


def test_a_dead_gateway_is_tried_again_then_given_up(town, row, gateway, settings):
    gateway.answer = (503, b"")
    settings.RING_TRIES = 3
    at = now()
    ring(row, "alpha1", at=at)

    carry_out(at)
    assert Alarm.objects.filter(kind="ring_gateway", acknowledged_at=None).count() == 1
    assert attempt().outcome == "waiting"
    for later in (30, 60, 90):
        carry_out(at + seconds(later))

    assert len(gateway.asked) == 3
    assert len({asked["ring_id"] for asked in gateway.asked}) == 1
    assert attempt().outcome == "failed"
    assert not Timer.objects.filter(kind="dispatch.ring").exists()


def test_the_alarm_goes_when_it_answers_again(town, row, gateway):
    gateway.answer = (500, b"")
    at = now()
    ring(row, "alpha1", at=at)
    carry_out(at)
    gateway.answer = (202, b"")

    carry_out(at + seconds(30))

    assert attempt().outcome == "sent"
    assert not Alarm.objects.filter(kind="ring_gateway", acknowledged_at=None).exists()


def test_a_silent_gateway_is_left_after_its_time(row, gateway):
    gateway.answer = None
    at = now()
    ring(row, "alpha1", at=at)

    began = time.monotonic()
    carry_out(at)

    assert 0.9 < time.monotonic() - began < 15
    assert attempt().outcome == "waiting"
    assert Alarm.objects.get(kind="ring_gateway").params["detail"] == "ReadTimeout"


def test_a_gateway_that_never_reports_is_no_word(row, gateway, settings):
    at = now()
    ring(row, "alpha1", at=at)
    carry_out(at)

    carry_out(now() + seconds(settings.RING_ANSWER_S + 1))

    assert attempt().outcome == "no_word"
    assert CaseEvent.objects.get(code="rung").params["rung"] == "no_word"


def test_a_process_that_died_with_the_call_in_hand_is_followed_by_another(row, gateway, settings):
    at = now()
    ring(row, "alpha1", at=at)
    run_due(at=at)  # counted and handed over; then the lights go out
    assert gateway.asked == []

    carry_out(at + seconds(settings.RING_LEASE_S + 1))

    assert len(gateway.asked) == 1
    assert attempt().outcome == "sent"
