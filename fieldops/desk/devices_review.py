"""What phones sent that a person must judge: disputes, then late, unreadable and handed-in ones."""

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET

from fieldops.desk import faces
from fieldops.desk.devices_words import ARGS, sent_word, why_words
from fieldops.desk.doors import desk_page, fragment
from fieldops.desk.pagedata import page_data
from fieldops.desk.review import visit_of
from fieldops.desk.strips import is_disputed
from fieldops.lib.clock import now
from fieldops.outcomes.models import VisitReport
from fieldops.playbook.queries import type_short_names
from fieldops.sync.models import ReviewItem
from fieldops.teams.access import may, visible
from fieldops.teams.accounts import user_of
from fieldops.teams.models import User

MOST = 200
DONE_SHOWN = 20
DISPUTES_FOR = dt.timedelta(days=60)


@ensure_csrf_cookie
@require_GET
@desk_page()
def show_held(request: HttpRequest) -> HttpResponse:
    """The list, oldest first."""
    user = user_of(request)
    data = page_data(user)
    return render(request, "desk/held.html", {"page": data, **context(user, now())})


@require_GET
@fragment()
def held_rows(request: HttpRequest) -> HttpResponse:
    """The live part of the page."""
    return render(request, "desk/held_rows.html", context(user_of(request), now()))


def context(user: User, at: dt.datetime) -> dict[str, Any]:
    """Return the disputes, what waits, and what was decided last."""
    items = visible(ReviewItem.objects.all(), user).select_related("user", "case", "decided_by")
    waiting = list(items.filter(decided_at__isnull=True).order_by("received_at", "pk")[:MOST])
    done = list(items.filter(decided_at__isnull=False).order_by("-decided_at")[:DONE_SHOWN])
    disputes = disputes_of(user, at)
    return {
        "disputes": disputes,
        "waiting": [item_of(item, at) for item in waiting],
        "done": [item_of(item, at) for item in done],
        "total": len(disputes) + len(waiting),
        "decides": may(user, "outcomes.decide"),
        "args_words": {name: str(words) for name, words in ARGS.items()},
    }


def item_of(item: ReviewItem, at: dt.datetime) -> dict[str, Any]:
    """Return one thing to judge, without what it says."""
    return {
        "id": str(item.pk),
        "kind": item.kind,
        "what": sent_word(item.type) if item.type else _("something unreadable"),
        "why": why_words(item.code),
        "who": item.user.name,
        "at": faces.moment(item.received_at, at),
        "case_id": str(item.case_id) if item.case_id else "",
        "number": item.case.number if item.case else "",
        "stored": item.kind == ReviewItem.Kind.FLAGGED,
        "accepted": item.decision == ReviewItem.Decision.ACCEPT,
        "decided": faces.moment(item.decided_at, at) if item.decided_at else "",
        "by": item.decided_by.name if item.decided_by else "",
        "reason": item.reason,
    }


def disputes_of(user: User, at: dt.datetime) -> list[dict[str, Any]]:
    """Return the visits whose two reports differ and nobody has picked, oldest first."""
    rows = visible(VisitReport.objects.filter(filed_at__gte=at - DISPUTES_FOR), user)
    rows = rows.select_related("author", "assignment__team", "case").order_by("filed_at")
    visits: dict[Any, list[VisitReport]] = {}
    for report in rows:
        visits.setdefault(report.assignment_id, []).append(report)
    names = type_short_names(get_language() or "")
    return [
        {
            **visit_of(reports[0].assignment, reports, names, at),
            "number": reports[0].case.number,
            "case_id": str(reports[0].case_id),
        }
        for reports in visits.values()
        if is_disputed(reports)
    ]
