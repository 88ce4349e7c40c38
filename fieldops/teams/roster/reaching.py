"""From a request's ids to rows within reach."""

import datetime as dt
import uuid
from typing import Any

from fieldops.feed.changes import change
from fieldops.lib.errors import Forbidden
from fieldops.teams.access import reach
from fieldops.teams.actor import Actor
from fieldops.teams.models import DeskShift, RosterLine, Shift, Team, User
from fieldops.teams.roster.actions import add_turn, assign_desk
from fieldops.teams.roster.pattern import hours_on
from fieldops.teams.roster.queries import pattern_of


def center_of(user: User) -> uuid.UUID:
    """Return the centre of a person. Raises Forbidden for one without a post."""
    if user.center_id is None:
        raise Forbidden()
    return user.center_id


def put_on(user: User, body: dict[str, Any], *, by: Actor, at: dt.datetime) -> list[Shift | DeskShift]:
    """Put people on a line's day (a crew, or turns at the desk) or on a team from–to, all or nobody."""
    reason = body.get("reason", "")
    if "team" in body:
        team = reach(Team.objects.all(), user, body["team"])
        hours = {"starts_at": body["starts_at"], "ends_at": body["ends_at"]}
        return [add_turn(team=team, user_ids=body["people"], by=by, at=at, reason=reason, **hours)]
    line = reach(RosterLine.objects.select_related("team"), user, body["line"])
    starts_at, ends_at = hours_on(pattern_of(line), body["day"])
    on = {"starts_at": starts_at, "ends_at": ends_at, "line": line, "day": body["day"]}
    if line.team:
        return [add_turn(team=line.team, user_ids=body["people"], by=by, at=at, reason=reason, **on)]
    with change():
        return [
            assign_desk(center_id=line.center_id, user_id=person, by=by, at=at, reason=reason, **on)
            for person in sorted(body["people"])
        ]
