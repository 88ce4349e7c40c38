"""A signed-in person who was disabled is signed out at the next request."""

from collections.abc import Callable

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse


class ActiveUser:
    """End the session of a disabled user, and keep API answers out of every cache."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and not request.user.is_active:
            logout(request)
        response = self.get_response(request)
        if not request.path.startswith(("/static/", "/m/")):
            response.headers.setdefault("Cache-Control", "no-store")
        return response
