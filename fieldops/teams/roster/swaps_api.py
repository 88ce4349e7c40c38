"""Endpoints of swaps and calendar addresses."""

import datetime as dt
import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET
from drf_spectacular.utils import OpenApiTypes, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from fieldops.lib.api import read_body
from fieldops.lib.clock import now
from fieldops.lib.errors import NotFound, problem
from fieldops.teams.access import reach, require
from fieldops.teams.accounts import actor_of, user_of
from fieldops.teams.actor import Actor
from fieldops.teams.models import CalendarLink, Swap, Team
from fieldops.teams.roster import actions, forms
from fieldops.teams.roster.actions.swaps import Leg
from fieldops.teams.roster.calendars import ics, link_of
from fieldops.teams.roster.queries import swaps_for
from fieldops.teams.roster.reaching import center_of
from fieldops.teams.roster.wire import calendar_wire, swap_wire

WIRE = {200: OpenApiTypes.OBJECT}
MADE = {201: OpenApiTypes.OBJECT}
SHOWN = 100


class Swaps(APIView):
    """Swaps within reach; asking for one."""

    @extend_schema(responses=WIRE)
    def get(self, request: Request) -> Response:
        require(user_of(request), "roster.see")
        return Response({"swaps": [swap_wire(swap) for swap in swaps_for(user_of(request))[:SHOWN]]})

    @extend_schema(request=forms.SwapIn, responses=MADE)
    def post(self, request: Request) -> Response:
        user = user_of(request)
        require(user, "roster.see")
        body = read_body(forms.SwapIn, request)
        swap = actions.ask_swap(
            center_id=center_of(user), legs=_legs(body), by=actor_of(request), at=now(),
            words=body.get("words", ""), swap_id=body.get("id"),
        )  # fmt: skip
        return Response(swap_wire(swap), status=201)


class SwapMove(APIView):
    """Base of the moves on one swap: reach, body, one action."""

    def post(self, request: Request, swap_id: uuid.UUID) -> Response:
        swap = reach(Swap.objects.all(), user_of(request), swap_id)
        body = read_body(forms.SwapAnswer, request)
        return Response(swap_wire(self.act(swap.pk, actor_of(request), now(), body.get("reason", ""))))

    def act(self, swap_id: uuid.UUID, by: Actor, at: dt.datetime, reason: str) -> Swap:
        """Make the one domain call."""
        raise NotImplementedError


@extend_schema(request=forms.SwapAnswer, responses=WIRE)
class Agree(SwapMove):
    """Agree for oneself; the last one's word makes it happen."""

    def act(self, swap_id: uuid.UUID, by: Actor, at: dt.datetime, reason: str) -> Swap:
        return actions.agree_swap(swap_id=swap_id, by=by, at=at)


@extend_schema(request=forms.SwapAnswer, responses=WIRE)
class Decline(SwapMove):
    """Say no for oneself."""

    def act(self, swap_id: uuid.UUID, by: Actor, at: dt.datetime, reason: str) -> Swap:
        return actions.decline_swap(swap_id=swap_id, by=by, at=at, reason=reason)


@extend_schema(request=forms.SwapAnswer, responses=WIRE)
class Withdraw(SwapMove):
    """Take the wish back."""

    def act(self, swap_id: uuid.UUID, by: Actor, at: dt.datetime, reason: str) -> Swap:
        return actions.withdraw_swap(swap_id=swap_id, by=by, at=at)


class Direct(APIView):
    """A supervisor swaps at once, or ends the asking of one."""

    @extend_schema(request=forms.DirectSwap, responses=WIRE)
    def post(self, request: Request) -> Response:
        user = user_of(request)
        require(user, "roster.edit")
        body = read_body(forms.DirectSwap, request)
        swap = actions.swap_directly(
            center_id=center_of(user), legs=_legs(body), by=actor_of(request), at=now(),
            reason=body["reason"], swap_id=body.get("id"),
        )  # fmt: skip
        return Response(swap_wire(swap))


class Calendars(APIView):
    """Calendar addresses: one's own, and for a supervisor the teams'."""

    @extend_schema(responses=WIRE)
    def get(self, request: Request) -> Response:
        user = user_of(request)
        require(user, "roster.see")
        links = CalendarLink.objects.filter(center_id=center_of(user), revoked_at__isnull=True)
        mine = links.filter(user=user) if user.role != "supervisor" else links
        return Response({"calendars": [calendar_wire(link) for link in mine.order_by("made_at")]})

    @extend_schema(request=forms.CalendarIn, responses=MADE)
    def post(self, request: Request) -> Response:
        user = user_of(request)
        body = read_body(forms.CalendarIn, request)
        require(user, "roster.edit" if "team" in body else "roster.see")
        team = reach(Team.objects.all(), user, body["team"]) if "team" in body else None
        link, token = actions.make_calendar(
            center_id=center_of(user), by=actor_of(request), at=now(),
            user=None if team else user, team=team,
        )  # fmt: skip
        path = f"/calendar/{token}.ics"
        return Response(
            {**calendar_wire(link), "url": request.build_absolute_uri(path), "path": path}, status=201
        )


class Revoke(APIView):
    """Make an address stop working: one's own, or any by a supervisor."""

    @extend_schema(request=None, responses=WIRE)
    def post(self, request: Request, link_id: uuid.UUID) -> Response:
        user = user_of(request)
        link = CalendarLink.objects.filter(pk=link_id, center_id=center_of(user)).first()
        if link is None or (link.user_id != user.pk and user.role != "supervisor"):
            raise NotFound()
        gone = actions.revoke_calendar(link_id=link.pk, by=actor_of(request), at=now())
        return Response(calendar_wire(gone))


@require_GET
def calendar(request: HttpRequest, token: str) -> HttpResponse:
    """The iCalendar file behind a secret address; no session: calendar programs have none."""
    try:
        link = link_of(token)
    except NotFound as refusal:
        return problem(refusal.status, refusal.code, str(refusal.words))
    response = HttpResponse(ics(link, now()), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'inline; filename="shifts.ics"'
    response["Cache-Control"] = "private, no-store"
    return response


def _legs(body: dict[str, Any]) -> list[Leg]:
    return [Leg(**leg) for leg in body.get("legs", [])]
