"""One's own shifts, for anybody on the roster, on a phone too: swaps asked and answered, hours, calendar."""

import datetime as dt
import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET

from fieldops.desk.doors import desk_page
from fieldops.desk.faces import moment
from fieldops.desk.rosterwords import day_face, rule_words
from fieldops.lib.clock import local, now
from fieldops.lib.words import clauses, joined
from fieldops.teams.accounts import user_of
from fieldops.teams.models import DeskShift, Shift, Swap, Team, User
from fieldops.teams.roster.queries import limits, people_of, swaps_for, turns_around
from fieldops.teams.roster.reaching import center_of
from fieldops.teams.roster.rules import Turn, checks
from fieldops.teams.roster.wire import turn_of

AHEAD = dt.timedelta(days=28)
RETURNS = 6  # turns of a colleague offered in exchange


@ensure_csrf_cookie
@require_GET
@desk_page("roster.see")
def show_mine(request: HttpRequest) -> HttpResponse:
    """My shifts for four weeks, swaps I am in, and asking for one."""
    user, at = user_of(request), now()
    turns = _turns_of(user, at)
    chosen = next((turn for turn in turns if str(turn.pk) == request.GET.get("turn")), None)
    return render(
        request,
        "desk/roster_mine.html",
        {
            "turns": [_turn(turn, at) for turn in turns],
            "chosen": _turn(chosen, at) if chosen else None,
            "wishes": _wishes(user, chosen, at) if chosen else [],
            "swaps": [_swap(swap, user, at) for swap in swaps_for(user).filter(status="asked")[:20]],
            "lacking": _lacking(user, at),
        },
    )


def _turns_of(user: User, at: dt.datetime) -> list[Shift | DeskShift]:
    until = at + AHEAD
    crews = Shift.objects.filter(members__user=user, ends_at__gt=at, starts_at__lt=until)
    desks = DeskShift.objects.filter(owner=user, ends_at__gt=at, starts_at__lt=until)
    found: list[Shift | DeskShift] = [*crews.select_related("team"), *desks.select_related("line")]
    return sorted(found, key=lambda turn: turn.starts_at)


def _turn(turn: Shift | DeskShift, at: dt.datetime) -> dict[str, Any]:
    return {
        "id": str(turn.pk),
        "name": _name(turn),
        "day": day_face(local(turn.starts_at).date()),
        "starts": moment(turn.starts_at, at),
        "ends": moment(turn.ends_at, at),
        "now": turn.starts_at <= at,
    }


def _name(turn: Shift | DeskShift) -> str:
    if isinstance(turn, Shift):
        return turn.team.call_sign
    return turn.line.name if turn.line else ""


def _wishes(user: User, turn: Shift | DeskShift, at: dt.datetime) -> list[dict[str, Any]]:
    """Return whom the turn could go to, for nothing or for one of his; whom a rule forbids is left out."""
    role = ("member",) if isinstance(turn, Shift) else ("duty", "supervisor")
    others = [p.user for p in people_of(center_of(user)) if p.role in role and p.user_id != user.pk]
    wanted = Turn(max(turn.starts_at, at), turn.ends_at, _key(turn))
    near = turns_around([other.pk for other in others], wanted)
    found = []
    for other in others:
        broken = [check for check in checks(wanted, near[other.pk], limits()) if not check.ok]
        if not any(check.code == "overlap" for check in broken):
            words = clauses(rule_words(check) for check in broken)
            found.append({"name": other.name, "for": "", "words": words, "legs": _legs(user, other, turn)})
        for back in [row for row in _turns_of(other, at) if type(row) is type(turn)][:RETURNS]:
            found.append(
                {"name": other.name, "for": f"{_name(back)} {day_face(local(back.starts_at).date())}",
                 "words": "", "legs": _legs(user, other, turn, back)}
            )  # fmt: skip
    return found


def _legs(user: User, other: User, turn: Shift | DeskShift, back: Shift | DeskShift | None = None) -> str:
    field = "shift" if isinstance(turn, Shift) else "desk_shift"
    legs = [{"giver": str(user.pk), "taker": str(other.pk), field: str(turn.pk)}]
    if back:
        legs.append({"giver": str(other.pk), "taker": str(user.pk), field: str(back.pk)})
    return json.dumps(legs)


def _key(turn: Shift | DeskShift) -> str:
    return f"shift:{turn.pk}" if isinstance(turn, Shift) else f"desk:{turn.pk}"


def _swap(swap: Swap, user: User, at: dt.datetime) -> dict[str, Any]:
    consents = {row.user_id: row for row in swap.consents.all()}
    mine = consents.get(user.pk)
    legs = []
    for leg in swap.legs.all():
        what, starts_at, _ends = turn_of(leg)
        legs.append(f"{day_face(local(starts_at).date())} {what}: {leg.giver.name} → {leg.taker.name}")
    return {
        "id": str(swap.pk),
        "asked_by": swap.asked_by.name,
        "asked_at": moment(swap.asked_at, at),
        "words": swap.words,
        "legs": legs,
        "waits_for": joined(row.user.name for row in consents.values() if not row.agreed_at),
        "may_answer": bool(mine and not mine.agreed_at),
        "mine": swap.asked_by_id == user.pk,
    }


def _lacking(user: User, at: dt.datetime) -> list[Team]:
    """Return the teams whose running crew lacks somebody: places to be taken now."""
    if user.role != "member":
        return []
    running = Shift.objects.filter(center_id=center_of(user), starts_at__lte=at, ends_at__gt=at)
    rows = running.select_related("team", "line").prefetch_related("members")
    return [
        shift.team
        for shift in rows.order_by("team__call_sign")
        if len(shift.members.all()) < (shift.line.needed if shift.line else shift.team.size)
        and user.pk not in {member.user_id for member in shift.members.all()}
    ]
