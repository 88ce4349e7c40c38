"""What every request must pass before anything reads it."""

from collections.abc import Callable
from urllib.parse import unquote

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError

from fieldops.lib.errors import Problem, problem
from fieldops.lib.parsers import parse_json
from fieldops.lib.text import is_clean

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
# Bodies below this path are read by a library, with Python's own JSON reader.
SIGNING_IN = "/_allauth/"


class PlainTextGuard:
    """Refuse a bad Host, and with 400 on both databases what neither stores: NUL and surrogates.

    Looked at: path, query, headers, cookies, forms, and the JSON of signing in.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            request.get_host()
        except DisallowedHost:
            return problem(400, "bad_host", _("This host name is not served here."))
        if not (self._head_is_clean(request) and self._form_is_clean(request)):
            return problem(400, "malformed", _("The request has characters that cannot be stored."))
        if not self._json_is_sound(request):
            return problem(400, "malformed", _("The body cannot be read."))
        return self.get_response(request)

    @staticmethod
    def _head_is_clean(request: HttpRequest) -> bool:
        query = unquote(request.META.get("QUERY_STRING", ""), errors="surrogateescape")
        headers = [value for name, value in request.META.items() if name.startswith("HTTP_")]
        # A quoted cookie may spell NUL in ASCII; surrogates come neither in headers nor in cookies.
        return (
            is_clean(request.path)
            and is_clean(query)
            and not any("\x00" in value for value in (*headers, *request.COOKIES.values()))
        )

    @staticmethod
    def _form_is_clean(request: HttpRequest) -> bool:
        if request.content_type not in FORMS:
            return True
        return all(is_clean(value) for values in dict(request.POST).values() for value in values)

    @staticmethod
    def _json_is_sound(request: HttpRequest) -> bool:
        if not request.path.startswith(SIGNING_IN) or not request.body:
            return True
        try:
            parse_json(request.body)
        except (ParseError, Problem):
            return False
        return True
