"""Server-rendered fragments, fetched again by id when an event names their subject."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from fieldops.cases.actions import keep_looking
from fieldops.cases.queries import case_for
from fieldops.desk import board, casepage, mappage
from fieldops.desk.doors import fragment
from fieldops.lib.clock import now
from fieldops.lib.errors import Invalid
from fieldops.teams.accounts import actor_of, user_of

MOST = 200


@require_GET
@fragment()
def board_parts(request: HttpRequest) -> HttpResponse:
    """`?strips=id,id&parts=crews,alarms,mine`: a strip that is no longer open is not in the answer."""
    user, at = user_of(request), now()
    parts = set(request.GET.get("parts", "").split(","))
    ids = _ids(request.GET.get("strips", ""))
    mine_needed = "mine" in parts
    read = board.read_board(user, at, None if mine_needed else ids)
    wanted = set(ids)
    context = {
        "strips": [board.strip_of(read, case) for case in read.cases if case.pk in wanted],
        "crews": board.crew_cells(user, at) if "crews" in parts else None,
        "alarms": board.alarm_rows(user, at) if "alarms" in parts else None,
        "mine": board.in_my_hands(read) if mine_needed else None,
    }
    return render(request, "desk/board/parts.html", context)


@require_GET
@fragment()
def case_parts(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """The live parts of a case's page."""
    user, at = user_of(request), now()
    case = case_for(user, case_id)
    keep_looking(case=case, by=actor_of(request), at=at)
    parts = [part for part in request.GET.get("parts", "").split(",") if part in casepage.PARTS]
    return render(request, "desk/case/parts.html", {**casepage.whole(user, case, at), "parts": parts})


@require_GET
@fragment()
def map_list(request: HttpRequest) -> HttpResponse:
    """The map's left list and its points."""
    return render(request, "desk/map_parts.html", mappage.context(user_of(request), now()))


def _ids(text: str) -> list[uuid.UUID]:
    try:
        return [uuid.UUID(part) for part in text.split(",") if part][:MOST]
    except ValueError as error:
        raise Invalid(errors={"strips": ["not an id"]}) from error
