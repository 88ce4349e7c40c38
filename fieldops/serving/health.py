"""How this process and what it leans on are: `/healthz`, `/readyz`, `/metrics`."""

import datetime as dt
import logging
from collections.abc import Callable

import redis
from django.conf import settings
from django.db import connection
from django.db.models import Max
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django_prometheus.exports import ExportToDjangoView

from fieldops.lib.clock import now
from fieldops.lib.errors import problem
from fieldops.timers.models import TimerBeat

log = logging.getLogger(__name__)

# A beat is written every 5 s; a hung loop must show within 30 s.
BEAT_OLD_S = 25
LAYER_TIMEOUT_S = 2
LOOPBACK = ("127.0.0.1", "::1", "::ffff:127.0.0.1")


def database_answers() -> bool:
    """Ask the database for the simplest thing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone() == (1,)


def layer_answers() -> bool:
    """Ask Redis where it carries the wakes; the in-memory layer lives and dies with the process."""
    if not settings.REDIS_URL:
        return True
    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=LAYER_TIMEOUT_S, socket_connect_timeout=LAYER_TIMEOUT_S
    )
    try:
        return bool(client.ping())
    finally:
        client.close()


def timers_beat() -> bool:
    """Tell whether some timers' loop went round just now."""
    last = TimerBeat.objects.aggregate(last=Max("at"))["last"]
    return last is not None and now() - last < dt.timedelta(seconds=BEAT_OLD_S)


CHECKS: dict[str, Callable[[], bool]] = {
    "database": database_answers,
    "layer": layer_answers,
    "timers": timers_beat,
}


@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is asked."""
    return JsonResponse({"ok": True})


@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when database, layer and timers all answer; else 503 naming which do not."""
    found = {name: _passes(name, check) for name, check in CHECKS.items()}
    ready = all(found.values())
    return JsonResponse({"ok": ready, "checks": found}, status=200 if ready else 503)


def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus figures, for a collector on this machine only."""
    if request.META.get("REMOTE_ADDR") not in LOOPBACK or "HTTP_X_FORWARDED_FOR" in request.META:
        return problem(403, "loopback_only", _("This is read on the server itself."))
    return ExportToDjangoView(request)


def _passes(name: str, check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception as error:
        # The kind is enough: an error's text may carry an address or a password.
        log.warning("readyz: %s failed with %s", name, type(error).__name__)
        return False
