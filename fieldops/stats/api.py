"""Endpoints of the room."""

import datetime as dt
from typing import Any

from django.http import HttpResponse
from django.utils.translation import get_language, override
from drf_spectacular.utils import OpenApiParameter, OpenApiTypes, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from fieldops.lib.api import OwnFormat, read_body
from fieldops.lib.clock import now
from fieldops.lib.errors import Invalid
from fieldops.stats import forms
from fieldops.stats.actions import record_export, store_day_sheet
from fieldops.stats.exports import FORMATS, MEDIA, file_name, write
from fieldops.stats.queries import Shown, cases_behind, center_of, days_between, sheets_for, show_day, today
from fieldops.stats.wire import sheet_wire, shown_wire
from fieldops.teams.access import require
from fieldops.teams.accounts import actor_of, user_of
from fieldops.teams.models import User

WIRE = {200: OpenApiTypes.OBJECT}
DATE = OpenApiParameter("date", OpenApiTypes.DATE, description="The day; today without one.")
REVISION = OpenApiParameter(
    "revision", OpenApiTypes.INT, description="A stored revision; the newest without."
)


class Daily(APIView):
    """The day sheet, or several: stored, else as a preview."""

    content_negotiation_class = OwnFormat

    @extend_schema(
        parameters=[
            DATE,
            OpenApiParameter("from", OpenApiTypes.DATE, description="With `to`: several days, 62 at most."),
            OpenApiParameter("to", OpenApiTypes.DATE),
            REVISION,
            OpenApiParameter("format", OpenApiTypes.STR, enum=FORMATS),
            OpenApiParameter("lang", OpenApiTypes.STR, enum=["zh-hans", "zh-hant", "en"]),
        ],
        responses={(200, media.partition(";")[0]): OpenApiTypes.BINARY for media in MEDIA.values()},
    )
    def get(self, request: Request) -> HttpResponse | Response:
        user, at = user_of(request), now()
        require(user, "stats.see")
        asked = _query(forms.DailyQuery, request)
        form = asked["format"]
        if form != "json":
            require(user, "stats.export")
        days = _days(user, asked, at)
        record_export(
            center_id=days[0].center.pk,
            dates=[day.date for day in days],
            form=form,
            by=actor_of(request),
            at=at,
            revision=days[0].sheet.revision if days[0].sheet else None,
        )
        if form == "json":
            docs = [shown_wire(day) for day in days]
            return Response({"sheets": docs} if "first" in asked else docs[0])
        with override(asked.get("lang") or get_language()):
            return _file(days, form)


class Store(APIView):
    """Store a day that is over; unchanged rows give the revision that is there."""

    @extend_schema(request=forms.StoreIn, responses=WIRE)
    def post(self, request: Request) -> Response:
        require(user_of(request), "stats.export")
        date = read_body(forms.StoreIn, request)["date"]
        center = center_of(user_of(request))
        sheet = store_day_sheet(center_id=center.pk, date=date, by=actor_of(request), at=now())
        return Response(sheet_wire(sheet))


class Cases(APIView):
    """The cases behind a figure: an analyst sees their numbers, the desk may open them."""

    @extend_schema(parameters=[DATE, REVISION, OpenApiParameter("figure", OpenApiTypes.STR)], responses=WIRE)
    def get(self, request: Request) -> Response:
        require(user_of(request), "stats.see")
        asked = _query(forms.CasesQuery, request)
        shown = show_day(
            sheets_for(user_of(request)),
            center_of(user_of(request)),
            asked["date"],
            at=now(),
            revision=asked.get("revision"),
        )
        found = cases_behind(user_of(request), shown.refs, asked["figure"])
        return Response(
            {"date": asked["date"], "figure": asked["figure"], "count": len(found), "cases": found}
        )


def _query(form: type[Serializer[Any]], request: Request) -> dict[str, Any]:
    """Return the checked query; `from` is no name in Python and becomes `first`."""
    raw = {"first" if name == "from" else name: value for name, value in request.query_params.items()}
    checked = form(data=raw)
    checked.is_valid(raise_exception=True)
    return dict(checked.validated_data)


def _days(user: User, asked: dict[str, Any], at: dt.datetime) -> list[Shown]:
    """Return the days asked for, each as stored or as a preview."""
    rows, center = sheets_for(user), center_of(user)
    if "first" not in asked:
        date = asked.get("date") or today(at)
        return [show_day(rows, center, date, at=at, revision=asked.get("revision"))]
    if "date" in asked or "revision" in asked:
        raise Invalid(errors={"from": [{"message": "goes with `to` alone", "code": "range"}]})
    span = days_between(asked["first"], asked.get("to") or today(at))
    return [show_day(rows, center, date, at=at) for date in span]


def _file(days: list[Shown], form: str) -> HttpResponse:
    response = HttpResponse(write(days, form), content_type=MEDIA[form])
    response["Content-Disposition"] = f'attachment; filename="{file_name(days, form)}"'
    response["Cache-Control"] = "no-store"
    return response
