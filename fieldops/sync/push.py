"""Keep where a phone's browser can be pinged: sealed, for it opens that browser's bell to whoever has it."""

import datetime as dt

from django.conf import settings

from fieldops.audit.actions import append
from fieldops.feed.changes import change
from fieldops.lib.db import locked
from fieldops.lib.sealed import seal_row
from fieldops.teams.models import Device, User


def push_on() -> bool:
    """Tell whether this installation pings phones through their browsers' makers."""
    return bool(settings.PUSH)


def keep_subscription(*, device: Device, user: User, endpoint: str | None, at: dt.datetime) -> Device:
    """Keep the newest address of a phone's browser, or forget it with `None`."""
    with change():
        device = locked(Device.objects).get(pk=device.pk)
        if endpoint is None:
            device.push = None
        else:
            seal_row(device, {"endpoint": endpoint}, "push")
        device.save(update_fields=["push"])
        append(
            verb="device.push" if endpoint else "device.push_off", subject_kind="device",
            subject_id=device.pk, at=at, actor_id=user.pk, center_id=user.center_id,
        )  # fmt: skip
        return device
