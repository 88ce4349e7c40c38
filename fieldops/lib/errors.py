"""Errors in words and for machines: `application/problem+json` (RFC 9457) with a stable `code`."""

import logging
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import OperationalError, connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions
from rest_framework.response import Response

from fieldops.lib.db import give_up_connection

log = logging.getLogger(__name__)

PROBLEM_TYPE = "application/problem+json"
# Asking for what is another's, or not allowed: one line each, so that who tries doors is seen.
LOGGED = frozenset({403, 404})


class Problem(Exception):
    """A refusal: HTTP status, stable code, words for the reader, extra members for the machine."""

    status = 409
    code = "conflict"
    words: Any = gettext_lazy("This cannot be done now.")

    def __init__(self, code: str = "", words: Any = "", *, status: int = 0, **extra: Any) -> None:
        self.code = code or self.code
        self.words = words or self.words
        self.status = status or self.status
        self.extra = extra
        super().__init__(f"{self.status} {self.code}")

    def body(self) -> dict[str, Any]:
        return problem_body(self.status, self.code, str(self.words), **self.extra)


class NotFound(Problem):
    """No such row, or not within reach: the same answer, so nobody learns which."""

    status = 404
    code = "not_found"
    words = gettext_lazy("There is no such thing within your reach.")


class Forbidden(Problem):
    """The role does not allow it."""

    status = 403
    code = "role_forbidden"
    words = gettext_lazy("Your role does not allow this.")


class Invalid(Problem):
    """The input is wrong; `errors` names the fields."""

    status = 400
    code = "invalid"
    words = gettext_lazy("Some fields are wrong.")


class WrongState(Problem):
    """The move table has no such move from here, or somebody was faster."""

    code = "wrong_state"
    words = gettext_lazy("This is no longer possible in the present state.")


def problem_body(status: int, code: str, words: str, **extra: Any) -> dict[str, Any]:
    """Return the problem document."""
    return {"type": f"urn:fieldops:{code}", "title": words, "status": status, "code": code, **extra}


def problem(status: int, code: str, words: str, **extra: Any) -> HttpResponse:
    """Return the problem document as a plain Django response."""
    body = problem_body(status, code, words, **extra)
    return JsonResponse(body, status=status, content_type=PROBLEM_TYPE)


# Which exception becomes which (status, code, words): read top down, first match wins.
TRANSLATIONS: list[tuple[type[BaseException], int, str, Any]] = [
    (exceptions.NotAuthenticated, 401, "signed_out", gettext_lazy("Sign in first.")),
    (exceptions.AuthenticationFailed, 401, "signed_out", gettext_lazy("Sign in first.")),
    (exceptions.ParseError, 400, "malformed", gettext_lazy("The body cannot be read.")),
    (exceptions.UnsupportedMediaType, 415, "media_type", gettext_lazy("This media type is not read here.")),
    (exceptions.MethodNotAllowed, 405, "method", gettext_lazy("This method is not allowed here.")),
    (exceptions.NotAcceptable, 406, "not_acceptable", gettext_lazy("This form is not offered here.")),
    (exceptions.Throttled, 429, "too_many", gettext_lazy("Too many requests.")),
    (exceptions.PermissionDenied, 403, "role_forbidden", Forbidden.words),
    (PermissionDenied, 403, "role_forbidden", Forbidden.words),
    (exceptions.NotFound, 404, "not_found", NotFound.words),
    (Http404, 404, "not_found", NotFound.words),
    (RequestDataTooBig, 413, "too_large", gettext_lazy("The body is too large.")),
    (SuspiciousOperation, 400, "malformed", gettext_lazy("The request cannot be read.")),
    (OperationalError, 503, "busy", gettext_lazy("The database is busy; try again.")),
]


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """Translate any exception of an API view into a problem response (DRF's EXCEPTION_HANDLER)."""
    if isinstance(error, OperationalError) and not connection.is_usable():
        give_up_connection()
    response = _translated(error)
    if response is not None and response.status_code in LOGGED:
        log_refusal(response.status_code, response.data["code"], context["request"]._request)
    return response


def _translated(error: Exception) -> Response | None:
    if isinstance(error, Problem):
        return _response(error.status, error.body())
    if isinstance(error, exceptions.ValidationError):
        body = problem_body(400, "invalid", str(Invalid.words), errors=error.get_full_details())
        return _response(400, body)
    for kind, status, code, words in TRANSLATIONS:
        if isinstance(error, kind):
            code, words = _as_csrf(error, code, words)
            return _response(status, problem_body(status, code, str(words)))
    return None


def _as_csrf(error: BaseException, code: str, words: Any) -> tuple[str, Any]:
    """A failed CSRF check reaches DRF as PermissionDenied; the phone must tell it from a wrong role."""
    if isinstance(error, exceptions.PermissionDenied) and str(error.detail).startswith("CSRF"):
        return "csrf_failed", _("The page is stale; load it again.")
    return code, words


def _response(status: int, body: dict[str, Any]) -> Response:
    response = Response(body, status=status, content_type=PROBLEM_TYPE)
    if status == 503:
        response["Retry-After"] = "2"
    return response


def log_refusal(status: int, code: str, request: HttpRequest) -> None:
    """Write who was refused what, by ids alone: the path's other words and the query may name a person."""
    match = request.resolver_match
    ids = (
        {name: value for name, value in match.kwargs.items() if isinstance(value, UUID | int)}
        if match
        else {}
    )
    user_id = getattr(getattr(request, "user", None), "pk", None)
    log.warning(
        "refused %s %s: user %s %s %s %s",
        status, code, user_id, request.method, match.route if match else "", ids,
    )  # fmt: skip


def bad_request(request: HttpRequest, exception: BaseException) -> HttpResponse:
    """Django's handler400."""
    return problem(400, "malformed", _("The request cannot be read."))


def not_found(request: HttpRequest, exception: BaseException) -> HttpResponse:
    """Django's handler404."""
    return problem(404, "not_found", str(NotFound.words))


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500: the log has the trace, the reader has words."""
    return problem(500, "fault", _("Something broke here; it has been recorded."))
