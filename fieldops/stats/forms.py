"""Queries and bodies of the room's endpoints; unknown fields are refused."""

from rest_framework import serializers

from fieldops.lib.api import Day, StrictSerializer
from fieldops.stats.exports import FORMATS


class DailyQuery(StrictSerializer):
    """One day, or from–to."""

    date = Day(required=False)
    first = Day(required=False)
    to = Day(required=False)
    revision = serializers.IntegerField(required=False, min_value=1, max_value=10_000)
    format = serializers.ChoiceField(FORMATS, default="json")
    lang = serializers.ChoiceField(["zh-hans", "zh-hant", "en"], required=False)


class CasesQuery(StrictSerializer):
    """Which figure of which sheet."""

    date = Day()
    figure = serializers.CharField(max_length=120)
    revision = serializers.IntegerField(required=False, min_value=1, max_value=10_000)


class StoreIn(StrictSerializer):
    """Which day to store."""

    date = Day()
