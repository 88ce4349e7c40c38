"""What every request must pass before anything reads it."""

from collections.abc import Callable
from urllib.parse import unquote

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from fieldops.lib.errors import problem
from fieldops.lib.text import is_clean


class PlainTextGuard:
    """Refuse a bad Host, and NUL or surrogates in path, query or form, with 400 on both databases."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            request.get_host()
        except DisallowedHost:
            return problem(400, "bad_host", _("This host name is not served here."))
        query = unquote(request.META.get("QUERY_STRING", ""), errors="surrogateescape")
        if not is_clean(request.path) or not is_clean(query) or not self._form_is_clean(request):
            return problem(400, "malformed", _("The request has characters that cannot be stored."))
        return self.get_response(request)

    @staticmethod
    def _form_is_clean(request: HttpRequest) -> bool:
        if request.content_type not in ("application/x-www-form-urlencoded", "multipart/form-data"):
            return True
        return all(is_clean(value) for values in dict(request.POST).values() for value in values)
