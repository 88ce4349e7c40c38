"""The alarms on a supervisor's phone: what waits, whom to ring, and the crew that would be sent."""

import datetime as dt
import uuid
from typing import Any

from drf_spectacular.utils import OpenApiTypes, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from fieldops.cases.models import Case, Stage
from fieldops.desk.board import URGENT, alarm_row
from fieldops.desk.sentences import gate_words
from fieldops.desk.words import word
from fieldops.dispatch.models import LIVE
from fieldops.dispatch.recommend import recommend
from fieldops.feed.queries import open_alarms
from fieldops.lib.clock import iso, now
from fieldops.lib.errors import NotFound
from fieldops.teams.access import may
from fieldops.teams.accounts import user_of
from fieldops.teams.models import User

MOST = 30
# So many cases are ranked for one look: each is a recommendation of its own.
RANKED = 5


class Watch(APIView):
    """Open alarms in words, the urgent first, each with the crew to send where its case waits for one.

    To a crew member it only says `watches: false`: the phone app asks it once at each sign-in.
    """

    @extend_schema(responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request) -> Response:
        user = user_of(request)
        if not may(user, "cases.work"):
            return Response({"watches": False})
        return Response({"watches": True, **watched(user, now())})


def watched(user: User, at: dt.datetime) -> dict[str, Any]:
    """Return what the phone shows."""
    if user.center_id is None or user.post is None:
        raise NotFound()
    alarms = sorted(open_alarms(user.center_id), key=lambda alarm: alarm.kind not in URGENT)[:MOST]
    picks = _picks({alarm.case_id for alarm in alarms if alarm.case_id}, at)
    return {
        "server_time": iso(at),
        "center": user.post.center.name,
        "name": user.name,
        "alarms": [
            {**alarm_row(alarm, at), "raised_at": iso(alarm.raised_at), "pick": picks.get(alarm.case_id)}
            for alarm in alarms
        ],
    }


def _picks(case_ids: set[uuid.UUID], at: dt.datetime) -> dict[uuid.UUID | None, dict[str, Any]]:
    """Return the crew to send to each of these cases that waits for one, and why it would need a reason."""
    cases = Case.objects.filter(pk__in=case_ids, stage=Stage.TO_SEND).exclude(assignments__status__in=LIVE)
    cases = cases.select_related("whereabouts", "person").order_by("due_at")[:RANKED]
    return {case.pk: found for case in cases if (found := _pick(case, at))}


def _pick(case: Case, at: dt.datetime) -> dict[str, Any] | None:
    best = next((row for row in recommend(case, at=at) if row.verdict.verdict != "block"), None)
    if best is None:
        return None
    return {
        "team": str(best.crew.team_id),
        "call_sign": best.crew.team.call_sign,
        "level": word("level", case.level),
        "place": case.whereabouts.text if case.whereabouts else "",
        "minutes": round(best.eta_s / 60) if best.eta_s else None,
        "needs_reason": best.verdict.verdict == "warn",
        "gate": gate_words(best.verdict.reasons),
    }
