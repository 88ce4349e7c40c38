"""The centre's pages: read for this person, render; nothing is decided here."""

import uuid

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_POST

from fieldops.cases import queries
from fieldops.cases.actions import look_at_case
from fieldops.desk import board, casepage, followups, mappage
from fieldops.desk.doors import HOME, desk_page
from fieldops.desk.pagedata import page_data
from fieldops.desk.strips import short_number
from fieldops.desk.words import word
from fieldops.lib.clock import now
from fieldops.teams.accounts import actor_of, user_of
from fieldops.teams.models import User

FOUND = 50


@ensure_csrf_cookie
@require_GET
def sign_in(request: HttpRequest) -> HttpResponse:
    """The form; it is sent to allauth, so that page and phone sign in by one door."""
    asked = request.GET.get("next", "")
    safe = asked if url_has_allowed_host_and_scheme(asked, allowed_hosts={request.get_host()}) else "/"
    if isinstance(request.user, User):
        return HttpResponseRedirect(HOME.get(request.user.role, safe))
    return render(request, "desk/sign_in.html", {"next": safe})


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session and empty the browser's cache of this site.

    Storage and cookies are left: a phone's unsent reports may lie on the same origin.
    """
    logout(request)
    response = HttpResponseRedirect("/sign-in")
    response["Clear-Site-Data"] = '"cache"'
    return response


@ensure_csrf_cookie
@require_GET
@desk_page()
def show_board(request: HttpRequest) -> HttpResponse:
    """The board."""
    user, at = user_of(request), now()
    data = page_data(user)
    read = board.read_board(user, at)
    context = {
        "page": data,
        "lanes": board.lanes(read),
        "total": len(read.cases),
        "crews": board.crew_cells(user, at),
        "alarms": board.alarm_rows(user, at),
        "mine": board.in_my_hands(read),
        "follow_ups": board.due_follow_ups(user, at),
        "demo": settings.DEMO,
    }
    return render(request, "desk/board.html", context)


@ensure_csrf_cookie
@require_GET
@desk_page()
def show_case(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """One case with both tracks; the look is audited before the data is read."""
    user, at = user_of(request), now()
    case = queries.case_for(user, case_id)
    look_at_case(case=case, by=actor_of(request), at=at)
    data = page_data(user)
    context = {"page": data, **casepage.whole(user, case, at)}
    return render(request, "desk/case.html", context)


@require_GET
@desk_page()
def show_sheet(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """The minute sheet, for print."""
    user, at = user_of(request), now()
    case = queries.case_for(user, case_id)
    look_at_case(case=case, by=actor_of(request), at=at)
    return render(request, "desk/minute_sheet.html", casepage.sheet(user, case, at))


@require_GET
@desk_page()
def find(request: HttpRequest) -> HttpResponse:
    """Cases by number, telephone, name or ID number; one hit opens at once."""
    user, text = user_of(request), request.GET.get("text", "").strip()[:80]
    rows = (
        list(queries.search(queries.cases_for(user), text).order_by("-received_at")[:FOUND]) if text else []
    )
    if len(rows) == 1:
        return HttpResponseRedirect(f"/cases/{rows[0].pk}")
    at = now()
    read = board.Now(user, at, cases=rows)
    found = [
        {
            "id": str(case.pk),
            "number": case.number,
            "short": short_number(case.number),
            "level": case.level,
            "letter": word("letter", case.level),
            "name": case.person.name_mask,
            "phone": case.person.phone_mask,
            "stage": word("stage", case.stage),
            "at": case.received_at,
        }
        for case in read.cases
    ]
    return render(request, "desk/find.html", {"page": page_data(user), "found": found, "text": text})


@ensure_csrf_cookie
@require_GET
@desk_page()
def show_map(request: HttpRequest) -> HttpResponse:
    """Crews, cases, schools and stations on the schematic ground."""
    user = user_of(request)
    data = page_data(user)
    return render(request, "desk/map.html", {"page": data, **mappage.context(user, now())})


@ensure_csrf_cookie
@require_GET
@desk_page()
def show_follow_ups(request: HttpRequest) -> HttpResponse:
    """Return visits, the overdue first."""
    user = user_of(request)
    return render(
        request, "desk/follow_ups.html", {"page": page_data(user), **followups.context(user, now())}
    )


@ensure_csrf_cookie
@require_GET
@desk_page("intake.import")
def show_import(request: HttpRequest) -> HttpResponse:
    """Upload a file of alerts."""
    return render(request, "desk/import.html", {"page": page_data(user_of(request))})
