"""What was to happen later and failed for good: seen and tried again by the supervisor."""

import datetime as dt
import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET
from drf_spectacular.utils import OpenApiTypes, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from fieldops.cases.models import Case
from fieldops.desk import faces
from fieldops.desk.doors import desk_page
from fieldops.desk.pagedata import page_data
from fieldops.desk.words import word
from fieldops.dispatch.forms import NoArgs
from fieldops.dispatch.models import Assignment
from fieldops.lib.api import read_body
from fieldops.lib.clock import iso, now
from fieldops.lib.errors import NotFound
from fieldops.teams.access import require
from fieldops.teams.accounts import user_of
from fieldops.teams.models import User
from fieldops.timers.actions import retry_dead
from fieldops.timers.models import Timer
from fieldops.timers.queries import dead_timers, failing_timers, loops_alive


@ensure_csrf_cookie
@require_GET
@desk_page("timers.retry")
def show_timers(request: HttpRequest) -> HttpResponse:
    """The dead letters of this centre, and whether the loops go round."""
    user = user_of(request)
    return render(request, "desk/timers.html", {"page": page_data(user), **context(user, now())})


def context(user: User, at: dt.datetime) -> dict[str, Any]:
    """Return the dead letters, those that will be tried again, and how many loops are alive."""
    if user.center_id is None:
        raise NotFound()
    dead, failing = dead_timers(user.center_id), failing_timers(user.center_id)
    cases = _cases([*dead, *failing])
    return {
        "dead": [row_of(timer, cases, at) for timer in dead],
        "failing": [row_of(timer, cases, at) for timer in failing],
        "loops": len(loops_alive(at)),
    }


def row_of(timer: Timer, cases: dict[str, Case], at: dt.datetime) -> dict[str, Any]:
    """Return one timer: what it was to do, for which case, how often it failed and with what."""
    case = cases.get(str(timer.payload.get("assignment_id") or timer.payload.get("case_id")))
    return {
        "id": timer.pk,
        "what": word("timer", timer.kind),
        "kind": timer.kind,
        "case_id": str(case.pk) if case else "",
        "number": case.number if case else "",
        "due": faces.moment(timer.due_at, at),
        "dead": faces.moment(timer.dead_at, at) if timer.dead_at else "",
        "attempts": timer.attempts,
        "error": timer.last_error or _("no handler for it"),
    }


def _cases(timers: list[Timer]) -> dict[str, Case]:
    """Return the case behind each assignment or case id in the payloads, by that id."""
    ids = {
        uuid.UUID(t.payload[key])
        for t in timers
        for key in ("assignment_id", "case_id")
        if t.payload.get(key)
    }
    rows = Assignment.objects.filter(pk__in=ids).select_related("case")
    return {str(row.pk): row.case for row in rows} | {
        str(case.pk): case for case in Case.objects.filter(pk__in=ids)
    }


class Retry(APIView):
    """Try a dead letter again, from the first attempt, audited; one that lives is left alone."""

    @extend_schema(request=NoArgs, responses={200: OpenApiTypes.OBJECT})
    def post(self, request: Request, timer_id: int) -> Response:
        user = user_of(request)
        require(user, "timers.retry")
        read_body(NoArgs, request)
        if user.center_id is None:
            raise NotFound()
        timer = retry_dead(
            timer_id=timer_id, center_id=user.center_id, by_id=user.pk, by_name=user.name, at=now()
        )
        return Response({"id": timer.pk, "kind": timer.kind, "due_at": iso(timer.due_at)})
