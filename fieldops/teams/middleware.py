"""A signed-in person who was disabled is signed out at the next request."""

from collections.abc import Callable

from django.contrib.auth import SESSION_KEY, logout
from django.http import HttpRequest, HttpResponse


class ActiveUser:
    """End the session of a disabled user, and keep API answers out of every cache."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # A disabled user comes as nobody: his session must not wait for the day he is enabled again.
        if SESSION_KEY in request.session and not (request.user.is_authenticated and request.user.is_active):
            logout(request)
        response = self.get_response(request)
        if not request.path.startswith(("/static/", "/m/")):
            response.headers.setdefault("Cache-Control", "no-store")
        return response
