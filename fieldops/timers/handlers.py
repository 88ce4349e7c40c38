"""The literal table in settings, resolved and checked at start."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.utils.module_loading import import_string

Handler = Callable[[dict[str, Any], dt.datetime], None]


class UnknownKind(Exception):
    """A timer's kind is not in settings.TIMER_HANDLERS."""


def handler_of(kind: str) -> Handler:
    """Return what a timer of `kind` does when due. Raises UnknownKind."""
    path = settings.TIMER_HANDLERS.get(kind)
    if path is None:
        raise UnknownKind(kind)
    found: Handler = import_string(path)
    return found


@register
def check_handlers(**kwargs: Any) -> list[CheckMessage]:
    """Refuse to start with a kind or pass that leads nowhere."""
    problems: list[CheckMessage] = []
    for path in [*settings.TIMER_HANDLERS.values(), *settings.TIMER_PASSES]:
        try:
            import_string(path)
        except ImportError as error:
            problems.append(Error(f"timer handler {path} cannot be imported: {error}", id="timers.E001"))
    return problems
