"""Signing in: the session of the API, the closed door of allauth, lock-out in words."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request

from fieldops.lib.errors import problem
from fieldops.teams.actor import Actor, actor
from fieldops.teams.models import User
from fieldops.teams.revoked import refuse_revoked

NAME_LENGTH = 255  # of the column in which axes keeps whom somebody tried to be


class SessionAuth(SessionAuthentication):
    """The browser's session; an expired one is 401 with a challenge, not DRF's default 403.

    A session on a phone that was taken off the list is refused with `device_revoked`, whatever it asks.
    """

    def authenticate(self, request: Request) -> Any:
        found = super().authenticate(request)
        if found:
            refuse_revoked(request._request.session)
        return found

    def authenticate_header(self, request: Request) -> str:
        return "Session"


def user_of(request: Request | HttpRequest) -> User:
    """Return the signed-in person of a request. Raises NotAuthenticated (401) when there is none."""
    if not isinstance(request.user, User):
        raise NotAuthenticated()
    return request.user


def actor_of(request: Request | HttpRequest) -> Actor:
    """Return the signed-in person as the doer of a change."""
    return actor(user_of(request))


class SessionAuthSchema(OpenApiAuthenticationExtension):
    """How the API's document names the session cookie."""

    target_class = SessionAuth
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}


class ClosedAccounts(DefaultAccountAdapter):
    """Accounts are made by an administrator, never by sign-up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


def name_tried(request: HttpRequest, credentials: Any = None) -> str | None:
    """Return the user name of an attempt to sign in, no longer than the column that remembers it."""
    said = credentials if credentials is not None else request.POST
    name = said.get("username")
    return str(name)[:NAME_LENGTH] if name is not None else None


def locked_out(request: HttpRequest, credentials: Any = None, *args: Any) -> HttpResponse:
    """Answer a locked-out sign-in (axes: by user name and address together)."""
    response = problem(429, "locked_out", _("Too many wrong passwords from here; wait 15 minutes."))
    response["Retry-After"] = "900"
    return response


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a failed CSRF check; the phone fetches a new token on this code."""
    return problem(403, "csrf_failed", _("The page is stale; load it again."))
