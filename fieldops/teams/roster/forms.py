"""Bodies of the roster's endpoints; unknown fields are refused."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from fieldops.lib.api import Day, Moment, StrictSerializer
from fieldops.teams.roster.models import HolidayRule
from fieldops.teams.roster.templates import TEMPLATES

Text = serializers.CharField

MOST_DAYS = 62


def group_field(**options: Any) -> serializers.ListField:
    """Return a field for people in turns: a list of lists of user ids."""
    turn = serializers.ListField(child=serializers.UUIDField(), max_length=20)
    return serializers.ListField(child=turn, max_length=31, **options)


class TableQuery(StrictSerializer):
    """Which days of the roster."""

    first = Day(required=False)
    days = serializers.IntegerField(min_value=1, max_value=MOST_DAYS, default=14)


class HoursQuery(StrictSerializer):
    """Which days' hours, and how written."""

    first = Day()
    last = Day()
    format = serializers.ChoiceField(["json", "csv"], default="json")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not 0 <= (attrs["last"] - attrs["first"]).days < 400:
            raise serializers.ValidationError({"last": [_("From the first day on, 400 days at most.")]})
        return attrs


class TemplateIn(StrictSerializer):
    """Make lines from a template."""

    template = serializers.ChoiceField([(code, code) for code in TEMPLATES])
    name = Text(min_length=1, max_length=30)
    team = serializers.UUIDField(required=False)
    groups = group_field(default=list)
    anchor = Day()
    needed = serializers.IntegerField(min_value=1, max_value=20, default=2)
    step_days = serializers.IntegerField(min_value=1, max_value=31, default=1)


class LineIn(StrictSerializer):
    """Change a line; what is left out stays."""

    groups = group_field(required=False)
    needed = serializers.IntegerField(min_value=1, max_value=20, required=False)
    weekdays = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=6), max_length=7, required=False
    )
    holidays = serializers.ChoiceField(HolidayRule.choices, required=False)


class RetireIn(StrictSerializer):
    """End a line."""

    on = Day()


class OutIn(StrictSerializer):
    """Take a line out for a day."""

    day = Day()
    reason = Text(min_length=2, max_length=200)


class PlanIn(StrictSerializer):
    """Plan days from the lines."""

    first = Day()
    days = serializers.IntegerField(min_value=1, max_value=MOST_DAYS, default=14)


class TurnIn(StrictSerializer):
    """Put people on: a line's day, or a team from–to."""

    line = serializers.UUIDField(required=False)
    day = Day(required=False)
    team = serializers.UUIDField(required=False)
    starts_at = Moment(required=False)
    ends_at = Moment(required=False)
    people = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=20)
    reason = Text(max_length=200, required=False, allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        by_line, by_team = {"line", "day"}, {"team", "starts_at", "ends_at"}
        named = {*by_line, *by_team} & set(attrs)
        if named not in (by_line, by_team):
            raise serializers.ValidationError({"line": [_("Name a line and day, or a team and hours.")]})
        return attrs


class CrewIn(StrictSerializer):
    """Put people on a crew, take others off."""

    add = serializers.ListField(child=serializers.UUIDField(), max_length=20, required=False)
    remove = serializers.ListField(child=serializers.UUIDField(), max_length=20, required=False)
    reason = Text(max_length=200, required=False, allow_blank=True)


class TakeIn(StrictSerializer):
    """Take a team's shift now."""

    team = serializers.UUIDField()


class TakeDeskIn(StrictSerializer):
    """Take the desk now."""

    turn = serializers.UUIDField(required=False)
    reason = Text(max_length=200, required=False, allow_blank=True)


class LegIn(StrictSerializer):
    """One turn that passes on."""

    giver = serializers.UUIDField()
    taker = serializers.UUIDField()
    shift = serializers.UUIDField(required=False)
    desk_shift = serializers.UUIDField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("shift" in attrs) == ("desk_shift" in attrs):
            raise serializers.ValidationError({"shift": [_("A crew's shift or one of the desk.")]})
        return attrs


class SwapIn(StrictSerializer):
    """Ask for a swap."""

    id = serializers.UUIDField(required=False)
    legs = LegIn(many=True, max_length=10)  # type: ignore[call-arg]
    words = Text(max_length=200, required=False, allow_blank=True)


class SwapAnswer(StrictSerializer):
    """Agree, decline or withdraw."""

    reason = Text(max_length=200, required=False, allow_blank=True)


class DirectSwap(StrictSerializer):
    """Swap at once, by a supervisor."""

    id = serializers.UUIDField(required=False)
    legs = LegIn(many=True, max_length=10, required=False)  # type: ignore[call-arg]
    reason = Text(min_length=2, max_length=200)


class CalendarIn(StrictSerializer):
    """Make a calendar address: one's own, or a team's."""

    team = serializers.UUIDField(required=False)


class HolidaysIn(StrictSerializer):
    """The text of a holiday file."""

    text = Text(max_length=200_000, trim_whitespace=False)
