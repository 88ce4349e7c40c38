"""The roster's endpoints: translate in, one domain call, translate out."""

import uuid
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, OpenApiTypes, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from fieldops.lib.api import OwnFormat, read_body
from fieldops.lib.clock import local, now
from fieldops.teams.access import reach, require
from fieldops.teams.accounts import actor_of, user_of
from fieldops.teams.models import RosterLine, Shift, Team
from fieldops.teams.roster import actions, forms
from fieldops.teams.roster.holidays import read_holidays
from fieldops.teams.roster.hours import hours_csv, hours_report, hours_wire
from fieldops.teams.roster.queries import gaps, holidays_of, table
from fieldops.teams.roster.reaching import center_of, put_on
from fieldops.teams.roster.templates import TEMPLATES
from fieldops.teams.roster.wire import cell_wire, desk_shift_wire, line_wire
from fieldops.teams.wire import shift_wire

WIRE = {200: OpenApiTypes.OBJECT}
MADE = {201: OpenApiTypes.OBJECT}


def query(form: type[Serializer[Any]], request: Request) -> dict[str, Any]:
    """Return the checked query; `from` and `to` are no names in Python and become `first` and `last`."""
    names = {"from": "first", "to": "last"}
    checked = form(data={names.get(name, name): value for name, value in request.query_params.items()})
    checked.is_valid(raise_exception=True)
    return dict(checked.validated_data)


class Table(APIView):
    """The roster of a stretch of days: a row for each line, a cell for each day."""

    @extend_schema(
        parameters=[
            OpenApiParameter("from", OpenApiTypes.DATE, description="The first day; today without one."),
            OpenApiParameter("days", OpenApiTypes.INT, description="14 without it, 62 at most."),
        ],
        responses=WIRE,
    )
    def get(self, request: Request) -> Response:
        user = user_of(request)
        require(user, "roster.see")
        asked = query(forms.TableQuery, request)
        center_id, at = center_of(user), now()
        first = asked.get("first") or local(at).date()
        rows = table(center_id, first, asked["days"])
        last = rows[0][-1].day if rows else first
        days_off = holidays_of(center_id, first, last).values()
        return Response(
            {
                "first": first,
                "days": asked["days"],
                "lines": [
                    {**line_wire(row[0].line), "cells": [cell_wire(cell) for cell in row]} for row in rows
                ],
                "holidays": [{"date": day.date, "name": day.name, "off": day.off} for day in days_off],
            }
        )


class Gaps(APIView):
    """Turns ahead that lack people."""

    @extend_schema(responses=WIRE)
    def get(self, request: Request) -> Response:
        require(user_of(request), "roster.see")
        return Response({"gaps": [cell_wire(cell) for cell in gaps(center_of(user_of(request)), at=now())]})


class Templates(APIView):
    """The shipped templates."""

    @extend_schema(responses=WIRE)
    def get(self, request: Request) -> Response:
        require(user_of(request), "roster.see")
        return Response(
            {"templates": [{"code": code, "name": str(row[0])} for code, row in TEMPLATES.items()]}
        )


class Lines(APIView):
    """Make lines from a template: 201; lines of that name already there are returned."""

    @extend_schema(request=forms.TemplateIn, responses=MADE)
    def post(self, request: Request) -> Response:
        user = user_of(request)
        require(user, "roster.edit")
        body = read_body(forms.TemplateIn, request)
        team = reach(Team.objects.all(), user, body.pop("team")) if "team" in body else None
        made = actions.apply_template(
            center_id=center_of(user), team=team, by=actor_of(request), at=now(), **body
        )
        return Response({"lines": [line_wire(line) for line in made]}, status=201)


class Line(APIView):
    """Change a line."""

    @extend_schema(request=forms.LineIn, responses=WIRE)
    def patch(self, request: Request, line_id: uuid.UUID) -> Response:
        line = _line(request, line_id)
        values = read_body(forms.LineIn, request)
        changed = actions.change_line(line_id=line.pk, by=actor_of(request), at=now(), **values)
        return Response(line_wire(changed))


class Retire(APIView):
    """End a line from a day on."""

    @extend_schema(request=forms.RetireIn, responses=WIRE)
    def post(self, request: Request, line_id: uuid.UUID) -> Response:
        line = _line(request, line_id)
        body = read_body(forms.RetireIn, request)
        ended = actions.retire_line(line_id=line.pk, on=body["on"], by=actor_of(request), at=now())
        return Response(line_wire(ended))


class Out(APIView):
    """Take a line out for one day."""

    @extend_schema(request=forms.OutIn, responses=MADE)
    def post(self, request: Request, line_id: uuid.UUID) -> Response:
        line = _line(request, line_id)
        body = read_body(forms.OutIn, request)
        out = actions.put_out(line_id=line.pk, by=actor_of(request), at=now(), **body)
        return Response({"line_id": line.pk, "day": out.day, "reason": out.reason}, status=201)


class Plan(APIView):
    """Plan days from the lines' patterns; what is there is never touched."""

    @extend_schema(request=forms.PlanIn, responses=WIRE)
    def post(self, request: Request) -> Response:
        user = user_of(request)
        require(user, "roster.edit")
        body = read_body(forms.PlanIn, request)
        planned = actions.plan_turns(center_id=center_of(user), by=actor_of(request), at=now(), **body)
        return Response({"made": planned.made, "left_out": planned.left_out})


class Turns(APIView):
    """Put people on by hand: a line's day, or a team from–to."""

    @extend_schema(request=forms.TurnIn, responses=MADE)
    def post(self, request: Request) -> Response:
        user, at = user_of(request), now()
        require(user, "roster.edit")
        made = put_on(user, read_body(forms.TurnIn, request), by=actor_of(request), at=at)
        shown = [shift_wire(row, at) if isinstance(row, Shift) else desk_shift_wire(row) for row in made]
        return Response({"turns": shown}, status=201)


class Crew(APIView):
    """Put people on a crew and take others off, also while it runs."""

    @extend_schema(request=forms.CrewIn, responses=WIRE)
    def post(self, request: Request, shift_id: uuid.UUID) -> Response:
        user, at = user_of(request), now()
        require(user, "roster.edit")
        shift = reach(Shift.objects.all(), user, shift_id)
        body = read_body(forms.CrewIn, request)
        changed = actions.change_crew(shift_id=shift.pk, by=actor_of(request), at=at, **body)
        return Response(shift_wire(changed, at))


class Take(APIView):
    """A member takes his place on a team's running shift, where somebody lacks."""

    @extend_schema(request=forms.TakeIn, responses=WIRE)
    def post(self, request: Request) -> Response:
        user, at = user_of(request), now()
        require(user, "phone")
        team = reach_team(user, read_body(forms.TakeIn, request)["team"])
        return Response(shift_wire(actions.take_shift_now(team_id=team.pk, by=actor_of(request), at=at), at))


class TakeDesk(APIView):
    """Own the desk from now on."""

    @extend_schema(request=forms.TakeDeskIn, responses=WIRE)
    def post(self, request: Request) -> Response:
        user = user_of(request)
        require(user, "desk.own")
        body = read_body(forms.TakeDeskIn, request)
        turn = actions.take_desk_now(
            center_id=center_of(user), by=actor_of(request), at=now(),
            turn_id=body.get("turn"), reason=body.get("reason", ""),
        )  # fmt: skip
        return Response(desk_shift_wire(turn))


class Hours(APIView):
    """Hours by person; a member sees his own."""

    content_negotiation_class = OwnFormat

    @extend_schema(
        parameters=[
            OpenApiParameter("from", OpenApiTypes.DATE, required=True),
            OpenApiParameter("to", OpenApiTypes.DATE, required=True),
            OpenApiParameter("format", OpenApiTypes.STR, enum=["json", "csv"]),
        ],
        responses=WIRE,
    )
    def get(self, request: Request) -> HttpResponse | Response:
        user = user_of(request)
        require(user, "roster.see")
        asked = query(forms.HoursQuery, request)
        rows = hours_report(center_of(user), asked["first"], asked["last"])
        if user.role == "member":
            rows = [row for row in rows if row.user_id == user.pk]
        if asked["format"] == "json":
            return Response({"hours": [hours_wire(row) for row in rows]})
        response = HttpResponse(hours_csv(rows), content_type="text/csv; charset=utf-8")
        name = f"hours-{asked['first']}-{asked['last']}.csv"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        response["Cache-Control"] = "no-store"
        return response


class Holidays(APIView):
    """Load a holiday file's text: CSV, JSON or iCalendar; all or nothing."""

    @extend_schema(request=forms.HolidaysIn, responses=WIRE)
    def post(self, request: Request) -> Response:
        user = user_of(request)
        require(user, "roster.edit")
        rows = read_holidays(read_body(forms.HolidaysIn, request)["text"])
        center = user.post.center if user.post else None
        assert center  # whoever may edit a roster has a post
        changed = actions.load_holidays(center=center, rows=rows, by=actor_of(request), at=now())
        return Response({"days": len(rows), "changed": changed})


def _line(request: Request, line_id: uuid.UUID) -> RosterLine:
    require(user_of(request), "roster.edit")
    return reach(RosterLine.objects.all(), user_of(request), line_id)


def reach_team(user: Any, team_id: uuid.UUID) -> Team:
    """Return a team of the person's own centre: whom he helps out need not be his crew."""
    return reach(Team.objects.all(), user, team_id, roles=("duty", "supervisor", "member"))
