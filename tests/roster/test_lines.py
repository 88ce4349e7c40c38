"""Lines from templates, planned days, days out, gaps: what is on the roster and what lacks."""

import datetime as dt

import pytest

from fieldops.audit.models import AuditRow
from fieldops.feed.models import Alarm, desk, user
from fieldops.lib.errors import Invalid, WrongState
from fieldops.teams.models import DeskShift, RosterLine, Shift, Team
from fieldops.teams.roster.actions import (
    add_turn,
    apply_template,
    change_crew,
    change_line,
    load_holidays,
    plan_turns,
    put_out,
    retire_line,
)
from fieldops.teams.roster.handlers import roster_daily
from fieldops.teams.roster.holidays import HolidayRow
from fieldops.teams.roster.queries import gaps, table
from fieldops.timers.models import Timer
from tests import make
from tests.contract import heard, kinds, one
from tests.roster.world import HOUR, at, day, roster


def template(town, code, groups=(), **more):
    """Make lines of the desk from a template."""
    people = [[str(town.users[name].pk) for name in group] for group in groups]
    values = {"anchor": day("12-01"), "needed": 1, "at": at("11-30 12:00"), **more}
    return apply_template(
        center_id=town.center.pk, template=code, name=code, groups=people, by=town.by("supervisor"), **values
    )


def plan(town, first="12-01", days=3, when="11-30 12:00"):
    return plan_turns(
        center_id=town.center.pk, first=day(first), days=days, by=town.by("supervisor"), at=at(when)
    )


def midnight(town, when):
    """A crew's night line, and its turn from 00:00 of a day."""
    town.users["night"] = make.user(town.center, "night", "member")
    team = Team.objects.create(center=town.center, call_sign="Night", lng=1, lat=1)
    lines = template(town, "three_shifts", [["night"]], team=team, anchor=day(when))
    night = next(line for line in lines if line.starts == dt.time(0))
    begins = at(f"{when} 00:00")
    turn = add_turn(
        team=team, user_ids=[town.night.pk], starts_at=begins, ends_at=begins + 8 * HOUR, line=night,
        day=day(when), by=town.by("supervisor"), at=at("11-30 12:00"), reason="by hand",
    )  # fmt: skip
    return night, turn


class TestTemplates:
    def test_three_shifts_hand_on_to_each_other_round_the_clock(self, town):
        template(town, "three_shifts", [["duty"], ["duty2"], ["supervisor"]])

        plan(town, days=2)

        turns = DeskShift.objects.filter(day__isnull=False).order_by("starts_at")
        first = [t for t in turns if t.day == day("12-01")]
        assert [(t.owner.username, t.starts_at) for t in first] == [
            ("duty2", at("12-01 00:00")),
            ("duty", at("12-01 08:00")),
            ("supervisor", at("12-01 16:00")),
        ]

    def test_day_and_night_never_name_one_group_for_both(self, town):
        town.users |= {name: make.user(town.center, name) for name in ("duty3", "duty4")}
        template(town, "two_shifts", [["duty"], ["duty2"], ["duty3"], ["duty4"]])

        plan(town, days=4)

        cells = [cell for row in table(town.center.pk, day("12-01"), 4) for cell in row]
        assert [cell.missing for cell in cells] == [0] * 8
        assert all(len({t.owner_id for t in DeskShift.objects.filter(day=d)}) == 2 for d in [day("12-02")])

    def test_the_same_again_is_harmless(self, town):
        first = template(town, "day_long", [["duty"]])

        assert template(town, "day_long", [["duty2"]]) == first
        assert RosterLine.objects.count() == 1

    @pytest.mark.parametrize("name", ["stranger", "alpha1", "analyst"])
    def test_it_refuses_people_of_another_centre_or_role(self, town, name):
        with pytest.raises(Invalid):
            template(town, "day_long", [[name]])

        assert not RosterLine.objects.exists()

    def test_a_change_of_groups_leaves_planned_turns(self, town):
        set_up = roster(town)

        change_line(
            line_id=set_up.line.pk,
            groups=[[str(set_up.person("c1").pk)]],
            by=town.by("supervisor"),
            at=set_up.now,
        )

        assert set_up.names("12-01") == ["a1", "a2"]


class TestPlan:
    def test_groups_take_turns(self, town):
        set_up = roster(town)

        assert [set_up.names(f"12-0{n}") for n in (1, 2, 3, 4)] == [
            ["a1", "a2"],
            ["b1", "b2"],
            ["c1", "c2"],
            ["a1", "a2"],
        ]
        assert set_up.shift("12-01").ends_at == at("12-02 08:30")

    def test_it_tells_desk_and_crew_once_a_turn(self, town):
        set_up = roster(town, days=0)
        with heard(desk(town.center.pk)) as events:
            plan(town, days=1)

        assert one(events, "shift.changed")["body"]["team"]["call_sign"] == "Delta"
        assert set_up.names("12-01") == ["a1", "a2"]

    def test_what_is_there_is_not_touched(self, town):
        set_up = roster(town)
        ids = set(Shift.objects.values_list("pk", flat=True))
        change_crew(
            shift_id=set_up.shift("12-02").pk,
            add=[set_up.person("a1").pk],
            remove=[set_up.person("b1").pk],
            by=town.by("supervisor"),
            at=set_up.now,
            reason="ill",
        )

        again = plan(town, days=9)

        assert (again.made, set(Shift.objects.values_list("pk", flat=True))) == (0, ids)
        assert set_up.names("12-02") == ["a1", "b2"]

    def test_whom_a_rule_forbids_a_turn_is_left_out_and_the_gap_shows(self, town):
        set_up = roster(town, days=0)
        other = Team.objects.create(center=town.center, call_sign="Echo", lng=1, lat=1)
        make.add_shift(
            team=other,
            members=[set_up.person("a1")],
            starts_at=at("11-30 20:00"),
            ends_at=at("12-01 02:00"),
            at=set_up.now,
        )

        planned = plan(town, days=1)

        assert planned.left_out == [{"line": "Delta", "day": "2026-12-01", "name": "a1", "rule": "rest"}]
        assert set_up.names("12-01") == ["a2"]

    def test_a_plan_over_new_year_and_leap_day_has_every_day_once(self, town):
        set_up = roster(town, planned_from="2028-02-27", days=4, now="2028-02-26 12:00")

        assert set_up.names("2028-02-29") == ["c1", "c2"]
        assert set_up.names("2028-03-01") == ["a1", "a2"]
        assert Shift.objects.filter(line=set_up.line).count() == 4


class TestGaps:
    def test_a_turn_nobody_is_on_is_a_gap(self, town):
        set_up = roster(town, days=5)

        found = gaps(town.center.pk, at=set_up.now, days=8)

        assert [(cell.day, cell.missing) for cell in found] == [(day("12-06"), 2), (day("12-07"), 2)]

    def test_it_is_raised_as_one_alarm_and_settled_when_filled(self, town):
        roster(town, days=14)
        assert not Alarm.objects.filter(kind="roster_gap", acknowledged_at=None).exists()

        set_up_shift = Shift.objects.get(day=day("12-05"))
        leaver = set_up_shift.members.first().user_id
        change_crew(shift_id=set_up_shift.pk, remove=[leaver], by=town.by("supervisor"), at=at("11-30 13:00"))
        alarm = Alarm.objects.get(kind="roster_gap", acknowledged_at=None)
        change_crew(shift_id=set_up_shift.pk, add=[leaver], by=town.by("supervisor"), at=at("11-30 14:00"))

        assert (alarm.params["count"], alarm.params["gaps"][0]["day"]) == (1, "2026-12-05")
        assert not Alarm.objects.filter(kind="roster_gap", acknowledged_at=None).exists()

    def test_fourteen_days_ahead_and_no_further(self, town):
        roster(town, days=13)

        assert gaps(town.center.pk, at=at("11-30 12:00")) == []
        assert [cell.day for cell in gaps(town.center.pk, at=at("12-01 12:00"))] == [day("12-14")]

    def test_last_nights_turn_still_counts_while_it_runs(self, town):
        set_up = roster(town, days=2)
        change_crew(
            shift_id=set_up.shift("12-01").pk,
            remove=[set_up.person("a1").pk],
            by=town.by("supervisor"),
            at=at("12-01 12:00"),
        )

        found = gaps(town.center.pk, at=at("12-02 08:00"), days=1)

        assert [cell.day for cell in found] == [day("12-01")]

    def test_a_holiday_is_no_gap_for_office_hours_and_a_make_up_day_is(self, town):
        template(town, "weekdays", [["duty"]], anchor=day("09-28"), at=at("09-27 12:00"))
        rows = [
            HolidayRow(day("10-01"), "国庆节", True),
            HolidayRow(day("10-02"), "国庆节", True),
            HolidayRow(day("10-10"), "国庆节(班)", False),
        ]
        load_holidays(center=town.center, rows=rows, by=town.by("supervisor"), at=at("09-27 12:00"))

        found = {cell.day for cell in gaps(town.center.pk, at=at("09-28 00:00"))}

        assert day("09-30") in found
        assert not {day("10-01"), day("10-02"), day("10-03")} & found
        assert day("10-10") in found

    def test_a_day_out_on_purpose_is_none(self, town):
        set_up = roster(town, days=0)
        put_out(
            line_id=set_up.line.pk,
            day=day("12-01"),
            reason="car in repair",
            by=town.by("supervisor"),
            at=set_up.now,
        )

        assert day("12-01") not in {cell.day for cell in gaps(town.center.pk, at=set_up.now)}


class TestOut:
    def test_it_takes_the_planned_turn_away(self, town):
        set_up = roster(town)
        for _again in range(2):
            put_out(
                line_id=set_up.line.pk,
                day=day("12-02"),
                reason="no car",
                by=town.by("supervisor"),
                at=set_up.now,
            )

        assert not Shift.objects.filter(day=day("12-02")).exists()
        assert AuditRow.objects.filter(verb="roster.day_out").count() == 1
        assert plan(town, days=3).made == 0

    @pytest.mark.parametrize("again", [put_out, retire_line])
    def test_a_turn_from_midnight_goes_too_and_its_people_hear_of_it(self, town, again):
        night, turn = midnight(town, "12-02")
        when = {"day": turn.day, "reason": "no car"} if again is put_out else {"on": turn.day}

        with heard(user(town.night.pk)) as mine, heard(desk(town.center.pk)) as events:
            again(line_id=night.pk, by=town.by("supervisor"), at=at("11-30 12:00"), **when)

        assert not Shift.objects.filter(line=night, day=turn.day).exists()
        assert one(mine, "shift.changed")["body"]["members"] == []
        assert one(events, "shift.changed")["version"] == turn.version + 1

    def test_a_turn_at_the_desk_is_told_as_one_of_no_length(self, town):
        template(town, "day_long", [["duty"]])
        plan(town, days=1)
        turn = DeskShift.objects.get(day=day("12-01"))

        with heard(desk(town.center.pk)) as events:
            put_out(
                line_id=turn.line_id, day=turn.day, reason="holiday", by=town.by("supervisor"),
                at=at("11-30 12:00"),
            )  # fmt: skip

        told = one(events, "desk_shift.changed")
        assert told["body"]["ends_at"] == told["body"]["starts_at"]
        assert not DeskShift.objects.filter(pk=turn.pk).exists()

    def test_not_once_it_has_begun(self, town):
        set_up = roster(town)
        with pytest.raises(WrongState):
            put_out(
                line_id=set_up.line.pk,
                day=day("12-01"),
                reason="no car",
                by=town.by("supervisor"),
                at=at("12-01 08:30"),
            )

    def test_retiring_a_line_keeps_what_has_begun(self, town):
        set_up = roster(town)
        retire_line(line_id=set_up.line.pk, on=day("12-01"), by=town.by("supervisor"), at=at("12-01 12:00"))

        assert list(Shift.objects.filter(line=set_up.line).values_list("day", flat=True)) == [day("12-01")]
        assert table(town.center.pk, day("12-02"), 3) == []


class TestDaily:
    def test_it_plans_on_raises_gaps_and_sets_the_next_morning(self, town):
        roster(town, days=0)
        timer = Timer.objects.get(kind="teams.roster_daily")
        assert timer.due_at == at("12-01 09:00")

        roster_daily(timer.payload, at("12-01 09:00"))
        with heard(desk(town.center.pk)) as events:
            roster_daily(timer.payload, at("12-02 09:00"))

        assert Timer.objects.get(kind="teams.roster_daily").due_at == at("12-03 09:00")
        assert Shift.objects.filter(day__isnull=False).count() == 29
        assert kinds(events) == ["shift.changed"]

    def test_a_gap_somebody_acknowledged_is_raised_again_next_morning(self, town):
        set_up = roster(town, days=0)
        change_line(line_id=set_up.line.pk, needed=3, by=town.by("supervisor"), at=set_up.now)
        timer = Timer.objects.get(kind="teams.roster_daily")
        for morning in range(2):
            roster_daily(timer.payload, at("12-01 09:00") + morning * 24 * HOUR)
            Alarm.objects.filter(kind="roster_gap").update(acknowledged_at=at("12-01 10:00"))

        roster_daily(timer.payload, at("12-03 09:00"))

        assert Alarm.objects.filter(kind="roster_gap", acknowledged_at=None).count() == 1


class TestFarDays:
    """A day at either end of the calendar is refused in words: it cannot be counted from."""

    @pytest.mark.parametrize("far", ["0001-01-01", "9999-12-31", "1999-12-31", "2100-01-01"])
    def test_each_body_that_names_a_day_refuses_it(self, town, api, far):
        line = template(town, "day_long", [["duty"]])[0]
        crew = {"line": str(line.pk), "day": far, "people": [str(town.duty.pk)]}
        bodies = [
            ("roster/plan", {"first": far}),
            (f"roster/lines/{line.pk}/out", {"day": far, "reason": "ab"}),
            (f"roster/lines/{line.pk}/retire", {"on": far}),
            ("roster/turns", crew),
            ("roster/lines", {"template": "day_long", "name": "x", "anchor": far}),
        ]

        answers = [api(town.supervisor).post(path, body) for path, body in bodies]
        table = api(town.supervisor).get("roster", **{"from": far})

        assert [answer.status_code for answer in [*answers, table]] == [400] * 6
