"""Calendar addresses: made, revoked; and the holiday file."""

import datetime as dt
import secrets
import uuid
from collections.abc import Sequence

from fieldops.audit.actions import append
from fieldops.feed.changes import change
from fieldops.lib.db import locked
from fieldops.lib.errors import NotFound
from fieldops.teams.actor import Actor
from fieldops.teams.models import CalendarLink, Center, Holiday, Team, User
from fieldops.teams.roster.actions.gaps import raise_gaps
from fieldops.teams.roster.calendars import token_hash
from fieldops.teams.roster.holidays import HolidayRow


def make_calendar(
    *, center_id: uuid.UUID, by: Actor, at: dt.datetime, user: User | None = None, team: Team | None = None
) -> tuple[CalendarLink, str]:
    """Make a new address for a person or a team and return it with its secret, shown this once.

    An older address of the same person or team stops working: who has lost one makes another.
    """
    with change():
        older = locked(CalendarLink.objects).filter(user=user, team=team, revoked_at__isnull=True)
        for link in older.order_by("pk"):
            _revoke(link, by, at)

        token = secrets.token_urlsafe(32)
        link = CalendarLink.objects.create(
            center_id=center_id,
            user=user,
            team=team,
            token_hash=token_hash(token),
            made_by_id=by.user_id,
            made_at=at,
        )

        _record("calendar.make", link, by, at)
        return link, token


def revoke_calendar(*, link_id: uuid.UUID, by: Actor, at: dt.datetime) -> CalendarLink:
    """Make an address stop working; again is harmless. Raises NotFound."""
    with change():
        link = locked(CalendarLink.objects).filter(pk=link_id).first()
        if link is None:
            raise NotFound()
        if not link.revoked_at:
            _revoke(link, by, at)
        return link


def load_holidays(*, center: Center, rows: Sequence[HolidayRow], by: Actor, at: dt.datetime) -> int:
    """Put the file's days in place of what is there for its years; return how many changed."""
    with change():
        years = {row.date.year for row in rows}
        there = {row.date: row for row in locked(Holiday.objects).filter(center=center, date__year__in=years)}
        wanted = {row.date: row for row in rows}
        gone = [row.pk for date, row in there.items() if date not in wanted]
        fresh = [
            row
            for date, row in wanted.items()
            if date not in there or (there[date].name, there[date].off) != (row.name, row.off)
        ]
        if not gone and not fresh:
            return 0

        Holiday.objects.filter(pk__in=gone).delete()
        for row in fresh:
            Holiday.objects.update_or_create(
                center=center, date=row.date, defaults={"name": row.name, "off": row.off}
            )

        append(
            verb="roster.holidays", subject_kind="center", subject_id=center.pk, at=at, actor_id=by.user_id,
            center_id=center.pk, extra={"changed": len(fresh), "removed": len(gone)},
        )  # fmt: skip
        raise_gaps(center_id=center.pk, at=at)
        return len(fresh) + len(gone)


def _revoke(link: CalendarLink, by: Actor, at: dt.datetime) -> None:
    link.revoked_at = at
    link.save(update_fields=["revoked_at"])
    _record("calendar.revoke", link, by, at)


def _record(verb: str, link: CalendarLink, by: Actor, at: dt.datetime) -> None:
    append(
        verb=verb,
        subject_kind="calendar",
        subject_id=link.pk,
        at=at,
        actor_id=by.user_id,
        center_id=link.center_id,
    )
