"""The roster page: a fortnight by line, gaps, the chosen cell, swaps, hours, handovers."""

import datetime as dt
import json
from collections import Counter
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET

from fieldops.desk.doors import desk_page
from fieldops.desk.faces import moment
from fieldops.desk.pagedata import page_data
from fieldops.desk.rosterwords import day_face, hours_face, rule_words, weekday
from fieldops.handover.models import Handover
from fieldops.handover.queries import crew_turns_now, desk_turns_now
from fieldops.lib.clock import in_our_time, local, now
from fieldops.lib.words import clauses
from fieldops.teams.access import may
from fieldops.teams.accounts import user_of
from fieldops.teams.models import DeskShift, Holiday, Shift, Swap, Team, User
from fieldops.teams.roster.hours import PersonHours, hours_report
from fieldops.teams.roster.pattern import days_from
from fieldops.teams.roster.queries import (
    Cell,
    day_start,
    gaps,
    holidays_of,
    limits,
    people_of,
    swaps_for,
    table,
    turns_around,
)
from fieldops.teams.roster.reaching import center_of
from fieldops.teams.roster.rules import Turn, checks
from fieldops.teams.roster.templates import TEMPLATES
from fieldops.teams.roster.wire import turn_of

DAYS = 14
COLUMNS = 4


@ensure_csrf_cookie
@require_GET
@desk_page("desk.own")
def show_roster(request: HttpRequest) -> HttpResponse:
    """A fortnight of the roster, from today or the day asked for."""
    user, at = user_of(request), now()
    first = _date(request.GET.get("from")) or local(at).date()
    data = page_data(user)
    return render(request, "desk/roster.html", {"page": data, **context(request, user, first, at)})


def context(request: HttpRequest, user: User, first: dt.date, at: dt.datetime) -> dict[str, Any]:
    """Return all the page shows."""
    center_id = center_of(user)
    rows = table(center_id, first, DAYS)
    last = first + dt.timedelta(days=DAYS - 1)
    lacking = gaps(center_id, at=at)
    chosen = _chosen(rows, request.GET.get("line", ""), request.GET.get("day", ""))
    today = local(at).date()
    found = holidays_of(center_id, first, last)
    return {
        "may_edit": may(user, "roster.edit"),
        "first": first,
        "span": f"{day_face(first)} – {day_face(last)}",
        "back": (first - dt.timedelta(days=DAYS)).isoformat(),
        "on": (first + dt.timedelta(days=DAYS)).isoformat(),
        "days": [_day(first + dt.timedelta(days=step), today, found) for step in range(DAYS)],
        "holidays": len(found),
        "rows": [_row(row, chosen, today) for row in rows],
        "cover": _covers(center_id, first) if rows else [],
        "gaps": [_gap(cell) for cell in lacking],
        "gap_days": settings.ROSTER_GAP_DAYS,
        "cell": _panel(chosen, center_id) if chosen else None,
        "swaps": [_swap(swap, at) for swap in swaps_for(user).filter(status="asked")[:10]],
        "hours": _columns(hours_report(center_id, first, last)),
        "hours_from": first.isoformat(),
        "hours_to": last.isoformat(),
        "templates": [(code, str(row[0])) for code, row in TEMPLATES.items()],
        "teams": Team.objects.filter(center_id=center_id, retired_at__isnull=True).order_by("call_sign"),
        "people": {post.user.name: str(post.user_id) for post in people_of(center_id)},
        "turns": _turns(user, at),
        "plan": json.dumps({"first": max(first, today).isoformat(), "days": DAYS}),
    }


def _date(text: str | None) -> dt.date | None:
    try:
        found = dt.date.fromisoformat(text or "")
    except ValueError:
        return None
    return found if in_our_time(found) else None


def _day(day: dt.date, today: dt.date, holidays: dict[dt.date, Holiday]) -> dict[str, Any]:
    holiday = holidays.get(day)
    return {
        "face": f"{day.day}" if day.day > 1 else f"{day.month}-1",
        "weekday": weekday(day),
        "today": day == today,
        "weekend": day.weekday() >= 5 if holiday is None else holiday.off,
        "holiday": holiday.name if holiday else "",
        "iso": day.isoformat(),
    }


def _row(row: list[Cell], chosen: Cell | None, today: dt.date) -> dict[str, Any]:
    line = row[0].line
    return {
        "line": line,
        "hours": hours_face(line.starts, line.minutes),
        "cells": [
            {
                "day": cell.day.isoformat(),
                "state": cell.state,
                "people": cell.people,
                "missing": cell.missing,
                "today": cell.day == today,
                "chosen": cell is chosen,
                "title": f"{line.name} {day_face(cell.day)}",
            }
            for cell in row
        ],
    }


def _covers(center_id: Any, first: dt.date) -> list[dict[str, Any]]:
    """Return how many crews are on at noon of each day, planned or put in by hand, against the least."""
    noons = [day_start(day) + dt.timedelta(hours=12) for day in days_from(first, DAYS)]
    rows = Shift.objects.filter(
        center_id=center_id, starts_at__lte=noons[-1], ends_at__gt=noons[0], members__isnull=False
    )
    spans = set(rows.values_list("pk", "starts_at", "ends_at"))
    return [_cover(sum(starts <= noon < ends for _pk, starts, ends in spans)) for noon in noons]


def _cover(count: int) -> dict[str, Any]:
    least = settings.ROSTER_MIN_CREWS
    face = _("too few") if count < least else _("just enough") if count == least else ""
    return {"count": count, "least": least, "face": face, "short": count < least}


def _gap(cell: Cell) -> dict[str, Any]:
    return {
        "day": day_face(cell.day),
        "iso": cell.day.isoformat(),
        "line": cell.line.name,
        "line_id": str(cell.line.pk),
        "missing": cell.missing,
    }


def _chosen(rows: list[list[Cell]], line_id: str, day: str) -> Cell | None:
    found = (cell for row in rows for cell in row)
    return next((c for c in found if str(c.line.pk) == line_id and c.day.isoformat() == day), None)


def _panel(cell: Cell, center_id: Any) -> dict[str, Any]:
    """Return what can be done with a cell: who is on, who could be, at which price."""
    role = ("member",) if cell.line.team_id else ("duty", "supervisor")
    on = {one.user_id for one in cell.people}
    others = [post.user for post in people_of(center_id) if post.role in role and post.user_id not in on]
    key = f"shift:{cell.shift.pk}" if cell.shift else ""
    turn = Turn(cell.starts_at, cell.ends_at, key)
    near = turns_around([user.pk for user in others], turn)
    could = [_candidate(user, turn, near[user.pk]) for user in others]
    could.sort(key=lambda one: (one["blocked"], bool(one["words"]), one["name"]))
    desk_turns = {turn.owner_id: str(turn.pk) for turn in cell.turns}
    return {
        "line": cell.line,
        "day": day_face(cell.day),
        "iso": cell.day.isoformat(),
        "state": cell.state,
        "shift_id": str(cell.shift.pk) if cell.shift else "",
        "missing": cell.missing,
        "starts": moment(cell.starts_at, cell.starts_at),
        "people": [
            {
                "id": str(one.user_id),
                "name": one.name,
                "remove": json.dumps({"remove": [str(one.user_id)]}),
                "swaps": [
                    {**other, "legs": _legs(cell, one.user_id, other["id"], desk_turns)}
                    for other in could
                    if not other["blocked"]
                ],
            }
            for one in cell.people
        ],
        "could": could,
    }


def _candidate(user: User, turn: Turn, others: list[Turn]) -> dict[str, Any]:
    broken = [check for check in checks(turn, others, limits()) if not check.ok]
    return {
        "id": str(user.pk),
        "name": user.name,
        "words": clauses(rule_words(check) for check in broken),
        "blocked": any(check.code == "overlap" for check in broken),
    }


def _legs(cell: Cell, giver: Any, taker: str, desk_turns: dict[Any, str]) -> str:
    turn = {"shift": str(cell.shift.pk)} if cell.shift else {"desk_shift": desk_turns.get(giver, "")}
    return json.dumps([{"giver": str(giver), "taker": taker, **turn}])


def _swap(swap: Swap, at: dt.datetime) -> dict[str, Any]:
    legs = []
    for leg in swap.legs.all():
        what, starts_at, ends_at = turn_of(leg)
        key = f"shift:{leg.shift_id}" if leg.shift_id else f"desk:{leg.desk_shift_id}"
        turn = Turn(starts_at, ends_at, key)
        given = {f"shift:{row.shift_id}" for row in swap.legs.all() if row.giver_id == leg.taker_id}
        near = [one for one in turns_around([leg.taker_id], turn)[leg.taker_id] if one.key not in given]
        held = [{"words": rule_words(check), "ok": check.ok} for check in checks(turn, near, limits())]
        legs.append(
            {"what": what, "day": day_face(local(starts_at).date()), "giver": leg.giver.name,
             "taker": leg.taker.name, "checks": held}
        )  # fmt: skip
    return {
        "id": str(swap.pk),
        "asked_by": swap.asked_by.name,
        "asked_at": moment(swap.asked_at, at),
        "words": swap.words,
        "legs": legs,
        "consents": [
            {"name": row.user.name, "at": moment(row.agreed_at, at) if row.agreed_at else ""}
            for row in swap.consents.all()
        ],
    }


def _columns(rows: list[PersonHours]) -> list[list[dict[str, Any]]]:
    """Return the hours in columns, each person's bar drawn against the limit."""
    most = max([row.hours for row in rows] + [row.limit for row in rows] + [1])
    shown = [
        {
            "name": row.name,
            "hours": f"{row.hours:g}",
            "nights": row.nights,
            "over": row.over,
            "wide": round(100 * row.hours / most, 1),
            "limit_at": round(100 * row.limit / most, 1),
            "limit": f"{row.limit:g}",
        }
        for row in rows
        if row.hours or row.role == "member"
    ]
    each = -(-len(shown) // COLUMNS) or 1
    return [shown[start : start + each] for start in range(0, len(shown), each)]


def _turns(user: User, at: dt.datetime) -> list[dict[str, Any]]:
    """Return the turns whose handover is due or being written: the desk's first."""
    center_id = center_of(user)
    found: list[Shift | DeskShift] = [*desk_turns_now(center_id, at), *crew_turns_now(center_id, at)]
    names = Counter(_turn_name(turn) for turn in found)
    there = {row.shift_id or row.desk_shift_id: row for row in _handovers(found)}
    return [
        {
            "name": _turn_name(turn),
            "who": turn.owner.name if isinstance(turn, DeskShift) else "",
            "ends": moment(turn.ends_at, at),
            "over": turn.ends_at <= at,
            "handover": there.get(turn.pk),
            "open": json.dumps(
                {"desk_shift": str(turn.pk)} if isinstance(turn, DeskShift) else {"shift": str(turn.pk)}
            ),
            "key": turn.owner.username if isinstance(turn, DeskShift) else turn.team.call_sign,
            "several": names[_turn_name(turn)] > 1,
        }
        for turn in found
    ]


def _handovers(turns: list[Shift | DeskShift]) -> list[Handover]:
    crews = [turn.pk for turn in turns if isinstance(turn, Shift)]
    desks = [turn.pk for turn in turns if isinstance(turn, DeskShift)]
    rows = Handover.objects.filter(shift__in=crews) | Handover.objects.filter(desk_shift__in=desks)
    return list(rows)


def _turn_name(turn: Shift | DeskShift) -> str:
    if isinstance(turn, Shift):
        return turn.team.call_sign
    return turn.line.name if turn.line else _("Desk")
