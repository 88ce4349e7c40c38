"""The roster as iCalendar (RFC 5545), under a secret address."""

import datetime as dt
import hashlib

from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from fieldops.lib.errors import NotFound
from fieldops.lib.words import joined
from fieldops.teams.models import CalendarLink, DeskShift, Shift

PAST = dt.timedelta(days=60)
PRODID = "-//Fieldops//Roster//ZH"


def token_hash(token: str) -> str:
    """Return what is kept of an address's secret: a stolen database opens no calendar."""
    return hashlib.sha256(token.encode()).hexdigest()


def link_of(token: str) -> CalendarLink:
    """Return the address behind a secret. Raises NotFound: unknown, revoked, its person disabled."""
    rows = CalendarLink.objects.filter(token_hash=token_hash(token), revoked_at__isnull=True)
    link = rows.select_related("user", "team", "center").first()
    if link is None or (link.user and not link.user.is_active):
        raise NotFound()
    return link


def ics(link: CalendarLink, at: dt.datetime) -> bytes:
    """Return the shifts of the last two months and all ahead; a shift taken away is simply not there."""
    calendar = Calendar()
    calendar.add("prodid", PRODID)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", _name_of(link))
    for event in [*_crew_events(link, at), *_desk_events(link, at)]:
        calendar.add_component(event)
    found: bytes = calendar.to_ical()
    return found


def _name_of(link: CalendarLink) -> str:
    who = link.user.name if link.user else link.team.call_sign if link.team else ""
    return _("Shifts: %(who)s") % {"who": who}


def _crew_events(link: CalendarLink, at: dt.datetime) -> list[Event]:
    rows = Shift.objects.filter(center_id=link.center_id, ends_at__gt=at - PAST)
    rows = rows.filter(members__user=link.user) if link.user else rows.filter(team=link.team)
    rows = rows.select_related("team").prefetch_related("members__user").order_by("starts_at", "pk")
    events = []
    for shift in rows.distinct():
        names = sorted(member.user.name for member in shift.members.all())
        mine = next((m.joined_at for m in shift.members.all() if link.user_id == m.user_id), None)
        event = _event(f"shift-{shift.pk}", mine or shift.starts_at, shift.ends_at, shift.version, at)
        event.add("summary", shift.team.call_sign)
        event.add("description", _("Crew: %(names)s") % {"names": joined(names)})
        if shift.team.base_name:
            event.add("location", shift.team.base_name)
        events.append(event)
    return events


def _desk_events(link: CalendarLink, at: dt.datetime) -> list[Event]:
    if not link.user_id:
        return []
    rows = DeskShift.objects.filter(center_id=link.center_id, owner_id=link.user_id, ends_at__gt=at - PAST)
    events = []
    for turn in rows.select_related("line").order_by("starts_at", "pk"):
        event = _event(f"desk-{turn.pk}", turn.starts_at, turn.ends_at, turn.version, at)
        event.add("summary", turn.line.name if turn.line else _("Desk"))
        events.append(event)
    return events


def _event(uid: str, starts_at: dt.datetime, ends_at: dt.datetime, version: int, at: dt.datetime) -> Event:
    """Return an event in UTC: no time zone table to get wrong, and every client shows its own."""
    event = Event()
    event.add("uid", f"{uid}@fieldops")
    event.add("dtstamp", at.astimezone(dt.UTC).replace(microsecond=0))
    event.add("dtstart", starts_at.astimezone(dt.UTC).replace(microsecond=0))
    event.add("dtend", ends_at.astimezone(dt.UTC).replace(microsecond=0))
    event.add("sequence", version)
    return event
