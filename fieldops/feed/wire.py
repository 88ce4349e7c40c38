"""The envelope: one feed row as the phone and the desk read it."""

from typing import Any

from fieldops.feed.changes import secret_place
from fieldops.feed.models import Alarm, FeedRow
from fieldops.lib.clock import iso
from fieldops.lib.sealed import unseal


def event_wire(row: FeedRow) -> dict[str, Any]:
    """Return the event; the secret is opened here, on the way to the one it was sealed for."""
    event: dict[str, Any] = {
        "seq": row.seq,
        "kind": row.kind,
        "v": row.v,
        "subject": {"kind": row.subject_kind, "id": str(row.subject_id)},
        "version": row.version,
        "at": iso(row.at),
        "body": row.body,
    }
    if row.line:
        event["line"] = row.line
    if row.secret:
        event["secret"] = unseal(secret_place(row.recipient, row.seq), row.secret)
    if row.cmd_id:
        event["cmd_id"] = str(row.cmd_id)
    return event


def alarm_wire(alarm: Alarm) -> dict[str, Any]:
    """Return the alarm's wire object."""
    return {
        "id": str(alarm.pk),
        "version": alarm.version,
        "kind": alarm.kind,
        "params": alarm.params,
        "case_id": str(alarm.case_id) if alarm.case_id else None,
        "case_number": alarm.case_number,
        "assignment_id": str(alarm.assignment_id) if alarm.assignment_id else None,
        "raised_at": iso(alarm.raised_at),
        "acknowledged_at": iso(alarm.acknowledged_at),
        "acknowledged_by_name": alarm.acknowledged_by_name or None,
        "told_by_phone_at": iso(alarm.told_by_phone_at),
    }
