"""Standby, break, off duty by voice: the desk's press, for a crew or one of it."""

import datetime as dt

import pytest

from fieldops.audit.models import AuditRow
from fieldops.feed.models import desk
from fieldops.lib.clock import now
from fieldops.teams.models import Shift, ShiftMember
from tests import make
from tests.contract import check_event, heard
from tests.verify import verify_feed


def duty(town, shift=None):
    rows = ShiftMember.objects.filter(shift=shift or town.alpha).order_by("user__username")
    return list(rows.values_list("duty", flat=True))


def press(api, who, shift, state, **more):
    return api(who).post(f"shifts/{shift.pk}/duty", {"state": state, **{k: str(v) for k, v in more.items()}})


class TestCrewDuty:
    def test_it_sets_the_whole_crew_and_says_by_whom(self, town, api):
        with verify_feed(town.alpha1), heard(desk(town.center.pk)) as events:
            answer = press(api, town.duty, town.alpha, "break")

        assert answer.status_code == 200
        assert [member["duty"] for member in answer.json()["members"]] == ["break", "break"]
        assert duty(town) == ["break", "break"]
        assert [event["kind"] for event in events] == ["shift.changed"] * 2
        check_event(events[-1])
        row = AuditRow.objects.filter(verb="duty.break", actor_id=town.duty.pk).first()
        assert row.extra["by_voice_for"] in {str(town.alpha1.pk), str(town.alpha2.pk)}

    def test_it_sets_one_of_them(self, town, api):
        with heard(desk(town.center.pk)) as events:
            assert press(api, town.duty, town.alpha, "off", member=town.alpha2.pk).status_code == 200

        assert duty(town) == ["standby", "off"]
        assert len(events) == 1

    def test_again_is_harmless(self, town, api):
        with heard(desk(town.center.pk)) as events:
            assert press(api, town.duty, town.alpha, "standby").status_code == 200

        assert events == []

    def test_it_refuses_the_outsider(self, town, api):
        assert press(api, town.stranger, town.alpha, "off").status_code == 404
        assert press(api, town.alpha1, town.alpha, "off").status_code == 403
        assert press(api, town.duty, town.alpha, "off", member=town.bravo1.pk).status_code == 404
        assert press(api, town.duty, town.alpha, "asleep").status_code == 400
        assert duty(town) == ["standby", "standby"]

    @pytest.mark.parametrize("state", ["break", "off"])
    def test_a_crew_with_a_case_does_not_leave_it(self, town, api, state):
        make.accepted(town)

        answer = press(api, town.supervisor, town.alpha, state)

        assert (answer.status_code, answer.json()["code"]) == (409, "crew_with_case")
        assert press(api, town.supervisor, town.alpha, "standby").status_code == 200

    @pytest.mark.parametrize("late", [dt.timedelta(hours=-9), dt.timedelta(hours=9)])
    def test_it_refuses_before_and_after_the_shift(self, town, api, late):
        hours = {"starts_at": now() - late - dt.timedelta(hours=4), "ends_at": now() - late}
        Shift.objects.filter(pk=town.alpha.pk).update(**hours)

        answer = press(api, town.duty, town.alpha, "standby")

        assert (answer.status_code, answer.json()["code"]) == (409, "not_on_shift")
