"""Hold people to the rules, under their locks; what a broken rule is called."""

import datetime as dt
import uuid
from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from fieldops.lib.errors import Invalid, Problem
from fieldops.teams.actions import Overlap
from fieldops.teams.models import User
from fieldops.teams.roster.queries import limits, turns_around
from fieldops.teams.roster.rules import Check, Turn, checks


class RestOwed(Problem):
    """Less rest between two turns than settings.ROSTER_MIN_REST_H (409 `rest_owed`)."""

    code = "rest_owed"
    words = _("Too little rest before or after this shift; a supervisor may write a reason.")


class WeekFull(Problem):
    """More hours in a week than settings.ROSTER_WEEK_HOURS (409 `week_full`)."""

    code = "week_full"
    words = _("Too many hours in this week; a supervisor may write a reason.")


BROKEN: dict[str, type[Problem]] = {"rest": RestOwed, "week": WeekFull}


def refuse_over(turn: Turn, at: dt.datetime) -> None:
    """Raise Invalid (409 `turn_over`) for a turn that is over, or has no length."""
    if turn.ends_at <= max(at, turn.starts_at):
        raise Invalid("turn_over", _("This shift is over, or has no length."), status=409)


def hold_to_rules(
    people: Iterable[User],
    turn: Turn,
    *,
    reason: str = "",
    gives: dict[uuid.UUID, set[str]] | None = None,
    takes: dict[uuid.UUID, list[Turn]] | None = None,
) -> None:
    """Raise Overlap, RestOwed or WeekFull for the first who may not take `turn`; the people are locked.

    `reason`: a supervisor's, lets rest and hours pass. `gives`, `takes`: what else changes hands with it.
    """
    people = list(people)
    now_on = turns_around([user.pk for user in people], turn)
    for user in people:
        given = (gives or {}).get(user.pk, set())
        others = [other for other in now_on[user.pk] if other.key not in given]
        others += [other for other in (takes or {}).get(user.pk, []) if other.key != turn.key]
        _refuse(user, checks(turn, others, limits()), reason)


def _refuse(user: User, held: list[Check], reason: str) -> None:
    for check in held:
        if check.ok:
            continue
        if check.code == "overlap":
            raise Overlap(user=user.username, name=user.name)
        if not reason:
            raise BROKEN[check.code](
                user=user.username, name=user.name, hours=round(check.hours or 0, 1), limit=check.limit
            )
