"""What the hub reads: rows of many recipients at once, already as text."""

import asyncio
import json

from fieldops.feed import hub
from fieldops.feed.queries import heads_of, rows_after
from fieldops.feed.wire import event_wire


def read_texts(cursors: dict[str, int]) -> list[tuple[str, int, str]]:
    """Return (recipient, seq, JSON text) of every row after the cursors."""
    return [
        (row.recipient, row.seq, json.dumps(event_wire(row), ensure_ascii=False, separators=(",", ":")))
        for row in rows_after(cursors, hub.READ_LIMIT)
    ]


def start_hub(loop: asyncio.AbstractEventLoop, *, ended: hub.EndedReader) -> hub.Hub:
    """Start this process's hub over the real feed; `ended` tells which sessions are over."""
    return hub.start(loop, read=read_texts, heads=heads_of, ended=ended)
