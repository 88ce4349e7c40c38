"""What every endpoint shares: strict bodies, times that can be shown, formats of its own."""

import datetime as dt
from typing import Any

from rest_framework import serializers
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


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


class Moment(serializers.DateTimeField):
    """A time that can be shown in every zone and added to: the years 2000 to 2100."""

    default_error_messages = {"year": "Must be a time between 2000 and 2100."}

    def to_internal_value(self, value: Any) -> dt.datetime:
        at: dt.datetime = super().to_internal_value(value)
        if not 2000 <= at.year < 2100:
            self.fail("year")
        return at


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
