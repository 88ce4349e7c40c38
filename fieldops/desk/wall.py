"""The wall: what is lost next, who is out, what nobody has acknowledged; read from five metres, by everybody.

No name of a person at risk, no telephone, no words somebody typed: a place is named only where it is a known
one (a bank, a school), never an address.
"""

import datetime as dt
import uuid
from collections import Counter, defaultdict
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET

from fieldops.cases.models import Case, Stage
from fieldops.desk import board, crews, faces, strips
from fieldops.desk.doors import desk_page, fragment
from fieldops.desk.pagedata import page_data
from fieldops.desk.rosterwords import day_face, weekday
from fieldops.desk.words import word
from fieldops.dispatch.models import Assignment, Status
from fieldops.dispatch.queries import live_assignments
from fieldops.feed.models import Alarm
from fieldops.feed.queries import open_alarms
from fieldops.lib.clock import iso, local, now
from fieldops.teams.access import visible
from fieldops.teams.accounts import user_of
from fieldops.teams.models import DeskShift, Duty, Shift, User
from fieldops.teams.queries import shifts_on

ROWS = 8  # next losses: what 1080 lines hold in type that is read from five metres
CREWS = 6
ALARMS = 2  # beside the first

# From the left: the stages counted under one word.
LANES: list[tuple[str, tuple[Stage, ...]]] = [
    ("to_call", (Stage.TO_CALL,)),
    ("calling", (Stage.CALLING,)),
    ("to_send", (Stage.TO_SEND, Stage.WAITING_ANSWER)),
    ("on_the_way", (Stage.ON_THE_WAY,)),
    ("with_person", (Stage.WITH_PERSON,)),
    ("at_partner", (Stage.AT_PARTNER,)),
    ("to_review", (Stage.TO_REVIEW,)),
]


@ensure_csrf_cookie
@require_GET
@desk_page()
def show_wall(request: HttpRequest) -> HttpResponse:
    """The wall: it only shows; a touch of it is nobody awake at the desk."""
    user = user_of(request)
    data = {**page_data(user), "awake": False}
    return render(request, "desk/wall.html", {"page": data, **context(user, now())})


@require_GET
@fragment()
def wall_parts(request: HttpRequest) -> HttpResponse:
    """Everything on the wall that changes."""
    return render(request, "desk/wall_parts.html", context(user_of(request), now()))


def context(user: User, at: dt.datetime) -> dict[str, Any]:
    """Return what the wall shows."""
    read = board.read_board(user, at)
    return {
        "open": len(read.cases),
        "day": _day(at),
        "turn": _turn(user, at),
        "lanes": _lanes(read.cases, at),
        "rows": _padded([_row(read, case) for case in read.cases[:ROWS]], ROWS),
        **_crews(user, at),
        "alarms": _alarms(user, at),
    }


def _day(at: dt.datetime) -> str:
    today = local(at).date()
    return f"{day_face(today)} {weekday(today)}"


def _turn(user: User, at: dt.datetime) -> str:
    """Return whose the desk is now."""
    turns = visible(DeskShift.objects.filter(starts_at__lte=at, ends_at__gt=at), user)
    row = turns.select_related("owner", "line").order_by("starts_at").last()
    if row is None:
        return _("nobody owns the desk")
    return " ".join(part for part in (row.line.name if row.line else "", row.owner.name) if part)


def _lanes(cases: list[Case], at: dt.datetime) -> list[dict[str, Any]]:
    count = Counter(case.stage for case in cases)
    late = Counter(case.stage for case in cases if case.due_at < at)
    return [
        {
            "key": key,
            "title": _("told") if key == "at_partner" else word("stage", key),
            "count": sum(count[stage] for stage in stages),
            "late": sum(late[stage] for stage in stages),
        }
        for key, stages in LANES
    ]


def _row(read: board.Now, case: Case) -> dict[str, Any]:
    strip = board.strip_of(read, case)
    place = case.whereabouts.place if case.whereabouts else None
    about = [strip["sum"], place.name if place else "", strip["state"], strip["type"]]
    return {
        **{key: strip[key] for key in ("short", "level", "letter", "level_word", "due", "face", "urgency")},
        **{key: strip[key] for key in ("due_word", "drill", "since", "since_face")},
        "about": " · ".join([part for part in about if part][:2]),
        "next": _next(read, case, strip["next"]),
    }


def _next(read: board.Now, case: Case, words: str) -> str:
    """Return the strip's one next thing, without the names it may hold."""
    if case.calling:
        return word("stage", "calling")
    call, notice = read.calls.get(case.pk), read.notices.get(case.pk)
    if case.stage == Stage.TO_CALL:
        tried = {"count": case.attempts, "result": word("result", call.result)} if call else None
        return _("%(count)s. %(result)s") % tried if tried else _("not called")
    if case.stage == Stage.AT_PARTNER and notice:
        return f"{word('channel', notice.channel)} {strips.notice_state(notice)}"
    return words


def _crews(user: User, at: dt.datetime) -> dict[str, Any]:
    """Return the crews, those with work or a fault first where there are more than the wall holds."""
    if user.center_id is None:
        return {"crews": _padded([], CREWS), "folded": ""}
    live: dict[uuid.UUID, list[Assignment]] = defaultdict(list)
    for row in live_assignments(user.center_id):
        live[row.shift_id].append(row)
    cells = [_crew(shift, live[shift.pk], at) for shift in shifts_on(user.center_id, at)]
    if len(cells) <= CREWS:
        return {"crews": _padded(cells, CREWS), "folded": ""}
    cells.sort(key=lambda cell: cell["rank"])
    rest = Counter(cell["state"] for cell in cells[CREWS - 1 :])
    folded = " · ".join(f"{state} {count}" for state, count in rest.items())
    return {"crews": cells[: CREWS - 1], "folded": folded}


def _crew(shift: Shift, live: list[Assignment], at: dt.datetime) -> dict[str, Any]:
    cell = crews.cell(shift, live, at)
    row = crews.first_of(live)
    mute = sum(not member["rings"] for member in cell["members"])
    on = any(member.duty == Duty.STANDBY for member in shift.members.all())
    about, tone = _about(row, cell, at)
    if cell["unsent"]:
        about, tone = _("unsent %(n)s") % {"n": cell["unsent"]}, "bad"
    if mute and (row or on):
        about, tone = _("%(n)s phones cannot ring") % {"n": mute}, "bad"
    offered = row is not None and row.status == Status.OFFERED
    return {
        **{key: cell[key] for key in ("call_sign", "answers", "since", "since_face", "drill")},
        "state": pgettext("crew on the wall", "asked") if offered else cell["state"],
        "number": strips.short_number(row.case.number) if row else "",
        "about": about,
        "tone": tone,
        "quiet": not row and not on,
        "rank": (row is None, tone != "bad", not on, cell["call_sign"]),
    }


def _about(row: Assignment | None, cell: dict[str, Any], at: dt.datetime) -> tuple[str, str]:
    """Return a crew's second line: how far the offer got, when it is there, or whether it may be sent."""
    if row is None:
        return "", ""
    number = strips.short_number(row.case.number)
    if row.status == Status.OFFERED:
        told = [member["told"] for member in cell["members"] if member["told"]]
        steps = " ".join(
            f"{marks[0]['mark']} {sum(mark['done'] for mark in marks)}/{len(told)}"
            for marks in list(zip(*told, strict=True))[:2]
        )
        return f"{number} · {steps}", "high"
    minutes = strips.arrives_in(row, at) if row.status != Status.ARRIVED else None
    if minutes is not None:
        return _("about %(n)s min to %(number)s") % {"n": minutes, "number": number}, ""
    return number, "bad" if row.help_at else ""


def _alarms(user: User, at: dt.datetime) -> dict[str, Any]:
    """Return what nobody has acknowledged: a cry for help first, then who must be rung, then the oldest."""
    waiting = open_alarms(user.center_id) if user.center_id else []
    rank = dict.fromkeys(board.RINGING, 1) | dict.fromkeys(board.URGENT, 0)
    first = sorted(waiting, key=lambda alarm: rank.get(alarm.kind, 2))
    shown = [_alarm(alarm, at) for alarm in first[: ALARMS + 1]]
    return {"count": len(waiting), "first": shown[0] if shown else None, "others": shown[1:]}


def _alarm(alarm: Alarm, at: dt.datetime) -> dict[str, Any]:
    parts = [strips.short_number(alarm.case_number), str(alarm.params.get("team") or "")]
    return {
        "at": faces.moment(alarm.raised_at, at),
        "since": iso(alarm.raised_at),
        "kind": alarm.kind,
        "word": word("alarm", alarm.kind),
        "about": " · ".join(part for part in parts if part),
        "drill": strips.is_drill(alarm.case_number),
        "hot": alarm.kind in board.URGENT,
    }


def _padded(rows: list[dict[str, Any]], count: int) -> list[dict[str, Any] | None]:
    """Return the rows with empty ones behind: a row's place never depends on how many there are."""
    return [*rows, *[None] * (count - len(rows))]
