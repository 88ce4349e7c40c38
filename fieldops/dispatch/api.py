"""Endpoints of the room: translate in, one domain call, translate out."""

import datetime as dt
import uuid
from typing import Any

from drf_spectacular.utils import OpenApiTypes, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from fieldops.cases.queries import case_for, reach_case
from fieldops.cases.wire import case_wire
from fieldops.dispatch import actions, forms
from fieldops.dispatch.forecast import nobody_free
from fieldops.dispatch.jointplan import plan_wire, plan_with
from fieldops.dispatch.lineup import waiting_of_case
from fieldops.dispatch.models import Assignment
from fieldops.dispatch.queries import assignment_for
from fieldops.dispatch.wire import assignment_wire, line_up_wire, message_wire
from fieldops.lib.api import read_body
from fieldops.lib.clock import now
from fieldops.lib.errors import Invalid
from fieldops.teams.access import reach, require
from fieldops.teams.accounts import actor_of, user_of
from fieldops.teams.models import Shift, Team, User
from fieldops.teams.queries import require_recall, shift_of_team
from fieldops.teams.wire import shift_wire

WIRE = {200: OpenApiTypes.OBJECT}
MADE = {201: OpenApiTypes.OBJECT}


class Recommendation(APIView):
    """Every crew on shift, best first, with reasons and the gate's verdict; and what the joint plan says.

    `plan` is null where this case waits alone; its `team` is null where there are not crews enough.
    `nobody_free` says who is next where no crew may go; `lined_up` which crew the case waits for.
    """

    @extend_schema(responses=WIRE)
    def get(self, request: Request, case_id: uuid.UUID) -> Response:
        case = case_for(user_of(request), case_id)
        require(user_of(request), "dispatch.offer")
        at = now()
        ranked, plan = plan_with(case, at=at)
        crews = [candidate.wire() for candidate in ranked]
        lined_up = waiting_of_case(case.pk)
        return Response(
            {
                "at": at,
                "crews": crews,
                "plan": plan_wire(case, plan),
                "nobody_free": nobody_free(case, ranked, at=at),
                "lined_up": line_up_wire(lined_up) if lined_up else None,
            }
        )


class Offer(APIView):
    """Send a crew: 201 offered, 409 `gate_blocked`, `reason_wanted`, `already_taken`, `crew_taken`."""

    @extend_schema(request=forms.Offer, responses=MADE)
    def post(self, request: Request, case_id: uuid.UUID) -> Response:
        reach_case(user_of(request), case_id)
        require(user_of(request), "dispatch.offer")
        body = read_body(forms.Offer, request)
        at = now()
        assignment = actions.offer_assignment(
            case_id=case_id,
            shift=crew_of(user_of(request), body["team"], at),
            by=actor_of(request),
            at=at,
            brief=body.get("brief", ""),
            reason=body.get("reason", ""),
            support=body["support"],
            whereabouts_id=body.get("whereabouts"),
            assignment_id=body.get("id"),
        )
        return Response(assignment_wire(assignment), status=201)


class Hold(APIView):
    """Stop the countdown of an offer that would send itself: 409 `nothing_to_hold` once it is sent."""

    @extend_schema(request=forms.NoArgs, responses={204: None})
    def post(self, request: Request, case_id: uuid.UUID) -> Response:
        case = case_for(user_of(request), case_id)
        require(user_of(request), "dispatch.offer")
        read_body(forms.NoArgs, request)
        actions.hold_offer(case_id=case.pk, by=actor_of(request), at=now())
        return Response(status=204)


class LineUp(APIView):
    """Let a case wait for a busy crew: 201, or 409 `crew_free`, `crew_taken`, `already_lined_up`."""

    @extend_schema(request=forms.LineUp, responses=MADE)
    def post(self, request: Request, case_id: uuid.UUID) -> Response:
        case = case_for(user_of(request), case_id)
        require(user_of(request), "dispatch.offer")
        body = read_body(forms.LineUp, request)
        at = now()
        row = actions.line_up_case(
            case_id=case.pk,
            shift=crew_of(user_of(request), body["team"], at),
            by=actor_of(request),
            at=at,
            reason=body["reason"],
            brief=body.get("brief", ""),
        )
        return Response(line_up_wire(row), status=201)


class LeaveLine(APIView):
    """Take a case out of the line it waits in; harmless where it waits in none."""

    @extend_schema(request=forms.NoArgs, responses=WIRE)
    def post(self, request: Request, case_id: uuid.UUID) -> Response:
        case = case_for(user_of(request), case_id)
        require(user_of(request), "dispatch.offer")
        read_body(forms.NoArgs, request)
        return Response(case_wire(actions.leave_line(case_id=case.pk, by=actor_of(request), at=now())))


class AssignmentMove(APIView):
    """Base of the desk's moves on one assignment: reach, right, body, one action."""

    form: type[serializers.Serializer[Any]]

    def post(self, request: Request, assignment_id: uuid.UUID) -> Response:
        at = now()
        assignment = assignment_for(user_of(request), assignment_id)
        require_recall(user_of(request), at=at)
        return Response(self.act(request, assignment, read_body(self.form, request), at))

    def act(self, request: Request, assignment: Assignment, body: dict[str, Any], at: dt.datetime) -> Any:
        """Make the one domain call and return the answer's body."""
        raise NotImplementedError


@extend_schema(request=forms.Recall, responses=WIRE)
class Recall(AssignmentMove):
    """Call the crew back."""

    form = forms.Recall

    def act(self, request: Request, assignment: Assignment, body: dict[str, Any], at: dt.datetime) -> Any:
        by = actor_of(request)
        row = actions.recall_assignment(assignment_id=assignment.pk, by=by, at=at, reason=body["reason"])
        return assignment_wire(row)


@extend_schema(request=forms.Reassign, responses=WIRE)
class Reassign(AssignmentMove):
    """Give the case to another crew."""

    form = forms.Reassign

    def act(self, request: Request, assignment: Assignment, body: dict[str, Any], at: dt.datetime) -> Any:
        to = crew_of(user_of(request), body["team"], at)
        old, new = actions.reassign_assignment(
            assignment_id=assignment.pk, to=to, by=actor_of(request), at=at, reason=body["reason"]
        )
        return {"reassigned": assignment_wire(old), "offered": assignment_wire(new)}


@extend_schema(request=forms.Divert, responses=WIRE)
class Divert(AssignmentMove):
    """Take the crew to another case."""

    form = forms.Divert

    def act(self, request: Request, assignment: Assignment, body: dict[str, Any], at: dt.datetime) -> Any:
        case = case_for(user_of(request), body["case"])
        if body.get("leave_reason"):
            require(user_of(request), "dispatch.recall")
        old, new = actions.divert_crew(
            assignment_id=assignment.pk,
            to_case_id=case.pk,
            by=actor_of(request),
            at=at,
            reason=body["reason"],
            brief=body.get("brief", ""),
            leave_reason=body.get("leave_reason", ""),
        )
        return {"recalled": assignment_wire(old), "offered": assignment_wire(new)}


class Messages(APIView):
    """Words from the desk to the crew."""

    @extend_schema(request=forms.MessageIn, responses=MADE)
    def post(self, request: Request, assignment_id: uuid.UUID) -> Response:
        assignment = assignment_for(user_of(request), assignment_id)
        require(user_of(request), "cases.work")
        body = read_body(forms.MessageIn, request)
        message = actions.send_message(
            assignment_id=assignment.pk,
            by=actor_of(request),
            at=now(),
            from_desk=True,
            text=body.get("text", ""),
            canned=body.get("canned", ""),
            message_id=body.get("id"),
        )
        return Response(message_wire(message), status=201)


class CrewDuty(APIView):
    """Set a crew on duty, on break or off, by voice; again is harmless."""

    @extend_schema(request=forms.CrewDutyIn, responses=WIRE)
    def post(self, request: Request, shift_id: uuid.UUID) -> Response:
        user = user_of(request)
        require(user, "cases.work")
        shift = reach(Shift.objects.all(), user, shift_id)
        body, at = read_body(forms.CrewDutyIn, request), now()
        shift = actions.set_crew_duty(
            shift_id=shift.pk, state=body["state"], by=actor_of(request), at=at, member_id=body.get("member")
        )
        return Response(shift_wire(shift, at))


def crew_of(user: User, team_id: uuid.UUID, at: dt.datetime) -> Shift:
    """Return the present crew of a team within reach. Raises NotFound, or Invalid (409 `no_crew`)."""
    shift = shift_of_team(team_id, at, user=user)
    if shift:
        return shift
    reach(Team.objects.all(), user, team_id)
    raise Invalid("no_crew", status=409, errors={"team": ["no crew on shift now"]})
