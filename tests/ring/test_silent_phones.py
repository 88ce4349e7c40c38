"""Offers to phones that cannot ring go to the ring port at once."""

import datetime as dt

from fieldops.dispatch.actions import decline_assignment
from fieldops.dispatch.models import RingAttempt
from fieldops.dispatch.ring import ring_silent_phones
from fieldops.feed.models import desk
from fieldops.lib.clock import now
from fieldops.teams.models import Device
from tests import make
from tests.contract import heard, one


def rung() -> list[str]:
    return list(RingAttempt.objects.order_by("name").values_list("name", flat=True))


def test_an_offer_rings_the_phone_that_cannot(town):
    Device.objects.filter(user=town.alpha1).update(can_ring=False, ring_problem="locked")

    row = make.offered(town)

    assert rung() == ["alpha1"]
    assert RingAttempt.objects.get().why == "cannot_ring"
    assert row.members.get(user=town.alpha1).rung == "waiting"


def test_phones_that_ring_are_left_alone(town):
    make.offered(town)

    ring_silent_phones(at=now())

    assert rung() == []


def test_a_phone_that_falls_silent_while_asked_is_rung_once(town):
    row = make.offered(town)
    at = row.offered_at + dt.timedelta(seconds=39)
    Device.objects.filter(user=town.alpha2).update(last_seen_at=at)

    with heard(desk(town.center.pk)) as events:
        ring_silent_phones(at=at)
        ring_silent_phones(at=at + dt.timedelta(seconds=2))

    assert rung() == ["alpha1"]
    body = one(events, "assignment.changed")["body"]
    assert [m["rung"] for m in body["members"] if m["name"] == "alpha1"] == ["waiting"]


def test_who_has_answered_is_not_rung(town):
    row = make.offered(town)
    decline_assignment(assignment_id=row.pk, by=town.by("alpha1"), at=now(), reason="unwell")
    Device.objects.update(can_ring=False, ring_problem="locked")

    ring_silent_phones(at=now())

    assert rung() == ["alpha2"]
