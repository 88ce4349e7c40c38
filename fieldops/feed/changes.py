"""The only opener of a transaction that writes: `with change() as c`.

The outermost call opens `atomic` and buffers events; inner actions join it. On the way out the feed heads are
locked in sorted order, rows written, and one wake registered for after commit.
"""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import F

from fieldops.feed.hub import announce
from fieldops.feed.kinds import KINDS
from fieldops.feed.models import FeedHead, FeedRow
from fieldops.lib.db import locked
from fieldops.lib.sealed import seal


@dataclass(frozen=True)
class Draft:
    """An event waiting for its number."""

    kind: str
    subject: tuple[str, uuid.UUID]
    version: int
    at: dt.datetime
    body: dict[str, Any]
    recipients: tuple[str, ...]
    line: dict[str, Any] | None
    secrets: dict[str, dict[str, Any]]
    cmd_id: uuid.UUID | None


@dataclass
class Change:
    """What one transaction will tell whom."""

    cmd_id: uuid.UUID | None = None
    drafts: list[Draft] = field(default_factory=list)
    closed: list[tuple[str, uuid.UUID]] = field(default_factory=list)  # whose secrets of which case
    numbers: dict[str, int] = field(default_factory=dict)

    def publish(
        self,
        kind: str,
        *,
        subject: tuple[str, uuid.UUID],
        version: int,
        at: dt.datetime,
        body: dict[str, Any],
        recipients: Iterable[str],
        line: dict[str, Any] | None = None,
        secrets: dict[str, dict[str, Any]] | None = None,
    ) -> None:
        """Tell `recipients` that `subject` is now `body`; `secrets`: by recipient, what only it may read."""
        if kind not in KINDS:
            raise LookupError(f"unknown event kind {kind}")
        unique = tuple(sorted(set(recipients)))
        self.drafts.append(
            Draft(kind, subject, version, at, body, unique, line, secrets or {}, self.cmd_id),
        )

    def close_secrets(self, recipients: Iterable[str], *, case_id: uuid.UUID) -> None:
        """Close what these feeds hold opened of a case: a phone that asks for it all again reads masks."""
        self.closed += [(recipient, case_id) for recipient in recipients]

    def flush(self) -> None:
        """Number and write what is buffered; called once more on the way out for what came later."""
        drafts, self.drafts = self.drafts, []
        closed, self.closed = self.closed, []
        wanted: dict[str, list[Draft]] = defaultdict(list)
        for draft in drafts:
            for recipient in draft.recipients:
                wanted[recipient].append(draft)
        if not wanted and not closed:
            return
        heads = _lock_heads(sorted({*wanted, *(recipient for recipient, _ in closed)}))
        for recipient, case_id in closed:
            opened = FeedRow.objects.filter(recipient=recipient, secret__isnull=False)
            opened.filter(body__case_id=str(case_id)).update(secret=None)
        if not wanted:
            return
        rows: list[FeedRow] = []
        for recipient in sorted(wanted):
            head = heads[recipient]
            rows += [_row(recipient, head.last + i, draft) for i, draft in enumerate(wanted[recipient], 1)]
            head.last = self.numbers[recipient] = rows[-1].seq
        for step, names in _by_step(wanted).items():
            FeedHead.objects.filter(recipient__in=names).update(last=F("last") + step)
        FeedRow.objects.bulk_create(rows)
        # Robust: what was committed stays committed, whatever happens to the news of it.
        transaction.on_commit(lambda: announce(rows), robust=True)


_current: ContextVar[Change | None] = ContextVar("feed_change", default=None)


@contextmanager
def change(*, cmd_id: uuid.UUID | None = None) -> Iterator[Change]:
    """Open one change, or join the one already open in this context."""
    outer = _current.get()
    if outer is not None:
        yield outer
        return
    with transaction.atomic():
        opened = Change(cmd_id=cmd_id)
        token = _current.set(opened)
        try:
            yield opened
            opened.flush()
        finally:
            _current.reset(token)


@contextmanager
def savepoint() -> Iterator[Change]:
    """Inside a change: do a part that may be refused without taking the rest with it."""
    outer = _current.get()
    if outer is None:
        raise RuntimeError("savepoint() needs an open change()")
    kept, closed = len(outer.drafts), len(outer.closed)
    try:
        with transaction.atomic():
            yield outer
    except BaseException:
        del outer.drafts[kept:]
        del outer.closed[closed:]
        raise


def _by_step(wanted: dict[str, list[Draft]]) -> dict[int, list[str]]:
    """Return by how much which heads move: nearly always one number for everyone."""
    steps: dict[int, list[str]] = defaultdict(list)
    for recipient, drafts in wanted.items():
        steps[len(drafts)].append(recipient)
    return steps


def _lock_heads(recipients: list[str]) -> dict[str, FeedHead]:
    """Return the recipients' heads under their row locks, taken in sorted order; missing ones are made."""
    held = locked(FeedHead.objects).filter(recipient__in=recipients).order_by("recipient")
    heads = {head.recipient: head for head in held}
    if len(heads) < len(recipients):
        # Two first events at once: the unique key lets one create, the other waits here and then locks.
        missing = [FeedHead(recipient=name) for name in recipients if name not in heads]
        FeedHead.objects.bulk_create(missing, ignore_conflicts=True)
        heads = {head.recipient: head for head in held.all()}
    return heads


def _row(recipient: str, seq: int, draft: Draft) -> FeedRow:
    secret = draft.secrets.get(recipient)
    return FeedRow(
        recipient=recipient,
        seq=seq,
        kind=draft.kind,
        v=KINDS[draft.kind],
        subject_kind=draft.subject[0],
        subject_id=draft.subject[1],
        version=draft.version,
        at=draft.at,
        body=draft.body,
        line=draft.line,
        secret=seal(secret_place(recipient, seq), secret) if secret else None,
        cmd_id=draft.cmd_id,
    )


def secret_place(recipient: str, seq: int) -> str:
    """Return the associated data of a feed row's secret."""
    return f"feed_feedrow.secret:{recipient}#{seq}"


__all__ = ["Change", "change", "savepoint", "secret_place"]
