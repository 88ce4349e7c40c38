"""A command whose subject is not there yet: held a day, tried when it appears, then shown to a person."""

import datetime as dt

from fieldops.dispatch.models import Assignment, AssignmentMember
from fieldops.feed.models import Alarm
from fieldops.lib.clock import now
from fieldops.lib.ids import new_id
from fieldops.sync.models import SyncCommand
from fieldops.teams.models import User
from fieldops.timers.loop import run_due
from fieldops.timers.models import Timer
from tests import make


def accept(subject_id):
    return make.envelope("accept", ("assignment", subject_id))


def state(command):
    return SyncCommand.objects.get(pk=command["cmd_id"]).result["outcome"]


def test_no_such_subject_and_anothers_are_one_answer(town, phones):
    row = make.offered(town)
    theirs = phones(town.intruder)

    (known,) = theirs.send(accept(row.pk))
    (unknown,) = theirs.send(accept(new_id()))

    same = ("outcome", "code", "version", "feed_seq")
    assert [known[key] for key in same] == [unknown[key] for key in same]
    assert known["outcome"] == "deferred" and known["code"] == "NOT_THERE"


def test_it_is_applied_when_the_subject_appears(town, phone):
    pk = new_id()
    command = accept(pk)
    phone.send(command)
    make.offered(town, assignment_id=pk)

    phone.send()

    assert state(command) == "applied"
    assert Assignment.objects.get(pk=pk).status == "accepted"
    assert not Timer.objects.filter(kind="sync.deferred").exists()
    assert phone.send(command)[0]["outcome"] == "applied"


def test_a_snapshot_and_a_heartbeat_try_too(town, phone):
    first, second = new_id(), new_id()
    one, two = accept(first), accept(second)
    phone.send(one)
    make.offered(town, assignment_id=first)
    phone.get("snapshot")
    assert state(one) == "applied"
    make.conclude(town, _arrive(town, first))

    phone.send(two)
    make.offered(town, assignment_id=second)
    phone.post("heartbeat", **phone.ids, pending=0, can_ring=True)

    assert state(two) == "applied"


def _arrive(town, pk):
    make.send_command(town.alpha1, make.envelope("arrive", ("assignment", pk)))
    return Assignment.objects.get(pk=pk)


def test_many_are_tried_in_their_order(town, phone):
    pk = new_id()
    subject = ("assignment", pk)
    commands = [accept(pk), *[make.envelope(kind, subject) for kind in ("set_out", "arrive")]]
    phone.send(*commands)
    make.offered(town, assignment_id=pk)

    phone.send()

    assert [state(command) for command in commands] == ["applied"] * 3


def test_after_a_day_it_is_a_dead_letter_with_an_alarm(town, phone):
    command = accept(new_id())
    phone.send(command)

    run_due(at=now() + dt.timedelta(hours=23, minutes=59))
    assert state(command) == "deferred"
    run_due(at=now() + dt.timedelta(hours=24, seconds=1))

    assert state(command) == "dead_letter"
    assert Alarm.objects.get(kind="dead_letter").params == {
        "name": "alpha1",
        "type": "accept",
        "code": "NOT_THERE",
    }


def test_at_the_last_moment_it_is_tried_once_more(town, phone):
    pk = new_id()
    command = accept(pk)
    phone.send(command)
    make.offered(town, assignment_id=pk)

    run_due(at=now() + dt.timedelta(hours=24, seconds=1))

    assert state(command) == "applied"


def test_it_waits_for_its_own_sender_only(town, phone, phones):
    row = make.offered(town)
    theirs = phones(town.bravo1)
    command = accept(row.pk)
    theirs.send(command)

    AssignmentMember.objects.create(assignment=row, user=User.objects.get(pk=town.bravo2.pk), name="bravo2")
    phone.send()
    theirs.send()

    assert state(command) == "deferred"
    assert Assignment.objects.get(pk=row.pk).status == "offered"
