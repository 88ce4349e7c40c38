"""`/day`: the day sheet as a page; every figure opens its cases."""

import datetime as dt
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from fieldops.desk.day_figures import Sheet
from fieldops.desk.day_titles import title_of
from fieldops.lib.clock import in_our_time, now
from fieldops.lib.errors import Problem
from fieldops.stats.actions import store_day_sheet
from fieldops.stats.queries import (
    Shown,
    cases_behind,
    center_of,
    issued_so_far,
    sheets_for,
    show_day,
    today,
)
from fieldops.teams.access import may
from fieldops.teams.accounts import actor_of, user_of
from fieldops.teams.models import User
from fieldops.teams.revoked import refuse_revoked

ONE_DAY = dt.timedelta(days=1)
REVISION_DIGITS = 9


@login_required
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Show a day: the newest revision, the one asked for, or a preview of a day nobody stored."""
    user, at = _reader(request), now()
    date = _date(request.GET.get("date"), at)
    revision = request.GET.get("revision", "")
    shown = _shown(user, date, _revision(revision), at)
    sheet = Sheet(shown, f"/day?{_query(date, revision)}")
    figure = request.GET.get("figure", "")
    context = {
        "sheet": sheet,
        "shown": shown,
        "at": at,
        "previous": f"/day?{_query(date - ONE_DAY)}",
        "next": f"/day?{_query(date + ONE_DAY)}" if date < today(at) else "",
        "plain": f"/day?{_query(date, revision)}",
        "file": f"/api/v1/stats/daily?{_query(date, revision)}&format=",
        "today_count": issued_so_far(shown.center, at),
        "may_export": may(user, "stats.export"),
        "may_open": may(user, "cases.see"),
        "figure": figure,
        "figure_title": title_of(figure, shown.body, sheet.names) if figure else "",
        "cases": sheet.opened(cases_behind(user, shown.refs, figure)) if figure else [],
        "problem": request.GET.get("problem", ""),
    }
    return render(request, "desk/day.html", context)


@login_required
@require_POST
def store(request: HttpRequest) -> HttpResponse:
    """Store the day, and show it again."""
    user, at = _reader(request), now()
    if not may(user, "stats.export"):
        raise PermissionDenied
    date = _date(request.POST.get("date"), at)
    try:
        store_day_sheet(center_id=center_of(user).pk, date=date, by=actor_of(request), at=at)
    except Problem as error:
        return redirect(f"/day?{_query(date)}&{urlencode({'problem': str(error.words)})}")
    return redirect(f"/day?{_query(date)}")


def _reader(request: HttpRequest) -> User:
    user = user_of(request)
    try:
        refuse_revoked(request.session)
    except Problem as refusal:
        raise PermissionDenied(str(refusal.words)) from refusal
    if not may(user, "stats.see") or user.post is None:
        raise PermissionDenied
    return user


def _date(text: str | None, at: dt.datetime) -> dt.date:
    """Return the day asked for; today without one."""
    if not text:
        return today(at)
    try:
        found = dt.date.fromisoformat(text)
    except ValueError as error:
        raise Http404(_("There is no such day.")) from error
    if not in_our_time(found):
        raise Http404(_("There is no such day."))
    return min(found, today(at))


def _revision(text: str) -> int | None:
    """Return the revision asked for; one with more digits than a day can have is none there is."""
    return int(text[:REVISION_DIGITS]) if text.isdecimal() else None


def _shown(user: User, date: dt.date, revision: int | None, at: dt.datetime) -> Shown:
    try:
        return show_day(sheets_for(user), center_of(user), date, at=at, revision=revision)
    except Problem as error:
        raise Http404(str(error.words)) from error


def _query(date: dt.date, revision: str = "") -> str:
    return urlencode({"date": date.isoformat(), **({"revision": revision} if revision else {})})
