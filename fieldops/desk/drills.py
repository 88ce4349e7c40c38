"""Drills: start one, see those there were, and the report of each, on screen and on paper."""

import datetime as dt
import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET

from fieldops.desk import faces
from fieldops.desk.doors import desk_page
from fieldops.desk.pagedata import page_data
from fieldops.desk.sentences import gate_words, line_words
from fieldops.desk.words import word
from fieldops.dispatch.drills import drill_for, drill_report, drills_for
from fieldops.dispatch.models import Drill, Scene
from fieldops.dispatch.scenes import SCENES
from fieldops.lib.clock import local, now
from fieldops.places.models import Place
from fieldops.teams.access import may, visible
from fieldops.teams.accounts import user_of
from fieldops.teams.models import User
from fieldops.teams.queries import shifts_on

KEPT = 100


@ensure_csrf_cookie
@require_GET
@desk_page()
def list_page(request: HttpRequest) -> HttpResponse:
    """Every drill of the centre, and the form that starts one."""
    user, at = user_of(request), now()
    rows = list(drills_for(user)[:KEPT])
    context = {
        "page": page_data(user),
        "may_run": may(user, "drills.run"),
        "rows": [_row(row, at) for row in rows],
        "scenes": _scenes(),
        "crews": shifts_on(user.center_id, at) if user.center_id else [],
        "places": _places(user),
    }
    return render(request, "desk/drills.html", context)


@ensure_csrf_cookie
@require_GET
@desk_page()
def report_page(request: HttpRequest, drill_id: uuid.UUID) -> HttpResponse:
    """One drill: as it stands while it runs, as it was stored once it is over."""
    user, at = user_of(request), now()
    drill = drill_for(user, drill_id)
    report = drill.report or drill_report(drill, "")
    context = {
        "page": page_data(user),
        "drill": _row(drill, at),
        "report": _in_words(report),
        "may_run": may(user, "drills.run"),
        "printed_by": user.name,
        "printed_at": local(at),
    }
    return render(request, "desk/drill.html", context)


def _row(row: Drill, at: dt.datetime) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "case_id": str(row.case_id),
        "number": row.case.number,
        "scene": row.get_scene_display(),
        "by": row.started_by.name,
        "at": f"{local(row.started_at):%m-%d %H:%M}",
        "over": row.ended_at is not None,
        "lasted": faces.minutes(((row.ended_at or at) - row.started_at).total_seconds()),
        "words": row.words,
        "sha": row.sha256[:12],
    }


def _scenes() -> list[dict[str, str]]:
    """Return the scenes with what is played and what the drill is to find out."""
    told = {
        "bank_lobby": _(
            "A man in a bank lobby is convinced and about to transfer. Tests ringing, answering, setting out."
        ),
        "dormitory": _(
            "A student hangs up on us. Play telling the school by a colleague; never ring the real school."
        ),
        "phone_dead": _(
            "One member switches the phone off first. Tests the ladder, ringing by hand, moves by voice."
        ),
    }
    return [{"code": code, "title": str(Scene(code).label), "told": told[code]} for code in SCENES]


def _places(user: User) -> list[Place]:
    kinds = {kind for played in SCENES.values() for kind in played.place_kinds}
    rows = visible(Place.objects.filter(kind__in=kinds, point__isnull=False), user)
    return list(rows.order_by("kind", "name"))


def _in_words(report: dict[str, Any]) -> dict[str, Any]:
    """Return a stored report for a reader: times as said, codes in words."""
    return {
        **report,
        "crews": [_crew(row) for row in report["crews"]],
        "notices": [
            {
                "who": row["who"],
                **{name: _clock(row[name]) for name in ("told_at", "answered_at", "reached_at")},
            }
            for row in report["notices"]
        ],
        "lines": [
            {"at": _clock(row["at"]), "text": line_words(row["code"], row["params"]), "by": row["by"]}
            for row in report["lines"]
        ],
    }


def _crew(row: dict[str, Any]) -> dict[str, Any]:
    steps = ("accepted_s", "set_out_s", "arrived_s", "concluded_s")
    return {
        **row,
        "status": word("status", row["status"]),
        "offered": _clock(row["offered_at"]),
        "gate": gate_words(row["gate"].get("reasons", [])),
        **{name: _after(row[name]) for name in steps},
        "members": [_member(member) for member in row["members"]],
    }


def _member(row: dict[str, Any]) -> dict[str, Any]:
    times = ("delivered_s", "seen_s", "answered_s", "rung_s", "stood_down_s")
    return {**row, **{name: _after(row[name]) for name in times}}


def _after(seconds: float | None) -> str:
    """Return seconds since the offer: 2.4 s, later 1:20."""
    if seconds is None:
        return "—"
    return _("%(n)s s") % {"n": seconds} if seconds < 60 else faces.minutes(seconds)


def _clock(moment: str | None) -> str:
    return f"{local(dt.datetime.fromisoformat(moment)):%H:%M:%S}" if moment else "—"
