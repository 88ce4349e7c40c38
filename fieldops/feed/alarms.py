"""Raise and acknowledge alarms."""

import datetime as dt
import uuid
from typing import Any

from django.db import IntegrityError
from django.db.models import Q

from fieldops.audit.actions import append
from fieldops.feed.changes import change, savepoint
from fieldops.feed.models import Alarm, desk
from fieldops.feed.wire import alarm_wire
from fieldops.lib.db import locked
from fieldops.lib.errors import NotFound


def raise_alarm(
    *,
    center_id: uuid.UUID,
    kind: str,
    key: str,
    at: dt.datetime,
    params: dict[str, Any] | None = None,
    case_id: uuid.UUID | None = None,
    case_number: str = "",
    assignment_id: uuid.UUID | None = None,
) -> Alarm:
    """Put an alarm on the centre's desk; the same open `key` again returns the one already there."""
    with change() as changed:
        alarm = Alarm(
            center_id=center_id,
            kind=kind,
            key=key,
            params=params or {},
            case_id=case_id,
            case_number=case_number,
            assignment_id=assignment_id,
            raised_at=at,
        )
        if already := _open_alarm(key) or _lost_race(alarm):
            return already

        changed.publish(
            "alarm.raised",
            subject=("alarm", alarm.pk),
            version=alarm.version,
            at=at,
            body=alarm_wire(alarm),
            recipients=[desk(center_id)],
        )
        return alarm


def _open_alarm(key: str) -> Alarm | None:
    return Alarm.objects.filter(key=key, acknowledged_at__isnull=True).first()


def _lost_race(alarm: Alarm) -> Alarm | None:
    """Save a new alarm; when another process just raised its key, return that one."""
    try:
        with savepoint():
            alarm.save(force_insert=True)
    except IntegrityError:
        return _open_alarm(alarm.key)
    return None


def acknowledge_alarm(
    *,
    alarm_id: uuid.UUID,
    center_id: uuid.UUID,
    by_id: uuid.UUID | None,
    by_name: str,
    at: dt.datetime,
    told_by_phone: bool = False,
) -> Alarm:
    """Take an alarm off the desk, with name and time; again is harmless. Raises NotFound."""
    with change() as changed:
        alarm = locked(Alarm.objects).filter(pk=alarm_id, center_id=center_id).first()
        if alarm is None:
            raise NotFound()
        if alarm.acknowledged_at:
            return alarm

        alarm.acknowledged_at = at
        alarm.acknowledged_by = by_id
        alarm.acknowledged_by_name = by_name
        alarm.told_by_phone_at = at if told_by_phone else None
        alarm.version += 1
        alarm.save(
            update_fields=[
                "acknowledged_at", "acknowledged_by", "acknowledged_by_name", "told_by_phone_at", "version",
            ]
        )  # fmt: skip

        append(
            verb="alarm.acknowledge",
            subject_kind="alarm",
            subject_id=alarm.pk,
            at=at,
            actor_id=by_id,
            center_id=center_id,
        )
        changed.publish(
            "alarm.acknowledged",
            subject=("alarm", alarm.pk),
            version=alarm.version,
            at=at,
            body=alarm_wire(alarm),
            recipients=[desk(center_id)],
        )
        return alarm


def settle_alarms(*, prefix: str, at: dt.datetime, by_name: str = "") -> None:
    """Acknowledge every open alarm whose key is `prefix` or goes on from it after a colon: its cause is gone.

    Whole parts only: `timer:1` is not what `timer:10` begins with.
    """
    stem = prefix.removesuffix(":")
    named = Q(key=stem) | Q(key__startswith=f"{stem}:")
    for alarm in Alarm.objects.filter(named, acknowledged_at__isnull=True).order_by("pk"):
        acknowledge_alarm(alarm_id=alarm.pk, center_id=alarm.center_id, by_id=None, by_name=by_name, at=at)
