"""Wire shapes of the roster."""

import datetime as dt
from typing import Any

from fieldops.lib.clock import iso
from fieldops.teams.models import CalendarLink, DeskShift, RosterLine, Swap, SwapLeg
from fieldops.teams.roster.queries import Cell


def line_wire(line: RosterLine) -> dict[str, Any]:
    """Return a line with its rotation."""
    return {
        "id": str(line.pk),
        "version": line.version,
        "name": line.name,
        "team": {"id": str(line.team_id), "call_sign": line.team.call_sign} if line.team else None,
        "starts": f"{line.starts:%H:%M}",
        "minutes": line.minutes,
        "needed": line.needed,
        "weekdays": line.weekdays,
        "holidays": line.holidays,
        "groups": line.groups,
        "step_days": line.step_days,
        "anchor": line.anchor.isoformat(),
        "retired_on": line.retired_on.isoformat() if line.retired_on else None,
    }


def cell_wire(cell: Cell) -> dict[str, Any]:
    """Return one line's day: who is on, how many lack."""
    return {
        "line_id": str(cell.line.pk),
        "line": cell.line.name,
        "day": cell.day.isoformat(),
        "state": cell.state,
        "starts_at": iso(cell.starts_at),
        "ends_at": iso(cell.ends_at),
        "shift_id": str(cell.shift.pk) if cell.shift else None,
        "desk_shifts": [str(turn.pk) for turn in cell.turns],
        "people": [
            {"user_id": str(one.user_id), "name": one.name, "stands_in": one.stands_in} for one in cell.people
        ],
        "missing": cell.missing,
    }


def desk_shift_wire(turn: DeskShift) -> dict[str, Any]:
    """Return a turn at the desk."""
    return {
        "id": str(turn.pk),
        "version": turn.version,
        "owner": {"id": str(turn.owner_id), "name": turn.owner.name},
        "line": turn.line.name if turn.line else None,
        "starts_at": iso(turn.starts_at),
        "ends_at": iso(turn.ends_at),
    }


def swap_wire(swap: Swap) -> dict[str, Any]:
    """Return a swap: turns that change hands, and who has agreed."""
    return {
        "id": str(swap.pk),
        "version": swap.version,
        "status": swap.status,
        "asked_by": {"id": str(swap.asked_by_id), "name": swap.asked_by.name},
        "asked_at": iso(swap.asked_at),
        "words": swap.words,
        "reason": swap.reason,
        "ended_at": iso(swap.ended_at),
        "legs": [leg_wire(leg) for leg in swap.legs.all()],
        "consents": [
            {"user_id": str(row.user_id), "name": row.user.name, "agreed_at": iso(row.agreed_at)}
            for row in swap.consents.all()
        ],
    }


def leg_wire(leg: SwapLeg) -> dict[str, Any]:
    """Return one turn of a swap."""
    what, starts_at, ends_at = turn_of(leg)
    return {
        "shift_id": str(leg.shift_id) if leg.shift_id else None,
        "desk_shift_id": str(leg.desk_shift_id) if leg.desk_shift_id else None,
        "what": what,
        "starts_at": iso(starts_at),
        "ends_at": iso(ends_at),
        "giver": {"id": str(leg.giver_id), "name": leg.giver.name},
        "taker": {"id": str(leg.taker_id), "name": leg.taker.name},
    }


def turn_of(leg: SwapLeg) -> tuple[str, dt.datetime, dt.datetime]:
    """Return what a leg's turn is called (a call sign, a desk line) and its hours."""
    if leg.shift:
        return leg.shift.team.call_sign, leg.shift.starts_at, leg.shift.ends_at
    turn = leg.desk_shift
    if turn is None:
        raise LookupError(leg.pk)  # the constraint says it is one or the other
    return turn.line.name if turn.line else "", turn.starts_at, turn.ends_at


def calendar_wire(link: CalendarLink) -> dict[str, Any]:
    """Return a calendar address without its secret."""
    return {
        "id": str(link.pk),
        "user_id": str(link.user_id) if link.user_id else None,
        "team_id": str(link.team_id) if link.team_id else None,
        "made_at": iso(link.made_at),
        "revoked_at": iso(link.revoked_at),
    }
