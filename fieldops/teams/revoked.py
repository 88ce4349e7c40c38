"""A phone taken off the list reads nothing more; a short-lived token lets it hand in what it holds."""

import uuid
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.core import signing
from django.utils.translation import gettext_lazy as _

from fieldops.lib.errors import Problem
from fieldops.teams.models import Device

SALT = "fieldops.sync.ingest"
SESSION_DEVICE = "device_id"


class Revoked(Problem):
    """This phone may not read any more (403 `device_revoked`, with an `ingest_token` that only writes)."""

    status = 403
    code = "device_revoked"
    words = _("This phone was taken off the centre's list.")


def refusal_of(device: Device) -> Revoked:
    """Return the refusal for a phone that was taken off the list, with a fresh token."""
    return Revoked(ingest_token=ingest_token(device), ingest_for_s=settings.INGEST_TOKEN_S)


def ingest_token(device: Device) -> str:
    """Return a signed token with which this phone may hand in commands, and nothing else."""
    return signing.dumps({"device": str(device.pk)}, salt=SALT)


def device_of_token(token: str) -> Device | None:
    """Return the phone a token was made for, while the token is fresh."""
    try:
        said: dict[str, Any] = signing.loads(token, salt=SALT, max_age=settings.INGEST_TOKEN_S)
        return Device.objects.select_related("user").filter(pk=uuid.UUID(said["device"])).first()
    except (signing.BadSignature, KeyError, ValueError, TypeError):
        return None


def bind_session(session: SessionBase, device: Device) -> None:
    """Remember whose phone this session is on: taken off the list, the whole session reads nothing."""
    if session.get(SESSION_DEVICE) != str(device.pk):
        session[SESSION_DEVICE] = str(device.pk)


def device_in(session: SessionBase) -> uuid.UUID | None:
    """Return whose phone this session was on before."""
    known = session.get(SESSION_DEVICE)
    return uuid.UUID(known) if known else None


def refuse_revoked(session: SessionBase) -> None:
    """Raise Revoked where the session is on a phone that was taken off the list."""
    device_id = session.get(SESSION_DEVICE)
    if not device_id:
        return
    device = Device.objects.filter(pk=device_id, revoked_at__isnull=False).first()
    if device:
        raise refusal_of(device)
