"""Append audit rows, and chain them in batches."""

import datetime as dt
import hashlib
import json
import uuid
from typing import Any

from django.db import transaction

from fieldops.audit.models import AuditRow, AuditSeal

# A row younger than this may still have a lower-numbered neighbour waiting to commit.
SETTLE = dt.timedelta(seconds=10)
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
    with transaction.atomic():
        last = AuditSeal.objects.select_for_update().order_by("-last_row").first()
        after = last.last_row if last else 0
        rows = list(AuditRow.objects.filter(id__gt=after, at__lte=at - SETTLE).order_by("id")[:5000])
        if not rows:
            return None

        previous = last.digest if last else GENESIS
        return AuditSeal.objects.create(
            first_row=rows[0].pk,
            last_row=rows[-1].pk,
            rows=len(rows),
            previous=previous,
            digest=digest_of(previous, rows),
            sealed_at=at,
        )


def digest_of(previous: str, rows: list[AuditRow]) -> str:
    """Return the hash of `rows` chained onto `previous`."""
    chain = hashlib.sha256(previous.encode())
    for row in rows:
        chain.update(json.dumps(_plain(row), sort_keys=True, ensure_ascii=False).encode())
    return chain.hexdigest()


def _plain(row: AuditRow) -> list[Any]:
    return [
        row.pk,
        row.at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
        str(row.center_id or ""),
        str(row.actor_id or ""),
        row.actor_kind,
        row.verb,
        row.subject_kind,
        row.subject_id,
        row.reason,
        row.extra,
    ]
