"""What a crew gets when a case becomes theirs: everything that was there before, as events on their feed.

So a phone that was only told of the offer knows the same after the events as a fresh snapshot would say.
"""

import datetime as dt
import uuid
from itertools import zip_longest
from typing import Any

from fieldops.cases.models import Case
from fieldops.cases.queries import RELATED
from fieldops.cases.wire import case_wire
from fieldops.dispatch.models import Assignment
from fieldops.dispatch.telling import crew_recipients
from fieldops.feed.changes import change
from fieldops.sync.snapshot import tracks_of

# Table of the snapshot: subject, and the quiet kind that carries its whole body.
KINDS = {
    "calls": ("call", "call.closed"),
    "notices": ("notice", "notice.changed"),
    "messages": ("message", "message.receipt"),
    "reports": ("report", "report.changed"),
    "indicators": ("indicator", "indicator.added"),
    "notes": ("note", "note.added"),
}


def hand_over(*, assignment: Assignment, at: dt.datetime, to: list[str] | None = None) -> None:
    """Publish the case's tracks and timeline so far to the crew that has just taken it, or who joined."""
    case = Case.objects.select_related(*RELATED).get(pk=assignment.case_id)
    tracks = tracks_of([case], [assignment])
    bodies = [(table, body) for table in KINDS for body in tracks[table]]
    crew = to or crew_recipients(assignment)
    with change() as changed:
        # Each event carries one line; lines left over ride on the case itself.
        for item, line in zip_longest(bodies, tracks["lines"]):
            kind, subject, body = _event(item) if item else ("case.changed", "case", case_wire(case))
            changed.publish(
                kind,
                subject=(subject, uuid.UUID(body["id"])),
                version=body["version"],
                at=at,
                body=body,
                recipients=crew,
                line=line,
            )


def _event(item: tuple[str, dict[str, Any]]) -> tuple[str, str, dict[str, Any]]:
    table, body = item
    subject, kind = KINDS[table]
    if table == "calls" and body["closed_at"] is None:
        kind = "call.opened"
    return kind, subject, body
