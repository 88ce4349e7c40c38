"""Refuse to start with a gateway that could not be trusted or spoken to."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

KINDS = ("voice", "sms")


@register
def check_gateway(**kwargs: Any) -> list[CheckMessage]:
    """A gateway needs an http(s) address, a key for its signatures, and a kind we know."""
    return [*_push_problems(), *(_gateway_problems() if settings.RING_URL else [])]


def _push_problems() -> list[CheckMessage]:
    if settings.PUSH and not settings.PUSH_CONTACT.startswith("mailto:"):
        return [
            Error("FIELDOPS_PUSH is on without FIELDOPS_PUSH_CONTACT, a mailto: address", id="dispatch.E009")
        ]
    return []


def _gateway_problems() -> list[CheckMessage]:
    wrong = {
        "FIELDOPS_RING_URL is not an http(s) address": urlsplit(settings.RING_URL).scheme
        not in ("http", "https"),
        "FIELDOPS_RING_URL is set without FIELDOPS_RING_SECRET": len(settings.RING_SECRET) < 16,
        f"FIELDOPS_RING_KIND is none of {', '.join(KINDS)}": settings.RING_KIND not in KINDS,
        "FIELDOPS_RING_LANG is no language of ours": settings.RING_LANG not in dict(settings.LANGUAGES),
    }
    return [
        Error(words, id=f"dispatch.E00{n}")
        for n, (words, is_wrong) in enumerate(wrong.items(), 1)
        if is_wrong
    ]
