"""The handover page: what passes on, to whom, what blocks it, the signatures; and its sheet for print."""

import datetime as dt
import json
import uuid
from collections import Counter
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET

from fieldops.desk.doors import desk_page
from fieldops.desk.faces import ago, moment
from fieldops.desk.pagedata import page_data
from fieldops.desk.strips import short_number
from fieldops.desk.words import word
from fieldops.handover.models import Handover
from fieldops.handover.queries import handover_detail, handover_for
from fieldops.handover.telling import next_shift
from fieldops.lib.clock import now
from fieldops.lib.errors import NotFound
from fieldops.lib.words import joined
from fieldops.teams.access import may
from fieldops.teams.accounts import user_of
from fieldops.teams.models import DeskShift, Shift, User
from fieldops.teams.roster.queries import people_of
from fieldops.teams.roster.reaching import center_of

# How soon after a turn the next one begins.
SOON = dt.timedelta(hours=4)


@ensure_csrf_cookie
@require_GET
@desk_page("desk.own")
def show_handover(request: HttpRequest, handover_id: uuid.UUID) -> HttpResponse:
    """One handover: lists, blocks, signatures."""
    user, at = user_of(request), now()
    row = handover_for(user, handover_id)
    data = page_data(user)
    shown = _shown(row, handover_detail(row, at), at)
    return render(
        request,
        "desk/handover.html",
        {
            "page": data,
            "row": row,
            **shown,
            "desk_people": _takers(row, [p.user for p in people_of(center_of(user)) if p.role != "member"]),
            "going": _members(row.shift),
            "coming": _members(next_shift(row)),
            "may_override": may(user, "roster.edit"),
            # Two people sign: who signed for the desk is not offered the other signature.
            "signed_by_me": row.desk_shift_id is not None and row.signed_by_id == user.pk,
        },
    )


@require_GET
@desk_page("desk.own")
def show_handover_sheet(request: HttpRequest, handover_id: uuid.UUID, revision: int) -> HttpResponse:
    """What was signed, for print: two columns with signature lines, revision and hash in the foot."""
    user, at = user_of(request), now()
    row = handover_for(user, handover_id)
    sheet = row.sheets.filter(revision=revision).first()
    if sheet is None:
        raise NotFound()
    shown = _shown(row, {**sheet.body, "blocks": []}, at)
    return render(
        request, "desk/handover_sheet.html", {"row": row, "sheet": sheet, "body": sheet.body, **shown}
    )


def _takers(row: Handover, people: list[User]) -> list[User]:
    """Return the desk's people: who comes next first, who goes last."""
    if row.desk_shift is None:
        return people
    ends = row.desk_shift.ends_at
    coming = DeskShift.objects.filter(center_id=row.center_id, ends_at__gt=ends, starts_at__lte=ends + SOON)
    order = dict.fromkeys(coming.values_list("owner_id", flat=True), 0)
    order[row.desk_shift.owner_id] = 2
    return sorted(people, key=lambda user: order.get(user.pk, 1))


def _members(shift: Shift | None) -> list[dict[str, str]]:
    rows = shift.members.select_related("user").order_by("user__username") if shift else []
    return [{"id": str(row.user_id), "name": row.user.name} for row in rows]


def _shown(row: Handover, detail: dict[str, Any], at: dt.datetime) -> dict[str, Any]:
    listed = detail["listed"]
    owners = Counter(case["to"]["name"] for case in listed["cases"] if case["to"])
    return {
        "detail": detail,
        "turn": detail["turn"],
        "status_word": row.get_status_display(),
        "from_to": _hours(detail["turn"], at),
        "cases": [_case(case) for case in listed["cases"]],
        "unowned": sum(case["to"] is None for case in listed["cases"]),
        "owners": joined(f"{name} {count}" for name, count in owners.items()),
        "crews": [{**one, "status_word": word("status", one["status"])} for one in listed["assignments"]],
        "call_backs": sum(case["due_for"] == "call_back" for case in listed["cases"]),
        "silent": [{**one, "words": word("ring", one["problem"])} for one in listed["cannot_ring"]],
        "unsent": [{**one, "age": _age(one["oldest_at"], at)} for one in listed["unsent"]],
        "alarms": [{**one, "words": word("alarm", one["kind"])} for one in listed["alarms"]],
        "notes": listed["notes"],
        "blocks": [{"code": one["code"], "words": block_words(one)} for one in detail["blocks"]],
        "only_phones": bool(detail["blocks"])
        and all(one["code"] == "unsettled_phone" for one in detail["blocks"]),
        "pass_rest": json.dumps({}),
        "signed_at": _moment(detail["signed_at"], at),
        "accepted_at": _moment(detail["accepted_at"], at),
        "later": [{**note, "face": _moment(note["at"], at)} for note in detail["later_notes"]],
        "stored": list(row.sheets.all()),
    }


def block_words(block: dict[str, Any]) -> str:
    """Say what stands in the way of the signature."""
    words = {
        "unowned": _("%(count)s cases without an owner: %(what)s"),
        "still_taken": _("The crew still has %(what)s: finish it or give it to another crew"),
        "unsettled_phone": _("Phones that may hold what is not here: %(what)s"),
    }
    what = joined(block["what"][:6]) + ("…" if len(block["what"]) > 6 else "")
    return words[block["code"]] % {"count": len(block["what"]), "what": what}


def _case(case: dict[str, Any]) -> dict[str, Any]:
    return {
        **case,
        "short": short_number(case["number"]),
        "letter": word("letter", case["level"]),
        "level_word": word("level", case["level"]),
        "stage_word": word("stage", case["stage"]),
    }


def _hours(turn: dict[str, Any], at: dt.datetime) -> str:
    return f"{_moment(turn['starts_at'], at)} – {_moment(turn['ends_at'], at)}"


def _moment(text: str | None, at: dt.datetime) -> str:
    found = parse_datetime(text) if text else None
    return moment(found, at) if found else ""


def _age(text: str | None, at: dt.datetime) -> str:
    found = parse_datetime(text) if text else None
    return ago(found, at) if found else ""
