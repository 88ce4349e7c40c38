"""Endpoints of the room: translate in, one domain call, translate out."""

import datetime as dt
import uuid
from typing import Any

from drf_spectacular.utils import OpenApiTypes, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from fieldops.handover import actions, forms
from fieldops.handover.models import Handover
from fieldops.handover.queries import handover_detail, handover_for, handovers_for
from fieldops.handover.wire import handover_wire, sheet_wire
from fieldops.lib.api import read_body
from fieldops.lib.clock import now
from fieldops.lib.errors import NotFound
from fieldops.teams.access import reach, require
from fieldops.teams.accounts import actor_of, user_of
from fieldops.teams.models import DeskShift, Shift

WIRE = {200: OpenApiTypes.OBJECT}
MADE = {201: OpenApiTypes.OBJECT}
SHOWN = 50


class Handovers(APIView):
    """The handovers within reach; beginning one (again: the one that is there)."""

    @extend_schema(operation_id="handovers_list", responses=WIRE)
    def get(self, request: Request) -> Response:
        require(user_of(request), "roster.see")
        return Response(
            {"handovers": [handover_wire(row) for row in handovers_for(user_of(request))[:SHOWN]]}
        )

    @extend_schema(request=forms.OpenIn, responses=MADE)
    def post(self, request: Request) -> Response:
        user, at = user_of(request), now()
        require(user, "roster.see")
        body = read_body(forms.OpenIn, request)
        turn: dict[str, uuid.UUID] = {}
        if "shift" in body:
            turn["shift_id"] = reach(Shift.objects.all(), user, body["shift"]).pk
        else:
            turn["desk_shift_id"] = reach(DeskShift.objects.all(), user, body["desk_shift"]).pk
        row = actions.open_handover(by=actor_of(request), at=at, **turn)
        return Response(handover_detail(handover_for(user, row.pk), at), status=201)


class One(APIView):
    """A handover with what it lists and what forbids its signature."""

    @extend_schema(responses=WIRE)
    def get(self, request: Request, handover_id: uuid.UUID) -> Response:
        return Response(handover_detail(handover_for(user_of(request), handover_id), now()))


class Sheet(APIView):
    """What was printed: a stored revision with its hash."""

    @extend_schema(responses=WIRE)
    def get(self, request: Request, handover_id: uuid.UUID, revision: int) -> Response:
        row = handover_for(user_of(request), handover_id)
        sheet = row.sheets.filter(revision=revision).first()
        if sheet is None:
            raise NotFound()
        return Response(sheet_wire(sheet))


class Move(APIView):
    """Base of the moves on one handover: reach, right, body, one action."""

    form: type[serializers.Serializer[Any]]
    capability = "roster.see"

    def post(self, request: Request, handover_id: uuid.UUID) -> Response:
        user, at = user_of(request), now()
        row = handover_for(user, handover_id)
        require(user, self.capability)
        done = self.act(request, row, read_body(self.form, request), at)
        return Response(handover_detail(handover_for(user, done.pk), at))

    def act(self, request: Request, row: Handover, body: dict[str, Any], at: dt.datetime) -> Handover:
        """Make the one domain call."""
        raise NotImplementedError


@extend_schema(request=forms.PassOnIn, responses=WIRE)
class PassOn(Move):
    """Name who has open cases from now on."""

    form = forms.PassOnIn
    capability = "desk.own"

    def act(self, request: Request, row: Handover, body: dict[str, Any], at: dt.datetime) -> Handover:
        return actions.pass_cases_on(
            handover_id=row.pk, to_id=body["to"], by=actor_of(request), at=at, case_ids=body.get("cases")
        )


@extend_schema(request=forms.NotesIn, responses=WIRE)
class Notes(Move):
    """Write the notes."""

    form = forms.NotesIn

    def act(self, request: Request, row: Handover, body: dict[str, Any], at: dt.datetime) -> Handover:
        return actions.write_notes(handover_id=row.pk, text=body["text"], by=actor_of(request), at=at)


@extend_schema(request=forms.SignIn, responses=WIRE)
class Sign(Move):
    """Sign for the turn that goes: 409 `handover_blocked` says what would be left unowned."""

    form = forms.SignIn

    def act(self, request: Request, row: Handover, body: dict[str, Any], at: dt.datetime) -> Handover:
        if body.get("reason"):
            require(user_of(request), "roster.edit")
        return actions.sign_handover(
            handover_id=row.pk, by=actor_of(request), at=at, member_id=body.get("member"),
            reason=body.get("reason", ""),
        )  # fmt: skip


@extend_schema(request=forms.AcceptIn, responses=WIRE)
class Accept(Move):
    """Accept for the turn that comes."""

    form = forms.AcceptIn

    def act(self, request: Request, row: Handover, body: dict[str, Any], at: dt.datetime) -> Handover:
        return actions.accept_handover(
            handover_id=row.pk, by=actor_of(request), at=at, member_id=body.get("member")
        )


@extend_schema(request=forms.ReturnIn, responses=WIRE)
class GiveBack(Move):
    """Give a signed handover back with a reason."""

    form = forms.ReturnIn

    def act(self, request: Request, row: Handover, body: dict[str, Any], at: dt.datetime) -> Handover:
        return actions.return_handover(handover_id=row.pk, by=actor_of(request), at=at, reason=body["reason"])


@extend_schema(request=forms.LaterNoteIn, responses=WIRE)
class AddNote(Move):
    """Add to what was signed."""

    form = forms.LaterNoteIn

    def act(self, request: Request, row: Handover, body: dict[str, Any], at: dt.datetime) -> Handover:
        return actions.add_note(handover_id=row.pk, text=body["text"], by=actor_of(request), at=at)
