"""An alarm stays on the desk until someone takes it off, and rings once per cause."""

import pytest

from fieldops.audit.models import AuditRow
from fieldops.feed.alarms import acknowledge_alarm, raise_alarm, settle_alarms
from fieldops.feed.changes import change
from fieldops.feed.models import Alarm, desk
from fieldops.feed.queries import open_alarms
from fieldops.lib.clock import now
from fieldops.lib.errors import NotFound
from fieldops.lib.ids import new_id
from tests.contract import heard, kinds, one
from tests.threads import at_once, raised

CENTER = new_id()


def ring(key="a", **fields):
    """Raise an alarm."""
    values = {"center_id": CENTER, "kind": "not_answered", "params": {"team": "Alpha"}, "at": now(), **fields}
    return raise_alarm(key=key, **values)


def take(alarm, **fields):
    """Acknowledge it."""
    values = {"center_id": CENTER, "by_id": new_id(), "by_name": "duty", "at": now(), **fields}
    return acknowledge_alarm(alarm_id=alarm.pk, **values)


class TestRaise:
    def test_it_rings_on_the_desk(self, db):
        with heard(desk(CENTER)) as events:
            alarm = ring()

        event = one(events, "alarm.raised")
        assert event["subject"] == {"kind": "alarm", "id": str(alarm.pk)}
        assert open_alarms(CENTER) == [alarm]

    def test_it_rings_once_per_key(self, db):
        first = ring()

        with heard(desk(CENTER)) as events:
            second = ring()

        assert second == first
        assert events == []

    def test_it_rings_again_after_it_was_taken_off(self, db):
        first = ring()
        take(first)

        assert ring() != first

    def test_it_tells_no_other_centre(self, db):
        with heard(desk(new_id())) as events:
            ring()

        assert events == []


class TestAcknowledge:
    def test_it_goes_off_the_desk_with_name_and_time(self, db):
        alarm, at = ring(), now()

        with heard(desk(CENTER)) as events:
            take(alarm, at=at)

        event = one(events, "alarm.acknowledged")
        assert event["body"]["acknowledged_by_name"] == "duty"
        assert event["version"] == 2
        assert open_alarms(CENTER) == []
        assert AuditRow.objects.get().verb == "alarm.acknowledge"

    def test_it_is_harmless_when_repeated(self, db):
        alarm = take(ring())

        with heard(desk(CENTER)) as events:
            again = take(alarm, by_name="supervisor")

        assert events == []
        assert again.acknowledged_by_name == "duty"

    def test_it_keeps_that_they_were_told_by_phone(self, db):
        at = now()

        assert take(ring(), told_by_phone=True, at=at).told_by_phone_at == at
        assert take(ring("b")).told_by_phone_at is None

    def test_another_centre_does_not_find_it(self, db):
        alarm = ring()

        with pytest.raises(NotFound):
            take(alarm, center_id=new_id())
        assert open_alarms(CENTER) == [alarm]


class TestSettle:
    def test_it_takes_off_what_begins_alike(self, db):
        ring("assignment:1:ring")
        ring("assignment:1:late")
        ring("assignment:2:ring")

        with heard(desk(CENTER)) as events:
            settle_alarms(prefix="assignment:1:", at=now())

        assert kinds(events) == ["alarm.acknowledged"] * 2
        assert [alarm.key for alarm in open_alarms(CENTER)] == ["assignment:2:ring"]


@pytest.mark.django_db(transaction=True)
def test_two_raise_one_key_at_once():
    """The second finds the first's, and what it did besides stands."""

    def work(key):
        with change():
            ring(key)
            ring(f"{key}:{new_id()}")

    for key in "abcd":
        assert raised(at_once(*[lambda key=key: work(key)] * 4)) == []

    assert Alarm.objects.filter(key__in="abcd").count() == 4
    assert Alarm.objects.count() == 20
