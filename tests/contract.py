"""Events as they are published, checked against the examples in contract/events/.

    with heard(desk(center.pk)) as events:
        close_case(...)
    one(events, "case.closed")

`FIELDOPS_WRITE_EXAMPLES=1 pytest …` writes an example from the first event of a kind that has none (`=all`:
from every event), ids and times made plain.
"""

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fieldops.feed.models import FeedHead, FeedRow
from fieldops.feed.wire import event_wire

EXAMPLES = Path(__file__).resolve().parent.parent / "contract" / "events"
WRITE = os.environ.get("FIELDOPS_WRITE_EXAMPLES", "")

# What an envelope may have or not; what each code fills in its own way.
OPTIONAL = frozenset({"line", "secret", "cmd_id"})
FREE = frozenset({"params"})

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
PLAIN_TIME = "2026-11-22T10:43:00.000Z"


@contextmanager
def heard(recipient: str) -> Iterator[list[dict[str, Any]]]:
    """Yield a list that holds, after the block, every event the recipient was sent in it."""
    events: list[dict[str, Any]] = []
    after = FeedHead.objects.filter(recipient=recipient).values_list("last", flat=True).first() or 0
    yield events
    rows = FeedRow.objects.filter(recipient=recipient, seq__gt=after).order_by("seq")
    events += [event_wire(row) for row in rows]


def kinds(events: list[dict[str, Any]]) -> list[str]:
    """Return the kinds of the events, in order."""
    return [event["kind"] for event in events]


def one(events: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    """Return the one event of this kind, checked against its example; fail when there is none or more."""
    found = [event for event in events if event["kind"] == kind]
    assert len(found) == 1, f"{len(found)} events {kind} among {kinds(events)}"
    check_event(found[0])
    return found[0]


def check_event(event: dict[str, Any]) -> None:
    """Fail unless the event has the keys and types of its example."""
    path = EXAMPLES / f"{event['kind']}.json"
    if WRITE == "all" or (WRITE and not path.exists()):
        EXAMPLES.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(plain(event), ensure_ascii=False, indent=2, sort_keys=True) + "\n")
    example = json.loads(path.read_text())
    wrong = [
        *differences(event["body"], example["body"], "body"),
        *differences(without(event), without(example), ""),
    ]
    for part in OPTIONAL:
        if part in event and part in example:
            wrong += differences(event[part], example[part], part)
    assert not wrong, f"{path.name}: {'; '.join(wrong)}"


def without(event: dict[str, Any]) -> dict[str, Any]:
    """Return the parts every envelope has, besides the body."""
    return {key: value for key, value in event.items() if key not in {*OPTIONAL, "body"}}


def differences(value: Any, example: Any, path: str) -> list[str]:
    """Return where keys or types differ; null stands for any type, and an empty list for any list."""
    if value is None or example is None:
        return []
    if isinstance(value, dict) and isinstance(example, dict):
        missing = [f"{path} lacks {key}" for key in sorted(set(example) - set(value))]
        added = [f"{path} has {key} besides" for key in sorted(set(value) - set(example))]
        shared = [key for key in value if key in example and key not in FREE]
        nested = [line for key in shared for line in differences(value[key], example[key], f"{path}.{key}")]
        return missing + added + nested
    if isinstance(value, list) and isinstance(example, list):
        samples = example[:1]
        return [
            line for item in value for sample in samples for line in differences(item, sample, f"{path}[]")
        ]
    if kind_of(value) != kind_of(example):
        return [f"{path} is {kind_of(value)}, not {kind_of(example)}"]
    return []


def kind_of(value: Any) -> str:
    """Return the JSON type."""
    if isinstance(value, bool):
        return "boolean"
    return {int: "number", float: "number", str: "string", dict: "object", list: "array"}[type(value)]


def plain(event: dict[str, Any]) -> dict[str, Any]:
    """Return the event with ids numbered in order of appearance and one plain time."""
    ids: dict[str, str] = {}

    def numbered(match: re.Match[str]) -> str:
        return ids.setdefault(match[0], f"00000000-0000-7000-8000-{len(ids) + 1:012d}")

    text = _TIME.sub(PLAIN_TIME, _ID.sub(numbered, json.dumps(event, ensure_ascii=False)))
    return {**json.loads(text), "seq": 17}
