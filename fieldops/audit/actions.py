"""Append audit rows, and chain them in batches."""

import datetime as dt
import hashlib
import json
import uuid
from typing import Any

from django.db import IntegrityError, transaction

from fieldops.audit.models import AuditRow, AuditSeal
from fieldops.lib.clock import now

# A gap in the numbers is a transaction still at work, or one rolled back: older than this, it is the latter.
GAP_WAIT = dt.timedelta(seconds=120)
BATCH = 5000
GENESIS = "0" * 64


def append(
    *,
    verb: str,
    subject_kind: str,
    subject_id: object,
    at: dt.datetime,
    actor_id: uuid.UUID | None = None,
    actor_kind: str = "user",
    center_id: uuid.UUID | None = None,
    reason: str = "",
    extra: dict[str, Any] | None = None,
) -> AuditRow:
    """Append one row, inside the transaction that did what it tells."""
    return AuditRow.objects.create(
        at=at,
        recorded_at=now(),
        center_id=center_id,
        actor_id=actor_id,
        actor_kind=actor_kind if actor_id or actor_kind != "user" else "system",
        verb=verb,
        subject_kind=subject_kind,
        subject_id=str(subject_id),
        reason=reason[:200],
        extra=extra or {},
    )


def seal_settled(*, at: dt.datetime) -> AuditSeal | None:
    """Chain all settled rows that no seal covers yet; return the new seal, or None if there were none."""
    last = _newest_seal()
    after = last.last_row if last else 0
    rows = _settled(list(AuditRow.objects.filter(id__gt=after).order_by("id")[:BATCH]), after, at)
    if not rows:
        return None

    previous = last.digest if last else GENESIS
    try:
        with transaction.atomic():
            return AuditSeal.objects.create(
                first_row=after + 1,
                last_row=rows[-1].pk,
                rows=len(rows),
                previous=previous,
                digest=digest_of(previous, rows),
                sealed_at=at,
            )
    except IntegrityError:
        return None  # another process sealed first


def _newest_seal() -> AuditSeal | None:
    return AuditSeal.objects.order_by("-last_row").first()


def _settled(rows: list[AuditRow], after: int, at: dt.datetime) -> list[AuditRow]:
    """Return the rows up to the first number that may still be on its way to commit."""
    for index, row in enumerate(rows):
        expected = (rows[index - 1].pk if index else after) + 1
        if row.pk != expected and row.recorded_at > at - GAP_WAIT:
            return rows[:index]
    return rows


def digest_of(previous: str, rows: list[AuditRow]) -> str:
    """Return the hash of `rows` chained onto `previous`."""
    chain = hashlib.sha256(previous.encode())
    for row in rows:
        chain.update(json.dumps(_plain(row), sort_keys=True, ensure_ascii=False).encode())
    return chain.hexdigest()


def _plain(row: AuditRow) -> list[Any]:
    return [
        row.pk,
        _stamp(row.at),
        _stamp(row.recorded_at),
        str(row.center_id or ""),
        str(row.actor_id or ""),
        row.actor_kind,
        row.verb,
        row.subject_kind,
        row.subject_id,
        row.reason,
        row.extra,
    ]


def _stamp(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).isoformat(timespec="microseconds")
