"""Who may open a socket: a page of this very site, in a session that is signed in."""

from concurrent.futures import ThreadPoolExecutor
from http.cookies import CookieError
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import close_old_connections
from django.http import HttpRequest, parse_cookie

from fieldops.lib.text import is_clean
from fieldops.serving.pool import Receive, Scope, Send

# Channels' own database_sync_to_async shares one thread per process: a reconnecting crowd would queue.
SIGN_IN_THREADS = 4
_threads = ThreadPoolExecutor(SIGN_IN_THREADS, thread_name_prefix="socket-sign-in")

DEFAULT_PORTS = {"http": 80, "https": 443}


class SocketGate:
    """Wraps the socket routes: 403 without our Origin or a session; else sets `user` and `session_key`."""

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name.decode("latin1"): value.decode("latin1") for name, value in scope["headers"]}
        if not is_same_site(headers.get("origin", ""), headers.get("host", "")):
            await refuse(send)
            return

        session_key = _cookie(headers.get("cookie", ""))
        user = await sync_to_async(signed_in_user, thread_sensitive=False, executor=_threads)(session_key)
        if not user.is_authenticated:
            await refuse(send)
            return

        await self.application({**scope, "user": user, "session_key": session_key}, receive, send)


def is_same_site(origin: str, host: str) -> bool:
    """Compare `Origin` with `Host`: same name and port, and https where the site is served so."""
    try:
        theirs, ours = urlsplit(origin), urlsplit(f"//{host}")
        default = DEFAULT_PORTS.get(theirs.scheme)
        same_port = (theirs.port or default) == (ours.port or default)
    except ValueError:
        return False
    scheme_fits = theirs.scheme == "https" if settings.TLS else theirs.scheme in DEFAULT_PORTS
    return bool(theirs.hostname) and theirs.hostname == ours.hostname and same_port and scheme_fits


def signed_in_user(session_key: str) -> AbstractBaseUser | AnonymousUser:
    """Return whom a session belongs to, by the same checks as a page's request."""
    close_old_connections()
    try:
        request = HttpRequest()
        request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key or None)
        return get_user(request)
    finally:
        close_old_connections()


async def refuse(send: Send) -> None:
    """Answer the handshake with 403."""
    await send({"type": "websocket.close"})


async def no_such_socket(_scope: Scope, _receive: Receive, send: Send) -> None:
    """The route of last resort: an unknown path is refused without a traceback."""
    await refuse(send)


def _cookie(header: str) -> str:
    try:
        key = parse_cookie(header).get(settings.SESSION_COOKIE_NAME, "")
    except CookieError:
        return ""
    return key if is_clean(key) else ""
