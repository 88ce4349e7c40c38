"""The proof that the feed tells all: old snapshot + new events == new snapshot (docs/events.md, one rule)."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fieldops.feed.models import FeedRow
from fieldops.feed.models import user as user_recipient
from fieldops.feed.wire import event_wire
from fieldops.lib.clock import now
from fieldops.sync.snapshot import snapshot_for
from fieldops.teams.models import User

# Which list of the snapshot a subject lives in.
TABLES = {
    "case": "cases",
    "call": "calls",
    "notice": "notices",
    "assignment": "assignments",
    "message": "messages",
    "report": "reports",
    "indicator": "indicators",
    "note": "notes",
}

World = dict[str, dict[str, Any]]


@contextmanager
def verify_feed(member: User, *, may_forget: bool = False) -> Iterator[None]:
    """Check that the events of the block make a phone's old world into the new one.

    `may_forget`: the block takes work away from the member (a recall): his phone may still hold what the new
    snapshot leaves out.
    """
    before = snapshot_for(user=member, device=None, at=now())
    yield
    at = now()
    after = snapshot_for(user=member, device=None, at=at)
    world = applied(world_of(before), events_after(member, before["cursor"]))
    new = world_of(after)
    if may_forget:
        world = {
            table: {pk: row for pk, row in rows.items() if pk in new[table]} for table, rows in world.items()
        }
    for table, rows in new.items():
        assert world[table] == rows, f"{table}: the phone's differ from the new snapshot's"


def events_after(member: User, cursor: int) -> list[dict[str, Any]]:
    """Return what the member's phone is sent after a cursor."""
    rows = FeedRow.objects.filter(recipient=user_recipient(member.pk), seq__gt=cursor).order_by("seq")
    return [event_wire(row) for row in rows]


def world_of(snapshot: dict[str, Any]) -> World:
    """Return a snapshot as the phone keeps it: every table by id."""
    world = {table: {row["id"]: row for row in snapshot[table]} for table in TABLES.values()}
    world["lines"] = {line["id"]: line for line in snapshot["lines"]}
    world["secrets"] = dict(snapshot["secrets"])
    world["shifts"] = {snapshot["crew"]["id"]: snapshot["crew"]} if snapshot["crew"] else {}
    return world


def applied(world: World, events: list[dict[str, Any]]) -> World:
    """Return the world after the events: the body with the higher version stays, lines are appended."""
    world = copy.deepcopy(world)
    for event in events:
        subject = event["subject"]
        table = world["shifts"] if subject["kind"] == "shift" else world[TABLES[subject["kind"]]]
        kept = table.get(subject["id"])
        if kept is None or event["version"] >= kept["version"]:
            table[subject["id"]] = event["body"]
        if "line" in event:
            world["lines"][event["line"]["id"]] = event["line"]
        if "secret" in event:
            world["secrets"][event["secret"]["case_id"]] = event["secret"]
    return world
