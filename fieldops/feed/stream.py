"""What the hub reads: rows of many recipients at once, already as text."""

import asyncio
import json

from fieldops.feed import hub
from fieldops.feed.models import FeedRow
from fieldops.feed.queries import heads_of, rows_after
from fieldops.feed.wire import event_wire


def read_texts(cursors: dict[str, int]) -> list[hub.Text]:
    """Return the text of every row after the cursors."""
    return texts_of(rows_after(cursors, hub.READ_LIMIT))


def texts_of(rows: list[FeedRow]) -> list[hub.Text]:
    """Return (recipient, seq, JSON text) of rows."""
    return [
        (row.recipient, row.seq, json.dumps(event_wire(row), ensure_ascii=False, separators=(",", ":")))
        for row in rows
    ]


def start_hub(loop: asyncio.AbstractEventLoop, *, ended: hub.EndedReader) -> hub.Hub:
    """Start this process's hub over the real feed; `ended` tells which sessions are over."""
    return hub.start(loop, read=read_texts, heads=heads_of, ended=ended, texts=texts_of)
