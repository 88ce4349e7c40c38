"""Clocks that are wrong: when it happened is never in the future, never before the person was asked."""

import datetime as dt

import pytest

from fieldops.cases.models import CaseEvent
from fieldops.dispatch.models import Assignment
from fieldops.lib.clock import iso, now
from fieldops.lib.ids import new_id
from fieldops.sync.carrying import occurred_est
from tests import make

DAY = dt.timedelta(days=1)
WRONG = [3 * DAY, -5 * 365 * DAY, dt.timedelta(minutes=-7)]


def send(town, kind, subject, args=None, *, clock=None, **more):
    """Send as a phone whose clock differs by `clock` from ours."""
    said = now() + (clock or dt.timedelta())
    return make.send_command(town.alpha1, make.envelope(kind, subject, args, occurred_at=iso(said), **more))


@pytest.mark.parametrize("clock", WRONG)
def test_with_a_known_offset_it_is_right_to_two_seconds(town, clock):
    row = make.offered(town)
    offset = round(-clock.total_seconds() * 1000)

    send(town, "accept", ("assignment", row.pk), clock=clock, offset_ms=offset)

    assert abs(Assignment.objects.get(pk=row.pk).accepted_at - now()) < dt.timedelta(seconds=2)
    line = CaseEvent.objects.get(case=row.case, code="accepted")
    assert line.estimated is True


@pytest.mark.parametrize("clock", WRONG)
def test_without_an_offset_it_stays_between_asked_and_received(town, clock):
    row = make.offered(town, at=now() - dt.timedelta(minutes=10))

    send(town, "accept", ("assignment", row.pk), clock=clock, offset_ms=None)

    at = Assignment.objects.get(pk=row.pk).accepted_at
    assert row.offered_at <= at <= now()
    assert CaseEvent.objects.get(case=row.case, code="accepted").estimated is True


@pytest.mark.parametrize("clock", WRONG)
def test_a_fact_about_the_case_is_not_before_the_crew_was_asked(town, clock):
    row = make.accepted(town)

    send(town, "note", ("case", row.case_id), {"id": str(new_id()), "text": "x"}, clock=clock, offset_ms=None)

    assert row.offered_at <= CaseEvent.objects.get(code="note").at <= now()


def test_a_duty_change_by_a_wrong_clock_stands_since_what_stood_before(town):
    subject = ("shift", town.alpha.pk)
    before = town.alpha.members.get(user=town.alpha1).since

    send(town, "duty", subject, {"state": "break"}, clock=-5 * 365 * DAY, offset_ms=None)

    member = town.alpha.members.get(user=town.alpha1)
    assert (member.duty, member.since) == ("break", before)


def test_a_good_clock_keeps_its_minute(town):
    row = make.offered(town, at=now() - dt.timedelta(minutes=10))

    send(town, "accept", ("assignment", row.pk), clock=dt.timedelta(minutes=-6))

    at = Assignment.objects.get(pk=row.pk).accepted_at
    assert abs(now() - at - dt.timedelta(minutes=6)) < dt.timedelta(seconds=2)
    assert CaseEvent.objects.get(case=row.case, code="accepted").estimated is False


@pytest.mark.parametrize(
    ("offset_ms", "age_s", "guess"),
    [(0, 1, False), (119_000, 1, False), (121_000, 1, True), (None, 0, True), (0, 13 * 3600, True)],
)
def test_it_says_when_the_time_is_a_guess(offset_ms, age_s, guess):
    envelope = {"occurred_at": now(), "offset_ms": offset_ms, "offset_age_s": age_s}

    assert occurred_est(envelope, now())[1] is guess


def test_the_end_of_time_is_no_fault():
    envelope = {"occurred_at": dt.datetime.max.replace(tzinfo=dt.UTC), "offset_ms": 10**12}
    at = now()

    assert occurred_est(envelope, at) == (at, True)
