"""Start and reconnect are one act: everything of a member's work, and the cursor it is true for."""

import datetime as dt
from typing import Any

from django.db.models import Max, Q

from fieldops.audit.actions import append
from fieldops.cases.actions import open_person
from fieldops.cases.models import CallAttempt, Case, CaseEvent, Notice
from fieldops.cases.queries import cases_for
from fieldops.cases.wire import call_wire, case_wire, line_wire, notice_wire
from fieldops.dispatch.models import LIVE, Assignment, Message, Status
from fieldops.dispatch.queries import assignments_for
from fieldops.dispatch.wire import assignment_wire, message_wire
from fieldops.feed.changes import change
from fieldops.feed.models import user as user_recipient
from fieldops.feed.queries import head_of
from fieldops.lib.clock import iso
from fieldops.lib.db import read_snapshot
from fieldops.outcomes.actions import is_disputed
from fieldops.outcomes.models import Indicator, Note, VisitReport
from fieldops.outcomes.wire import indicator_wire, note_wire, report_wire
from fieldops.playbook.queries import playbook_version, scam_types
from fieldops.playbook.wire import type_wire
from fieldops.sync.models import RefusedCommand, SyncCommand
from fieldops.teams.models import Device, User
from fieldops.teams.queries import current_shift
from fieldops.teams.wire import shift_wire, user_wire

KEEP = dt.timedelta(hours=24)
READABLE = (Status.ACCEPTED, Status.EN_ROUTE, Status.ARRIVED, Status.CONCLUDED)


def snapshot_for(*, user: User, device: Device | None, at: dt.datetime) -> dict[str, Any]:
    """Return the phone's whole world as of one cursor. What is opened in clear is audited first."""
    _audit_opening(user, at)
    head_of(user_recipient(user.pk))
    with read_snapshot():
        head = head_of(user_recipient(user.pk))
        assignments = list(assignments_for(user).filter(_recent(at)))
        cases = [case for case in cases_for(user) if any(a.case_id == case.pk for a in assignments)]
        shift = current_shift(user, at)
        return {
            "gen": str(head.gen),
            "cursor": head.last,
            "known_seq": known_seq(device),
            "server_time": iso(at),
            "user": user_wire(user),
            "center": center_wire(user),
            "crew": shift_wire(shift, at) if shift else None,
            "assignments": [assignment_wire(row) for row in assignments],
            "cases": [case_wire(case) for case in cases],
            "secrets": {str(case.pk): open_person(case) for case in cases if _readable(case, assignments)},
            **tracks_of(cases, assignments),
            "refs": {
                "scam_types": [type_wire(row) for row in scam_types()],
                "cards_version": playbook_version(),
            },
        }


def known_seq(device: Device | None) -> int:
    """Return the highest command number of this phone that the server has."""
    if device is None:
        return 0
    tops = [
        kept.objects.filter(device_id=device.pk, epoch=device.epoch).aggregate(top=Max("seq"))["top"] or 0
        for kept in (SyncCommand, RefusedCommand)
    ]
    return max(tops)


def center_wire(user: User) -> dict[str, Any] | None:
    """Return the member's centre: what he shows to prove who he is, and where night falls for him."""
    post = user.post
    if post is None:
        return None
    center = post.center
    return {
        "id": str(center.pk), "name": center.name, "phone": center.phone, "number": center.public_number,
        "lng": center.lng, "lat": center.lat,
    }  # fmt: skip


def tracks_of(cases: list[Case], assignments: list[Assignment]) -> dict[str, Any]:
    """Return what happened on these cases, table by table, as wire shapes."""
    theirs = Q(assignment__in=assignments) | Q(assignment__case__in=cases)
    reports = VisitReport.objects.filter(theirs).select_related("author", "assignment")
    messages = Message.objects.filter(theirs).select_related("assignment")
    return {
        "calls": [call_wire(c) for c in CallAttempt.objects.filter(case__in=cases).select_related("by")],
        "notices": [notice_wire(n) for n in Notice.objects.filter(case__in=cases).select_related("place")],
        "messages": [message_wire(m) for m in messages.prefetch_related("receipts").order_by("sent_at")],
        "reports": [report_wire(r, disputed=is_disputed(r.assignment)) for r in reports],
        "indicators": [
            indicator_wire(i) for i in Indicator.objects.filter(case__in=cases).select_related("by")
        ],
        "notes": [note_wire(n) for n in Note.objects.filter(case__in=cases).select_related("by")],
        "lines": [line_wire(line) for line in CaseEvent.objects.filter(case__in=cases).order_by("at", "pk")],
    }


def _recent(at: dt.datetime) -> Q:
    """What a phone still shows: the last day's, and whatever is not over."""
    return Q(offered_at__gte=at - KEEP) | Q(status__in=LIVE)


def _readable(case: Case, assignments: list[Assignment]) -> bool:
    return any(a.case_id == case.pk and a.status in READABLE for a in assignments)


def _audit_opening(user: User, at: dt.datetime) -> None:
    """A snapshot carries the open cases' data in clear: one audit row each, before it is read."""
    opened = Assignment.objects.filter(_recent(at), members__user=user, status__in=READABLE)
    with change():
        for row in opened.select_related("case"):
            append(
                verb="person.open_for_crew", subject_kind="person", subject_id=row.case.person_id,
                at=at, actor_id=user.pk, center_id=row.center_id,
                extra={"assignment": str(row.pk), "via": "snapshot"},
            )  # fmt: skip
