"""What every endpoint shares: strict bodies, times that can be shown, formats of its own."""

import datetime as dt
import math
from typing import Any

from rest_framework import serializers
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from fieldops.lib.clock import in_our_time


class StrictSerializer(serializers.Serializer[Any]):
    """A serializer that refuses fields it does not know (400), at every level."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            unknown = sorted(set(data) - set(self.fields))
            if unknown:
                raise serializers.ValidationError(
                    {name: ["unknown field"] for name in unknown}, code="unknown"
                )
        return super().to_internal_value(data)


class AnyMoment(serializers.DateTimeField):
    """A time, however far from ours; REST framework's own field raises where no zone can show it (500)."""

    def to_internal_value(self, value: Any) -> dt.datetime:
        try:
            at: dt.datetime = super().to_internal_value(value)
        except OverflowError:
            self.fail("overflow")
        return at


class Moment(AnyMoment):
    """A time that can be shown in every zone and added to: the years 2000 to 2100."""

    default_error_messages = {"year": "Must be a time between 2000 and 2100."}

    def to_internal_value(self, value: Any) -> dt.datetime:
        at = super().to_internal_value(value)
        if not in_our_time(at):
            self.fail("year")
        return at


class PhoneMoment(AnyMoment):
    """A time by a phone's own clock: far from ours it says nothing (None), and costs nothing else said."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_null=True, required=False, **options)

    def to_internal_value(self, value: Any) -> dt.datetime | None:  # type: ignore[override]
        try:
            at = super().to_internal_value(value)
        except serializers.ValidationError as error:
            codes = error.get_codes()
            if isinstance(codes, list) and "overflow" in codes:
                return None
            raise
        return at if in_our_time(at) else None


class Day(serializers.DateField):
    """A day that can be shown in every zone and counted from: the years 2000 to 2099."""

    default_error_messages = {"year": "Must be a day between 2000 and 2099."}

    def to_internal_value(self, value: Any) -> dt.date:
        day: dt.date = super().to_internal_value(value)
        if not in_our_time(day):
            self.fail("year")
        return day


class Number(serializers.FloatField):
    """A number that is one: the text "nan" passes every bound, because it is neither more nor less."""

    def to_internal_value(self, value: Any) -> float:
        number: float = super().to_internal_value(value)
        if not math.isfinite(number):
            self.fail("invalid")
        return number


class OwnFormat(BaseContentNegotiation):
    """Leave `format=` to the view: REST framework would look for a renderer of that name and answer 404."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type


def read_body(serializer: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    """Return the validated body; raises DRF's ValidationError, which becomes a 400 problem."""
    checked = serializer(data=request.data)
    checked.is_valid(raise_exception=True)
    return dict(checked.validated_data)
