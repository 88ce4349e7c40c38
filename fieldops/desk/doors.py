"""Who may come in: one decorator for pages, one for fragments; a Problem becomes a page or a document."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from fieldops.lib.errors import Problem, log_refusal, problem
from fieldops.teams.access import require
from fieldops.teams.accounts import user_of
from fieldops.teams.models import User
from fieldops.teams.revoked import refuse_revoked

View = Callable[..., HttpResponse]

# Where a person begins; a role not named here begins on the board.
HOME = {"member": "/m/", "analyst": "/day", "admin": "/admin/"}


def desk_page(capability: str = "cases.see") -> Callable[[View], View]:
    """Open a page to those with the capability; others are sent to their own, or told so in words."""

    def wrap(view: View) -> View:
        @wraps(view)
        def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not isinstance(request.user, User):
                return HttpResponseRedirect(f"/sign-in?next={quote(request.get_full_path())}")
            if request.path == "/" and request.user.role in HOME:
                return HttpResponseRedirect(HOME[request.user.role])
            try:
                refuse_revoked(request.session)
                require(request.user, capability)
                return view(request, *args, **kwargs)
            except Problem as refusal:
                log_refusal(refusal.status, refusal.code, request)
                context = {"words": str(refusal.words), "code": refusal.code}
                return render(request, "desk/refused.html", context, status=refusal.status)

        return opened

    return wrap


def fragment(capability: str = "cases.see") -> Callable[[View], View]:
    """Open a fragment to those with the capability; a refusal is a problem document."""

    def wrap(view: View) -> View:
        @wraps(view)
        def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                if not isinstance(request.user, User):
                    return problem(401, "signed_out", "")
                refuse_revoked(request.session)
                require(user_of(request), capability)
                return view(request, *args, **kwargs)
            except Problem as refusal:
                log_refusal(refusal.status, refusal.code, request)
                return problem(refusal.status, refusal.code, str(refusal.words))

        return opened

    return wrap
