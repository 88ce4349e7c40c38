"""What the board shows: strips by lane, crews, alarms, what is in my hands; a fixed number of queries."""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from fieldops.cases.models import CallAttempt, Case, Notice, Stage
from fieldops.cases.queries import cases_for
from fieldops.desk import crews, faces, strips
from fieldops.desk.sentences import alarm_words
from fieldops.desk.words import word
from fieldops.dispatch.lineup import waiting_by_shift
from fieldops.dispatch.models import LIVE, Assignment
from fieldops.dispatch.queries import live_assignments
from fieldops.feed.models import Alarm
from fieldops.feed.queries import open_alarms
from fieldops.handover.models import HandoverStatus, PassedCase
from fieldops.handover.queries import passed_on_to
from fieldops.lib.clock import iso
from fieldops.outcomes.models import FollowUp, VisitReport
from fieldops.playbook.queries import type_short_names
from fieldops.teams.access import visible
from fieldops.teams.models import User
from fieldops.teams.queries import shifts_on

ALARM_ROWS = 3
MINE_ROWS = 3

# Lane: its title, and its parts (stage, title inside the lane) from above.
LANES: list[tuple[str, Any, list[tuple[str, Any]]]] = [
    ("to_call", "to_call", [("to_call", "")]),
    ("calling", "calling", [("calling", "")]),
    ("to_send", "to_send", [("to_send", "not_sent"), ("waiting_answer", "waiting_answer")]),
    ("with_crews", "with_crews", [("on_the_way", "on_the_way"), ("with_person", "with_person")]),
    ("at_partner", "at_partner", [("at_partner", "")]),
    ("to_review", "to_review", [("to_review", "")]),
]
LANE_OF = {stage: lane for lane, _title, parts in LANES for stage, _sub in parts}


@dataclass
class Now:
    """Everything the board is drawn from, read once."""

    user: User
    at: dt.datetime
    cases: list[Case] = field(default_factory=list)
    live: dict[uuid.UUID, list[Assignment]] = field(default_factory=dict)
    calls: dict[uuid.UUID, CallAttempt] = field(default_factory=dict)
    notices: dict[uuid.UUID, Notice] = field(default_factory=dict)
    reports: dict[uuid.UUID, list[VisitReport]] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    waits_for: dict[uuid.UUID, str] = field(default_factory=dict)
    passed: dict[uuid.UUID, PassedCase] = field(default_factory=dict)


def read_board(user: User, at: dt.datetime, ids: Iterable[uuid.UUID] | None = None) -> Now:
    """Read the open cases (or just these) with what their strips tell."""
    rows = cases_for(user).filter(closed_at__isnull=True)
    if ids is not None:
        rows = rows.filter(pk__in=list(ids))
    now = Now(user, at, cases=list(rows))
    pks = [case.pk for case in now.cases]
    now.live = _live(user, pks)
    now.calls = _last_calls(pks)
    now.notices = _last_notices(case.pk for case in now.cases if case.stage == Stage.AT_PARTNER)
    now.reports = _reports(case.pk for case in now.cases if case.stage == Stage.TO_REVIEW)
    if user.center_id:
        lined_up = waiting_by_shift(user.center_id).values()
        now.waits_for = {row.case_id: row.shift.team.call_sign for row in lined_up}
    now.passed = passed_on_to(user, pks)
    now.types = type_short_names(get_language() or "")
    return now


def lanes(now: Now) -> list[dict[str, Any]]:
    """Return the lanes with their strips, the next loss first."""
    made = [strip_of(now, case) for case in now.cases]
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for strip in made:
        found[strip["stage"]].append(strip)
    return [
        {
            "key": lane,
            "title": lane_title(title),
            "count": sum(len(found[stage]) for stage, _sub in parts),
            "parts": [
                {"stage": stage, "title": lane_title(sub) if sub else "", "strips": found[stage]}
                for stage, sub in parts
            ],
        }
        for lane, title, parts in LANES
    ]


def lane_title(key: str) -> str:
    """Return what a lane, or a part of one, is called."""
    own = {"with_crews": _("With crews"), "not_sent": _("not sent yet")}
    return own.get(key) or word("stage", key)


def strip_of(now: Now, case: Case) -> dict[str, Any]:
    """Return one strip."""
    about = strips.About(
        case=case,
        at=now.at,
        live=now.live.get(case.pk, []),
        call=now.calls.get(case.pk),
        notice=now.notices.get(case.pk),
        reports=now.reports.get(case.pk, []),
        type_name=now.types.get(case.confirmed_scam_type or case.scam_type, ""),
        user_id=now.user.pk,
        waits_for=now.waits_for.get(case.pk, ""),
        passed_to_me=case.pk in now.passed,
    )
    return {**strips.strip(about), "lane": LANE_OF[case.stage]}


def crew_cells(user: User, at: dt.datetime) -> list[dict[str, Any]]:
    """Return the crews on shift, each in the same five lines."""
    if user.center_id is None:
        return []
    by_shift: dict[uuid.UUID, list[Assignment]] = defaultdict(list)
    for row in live_assignments(user.center_id):
        by_shift[row.shift_id].append(row)
    next_up = waiting_by_shift(user.center_id)
    return [
        crews.cell(shift, by_shift[shift.pk], at, next_up.get(shift.pk))
        for shift in shifts_on(user.center_id, at)
    ]


def alarm_rows(user: User, at: dt.datetime) -> dict[str, Any]:
    """Return the alarms nobody has acknowledged, the oldest first, and the last one when there is none."""
    if user.center_id is None:
        return {"rows": [], "count": 0, "more": 0, "last": None}
    alarms = open_alarms(user.center_id)
    last = None
    if not alarms:
        last = Alarm.objects.filter(center_id=user.center_id).order_by("-acknowledged_at").first()
    # The most urgent of all is never behind the fold.
    first = sorted(alarms, key=lambda alarm: alarm.kind not in URGENT)
    shown = [alarm for alarm in alarms if alarm in first[:ALARM_ROWS]]
    return {
        "rows": [alarm_row(alarm, at) for alarm in shown],
        "count": len(alarms),
        "more": len(alarms) - len(shown),
        "last": last,
        "last_at": faces.moment(last.acknowledged_at, at) if last and last.acknowledged_at else "",
    }


URGENT = ("help", "stop_payment", "call_asked")
# Alarms that name somebody to ring: *told by phone* closes them.
RINGING = frozenset(
    [
        "not_delivered",
        "not_answered",
        "expired",
        "recall_unconfirmed",
        "cannot_ring",
        "help",
        "help_over",
        "check_in",
        "set_out_late",
        "arrive_late",
        "forgotten",
        "call_asked",
        "declined",
    ]
)


def alarm_row(alarm: Alarm, at: dt.datetime) -> dict[str, Any]:
    """Return one alarm in words."""
    return {
        "id": str(alarm.pk),
        "kind": alarm.kind,
        "at": faces.moment(alarm.raised_at, at),
        "word": word("alarm", alarm.kind),
        "text": alarm_words(alarm.kind, alarm.params),
        "ring": [row for row in alarm.params.get("ring") or [] if row.get("phone")],
        "case_id": str(alarm.case_id) if alarm.case_id else "",
        "number": strips.short_number(alarm.case_number),
        "drill": strips.is_drill(alarm.case_number),
        "hot": alarm.kind in URGENT,
        "told": alarm.kind in RINGING,
    }


def in_my_hands(now: Now) -> dict[str, Any]:
    """Return what this officer promised or began, and who else is on the phone."""
    rows = [row for case in now.cases if (row := _mine(now, case))]
    others: dict[str, int] = defaultdict(int)
    for case in now.cases:
        if case.calling and case.calling.by_id != now.user.pk:
            others[case.calling.by.name] += 1
    return {
        "rows": rows[:MINE_ROWS],
        "count": len(rows),
        "more": len(rows[MINE_ROWS:]),
        "others": dict(others),
    }


def _mine(now: Now, case: Case) -> dict[str, Any] | None:
    call = now.calls.get(case.pk)
    offered = [row for row in now.live.get(case.pk, []) if row.offered_by_id == now.user.pk]
    text = ""
    if case.calling and case.calling.by_id == now.user.pk:
        text = _("%(who)s: your call is open") % {"who": case.person.name_mask}
    elif case.stage == Stage.WAITING_ANSWER and offered:
        text = _("waiting for %(team)s") % {"team": offered[0].team.call_sign}
    elif case.step_due_for == "call_back" and call and call.by_id == now.user.pk:
        text = _("%(who)s: call back") % {"who": case.person.name_mask}
    elif passed := now.passed.get(case.pk):
        text = _passed_words(case, passed)
    if not text:
        return None
    return {
        "id": str(case.pk),
        "number": strips.short_number(case.number),
        "text": text,
        "due": iso(case.due_at),
        "face": faces.clock_face(case.due_at, now.at),
        "urgency": faces.clock_class(case.due_at, now.at),
    }


def _passed_words(case: Case, passed: PassedCase) -> str:
    """Say who left the case to this officer, and whether the handover waits for the second signature."""
    row = passed.handover
    said = {"who": case.person.name_mask, "from": row.signed_by.name if row.signed_by else ""}
    if row.status == HandoverStatus.ACCEPTED:
        return _("%(who)s: taken over from %(from)s") % said
    return _("%(who)s: left to you by %(from)s; accept the handover") % said


def due_follow_ups(user: User, at: dt.datetime) -> int:
    """Return how many return visits are due by now."""
    return visible(FollowUp.objects.filter(done_at__isnull=True, due_at__lte=at), user).count()


def _live(user: User, pks: list[uuid.UUID]) -> dict[uuid.UUID, list[Assignment]]:
    found: dict[uuid.UUID, list[Assignment]] = defaultdict(list)
    rows = visible(Assignment.objects.filter(case_id__in=pks, status__in=LIVE), user)
    for row in rows.select_related("team").prefetch_related("members").order_by("offered_at"):
        found[row.case_id].append(row)
    return found


def _last_calls(pks: list[uuid.UUID]) -> dict[uuid.UUID, CallAttempt]:
    rows = CallAttempt.objects.filter(case_id__in=pks, closed_at__isnull=False)
    return {call.case_id: call for call in rows.order_by("opened_at")}


def _last_notices(pks: Iterable[uuid.UUID]) -> dict[uuid.UUID, Notice]:
    rows = Notice.objects.filter(case_id__in=list(pks)).select_related("place").order_by("told_at")
    return {notice.case_id: notice for notice in rows}


def _reports(pks: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[VisitReport]]:
    found: dict[uuid.UUID, list[VisitReport]] = defaultdict(list)
    rows = VisitReport.objects.filter(Q(case_id__in=list(pks))).select_related("assignment__team")
    for report in rows.order_by("filed_at"):
        found[report.case_id].append(report)
    return found
