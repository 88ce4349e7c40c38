"""Who is on duty: rosters without overlaps, duty states, and who hears of them."""

import datetime as dt

import pytest

from fieldops.audit.models import AuditRow
from fieldops.feed.models import desk, user
from fieldops.lib.clock import now
from fieldops.lib.errors import Forbidden, NotFound
from fieldops.teams.actions import Overlap, add_shift, give_post, set_duty, touch_shift
from fieldops.teams.models import DeskShift, Device, Post, Shift, ShiftMember, User
from fieldops.teams.queries import current_shift, live_device, owns_desk, require_recall, shifts_on
from fieldops.teams.wire import ring_state, shift_wire
from tests import make
from tests.contract import heard, one
from tests.threads import at_once, raised
from tests.verify import verify_feed

HOUR = dt.timedelta(hours=1)


def add(town, members, *, starts_in=5, hours=4, team=None):
    """Put people on Alpha, hours from now."""
    starts_at = town.at + starts_in * HOUR
    team = team or town.alpha.team
    return add_shift(
        team=team, members=members, starts_at=starts_at, ends_at=starts_at + hours * HOUR, at=town.at
    )


class TestAddShift:
    def test_it_puts_people_on_a_team(self, town):
        with heard(desk(town.center.pk)) as events:
            shift = add(town, [town.alpha1, town.bravo1])

        assert [m["name"] for m in one(events, "shift.changed")["body"]["members"]] == ["alpha1", "bravo1"]
        assert shift.members.filter(duty="off").count() == 2

    def test_it_tells_the_crew(self, town):
        with heard(user(town.bravo1.pk)) as events:
            add(town, [town.bravo1])

        one(events, "shift.changed")

    @pytest.mark.parametrize(("starts_in", "hours"), [(-3, 1), (3, 4), (-6, 3), (-6, 20)])
    def test_it_refuses_one_who_is_on_another_shift_then(self, town, starts_in, hours):
        with pytest.raises(Overlap) as refused:
            add(town, [town.alpha1, town.duty], starts_in=starts_in, hours=hours)

        assert refused.value.body()["user"] == "alpha1"
        assert Shift.objects.count() == 2

    def test_one_shift_may_begin_as_the_other_ends(self, town):
        ends = town.alpha.ends_at
        add_shift(
            team=town.alpha.team, members=[town.alpha1], starts_at=ends, ends_at=ends + HOUR, at=town.at
        )

    @pytest.mark.parametrize("name", ["intruder", "stranger"])
    def test_it_refuses_one_of_another_centre(self, town, name):
        with pytest.raises(NotFound):
            add(town, [town.alpha1, town.users[name]])

        assert Shift.objects.count() == 2

    def test_the_same_one_twice_is_one(self, town):
        assert add(town, [town.alpha1, town.alpha1]).members.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_rosters_written_at_once_cannot_both_pass():
    town = make.town()

    results = at_once(*[lambda team=t: add(town, [town.alpha1], team=team) for t in two_teams(town) * 2])

    assert [type(error) for error in raised(results)] == [Overlap] * 3


def two_teams(town):
    return [town.alpha.team, town.bravo.team]


class TestSetDuty:
    def test_it_tells_crew_and_desk(self, town):
        at = now()
        with verify_feed(town.alpha2), heard(desk(town.center.pk)) as events:
            set_duty(shift_id=town.alpha.pk, user_id=town.alpha1.pk, state="break", at=at)

        event = one(events, "shift.changed")
        assert [m["duty"] for m in event["body"]["members"]] == ["break", "standby"]
        assert event["version"] == town.alpha.version + 1
        assert AuditRow.objects.filter(verb="duty.break", actor_id=town.alpha1.pk).count() == 1

    def test_it_is_harmless_when_repeated(self, town):
        with heard(desk(town.center.pk)) as events:
            set_duty(shift_id=town.alpha.pk, user_id=town.alpha1.pk, state="standby", at=now())

        assert events == []

    def test_a_word_that_comes_late_does_not_undo_a_newer_one(self, town):
        """A phone without a network hands in an hour later what he pressed before the desk knew better."""
        row = ShiftMember.objects.get(shift=town.alpha, user=town.alpha1)
        with heard(desk(town.center.pk)) as events:
            set_duty(shift_id=town.alpha.pk, user_id=town.alpha1.pk, state="off", at=row.since - HOUR)

        assert events == []
        assert ShiftMember.objects.get(pk=row.pk).duty == "standby"
        audit = AuditRow.objects.get(verb="duty.off")
        assert (audit.at, audit.extra) == (row.since - HOUR, {"late": True})

    @pytest.mark.parametrize("name", ["bravo1", "duty", "intruder"])
    def test_it_refuses_one_who_is_not_on_it(self, town, name):
        with pytest.raises(NotFound):
            set_duty(shift_id=town.alpha.pk, user_id=town.users[name].pk, state="off", at=now())

    def test_it_refuses_a_shift_that_is_not_there(self, town):
        with pytest.raises(NotFound):
            set_duty(shift_id=make.new_id(), user_id=town.alpha1.pk, state="off", at=now())

    def test_it_refuses_an_unknown_state(self, town):
        with pytest.raises(ValueError, match="asleep"):
            set_duty(shift_id=town.alpha.pk, user_id=town.alpha1.pk, state="asleep", at=now())


@pytest.mark.django_db(transaction=True)
def test_no_two_events_of_a_shift_have_one_version():
    """A phone keeps the higher version: of two alike it would drop one."""
    town = make.town()
    names = ["alpha1", "alpha2"]
    stale = Shift.objects.get(pk=town.alpha.pk)

    def work(name):
        for state in ("break", "standby", "off"):
            set_duty(shift_id=town.alpha.pk, user_id=town.users[name].pk, state=state, at=now())

    with heard(desk(town.center.pk)) as events:
        results = at_once(*[lambda name=name: work(name) for name in names])
        touch_shift(shift=stale, at=now())

    assert raised(results) == []
    versions = [event["version"] for event in events]
    assert versions == list(range(stale.version + 1, stale.version + 8))


class TestRing:
    def test_a_phone_heard_of_just_now_can_ring(self, town):
        phone = live_device(town.alpha1)

        assert ring_state(phone, now()) == (True, "")

    def test_no_phone_cannot(self, town):
        assert ring_state(None, now()) == (False, "no_phone")

    def test_a_silent_one_is_offline_whatever_it_last_said(self, town):
        later = now() + dt.timedelta(minutes=1)

        assert ring_state(live_device(town.alpha1), later) == (False, "offline")

    @pytest.mark.parametrize(("problem", "code"), [("no_sound", "no_sound"), ("", "untested")])
    def test_it_says_why_not(self, town, problem, code):
        phone = make.device(town.alpha1, can_ring=False, ring_problem=problem)

        assert ring_state(phone, now()) == (False, code)

    def test_the_phone_last_used_counts(self, town):
        newer = make.device(town.alpha1, last_seen_at=now() + dt.timedelta(seconds=1))

        assert live_device(User.objects.get(pk=town.alpha1.pk)) == newer

    def test_a_revoked_phone_does_not(self, town):
        Device.objects.filter(user=town.alpha1).update(revoked_at=now())

        shown = {m["name"]: m["ring_problem"] for m in shift_wire(town.alpha, now())["members"]}

        assert shown == {"alpha1": "no_phone", "alpha2": None}


class TestNow:
    def test_it_knows_who_is_on(self, town):
        add(town, [town.alpha1])

        assert shifts_on(town.center.pk, town.at) == [town.alpha, town.bravo]
        assert shifts_on(town.other.pk, town.at) == []
        assert current_shift(town.alpha1, town.at) == town.alpha
        assert current_shift(town.duty, town.at) is None

    def test_a_shift_is_over_when_it_ends(self, town):
        assert current_shift(town.alpha1, town.alpha.ends_at) is None

    def test_the_desks_owner_may_recall(self, town):
        require_recall(town.duty, at=town.at)
        require_recall(town.supervisor, at=town.at)
        for name in ("duty2", "alpha1", "analyst", "stranger"):
            with pytest.raises(Forbidden):
                require_recall(town.users[name], at=town.at)

    def test_only_while_he_owns_it(self, town):
        ends = DeskShift.objects.get().ends_at

        assert not owns_desk(town.duty.pk, ends)
        with pytest.raises(Forbidden):
            require_recall(town.duty, at=ends)


def test_a_post_is_one_per_centre(town):
    give_post(user=town.duty2, center_id=town.center.pk, role="supervisor")

    assert Post.objects.get(user=town.duty2).role == "supervisor"
    assert ShiftMember.objects.count() == 4
