"""The map: the strips as a list, and points for what has a place; a case of unknown place is only listed."""

import datetime as dt
from typing import Any

from fieldops.desk import board
from fieldops.lib.clock import iso
from fieldops.teams.models import Shift, User
from fieldops.teams.queries import last_position, shifts_on


def context(user: User, at: dt.datetime) -> dict[str, Any]:
    """Return lanes for the list and points for the map."""
    read = board.read_board(user, at)
    lanes = [lane for lane in board.lanes(read) if lane["count"]]
    strips = {strip["id"]: strip for lane in lanes for part in lane["parts"] for strip in part["strips"]}
    points = []
    for case in read.cases:
        where = case.whereabouts
        if where is not None and where.lng_lat:
            strip = strips[str(case.pk)]
            keys = ("id", "short", "level", "letter", "due", "face", "urgency", "name", "next")
            points.append(
                {key: strip[key] for key in keys} | {"lng": where.lng, "lat": where.lat, "where": where.text}
            )
    center = user.post.center if user.post else None
    return {
        "lanes": lanes,
        "total": len(read.cases),
        "unknown": len(read.cases) - len(points),
        "map_data": {
            "cases": points,
            "crews": crew_points(shifts_on(center.pk, at), at) if center else [],
            "center": {"lng": center.lng, "lat": center.lat, "name": center.name} if center else None,
        },
    }


def crew_points(shifts: list[Shift], at: dt.datetime) -> list[dict[str, Any]]:
    """Return where each crew last was; one without a fix stands at its base, marked so."""
    points = []
    for shift in shifts:
        fixes = [fix for member in shift.members.all() if (fix := last_position(member.user))]
        newest = max(fixes, key=lambda fix: fix.fix_at, default=None)
        points.append(
            {
                "shift": str(shift.pk),
                "call_sign": shift.team.call_sign,
                "lng": newest.lng if newest else shift.team.lng,
                "lat": newest.lat if newest else shift.team.lat,
                "fix_at": iso(newest.fix_at) if newest else "",
                "base": newest is None,
            }
        )
    return points
