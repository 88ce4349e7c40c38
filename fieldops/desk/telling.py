"""Whom to tell outside, in order, with a text that holds no personal data; and how far each notice is."""

import datetime as dt
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from fieldops.cases.models import Case
from fieldops.desk import faces
from fieldops.desk.words import word
from fieldops.lib.clock import iso
from fieldops.places.models import Place, PlaceKind
from fieldops.places.queries import contacts_in_order, places_near, station_for
from fieldops.playbook.queries import type_short_names

# A contact's role says which channel it is; the rest goes by the kind of place.
BY_ROLE = {"beat_officer": "beat_officer", "community_worker": "community_worker"}
BY_KIND = {
    PlaceKind.SCHOOL: "school",
    PlaceKind.CAMPUS: "school",
    PlaceKind.STATION: "station",
    PlaceKind.COMMUNITY: "community_worker",
    PlaceKind.BANK_BRANCH: "bank",
}
COMMUNITY_M = 1500


def whom(case: Case, at: dt.datetime) -> list[dict[str, Any]]:
    """Return the places to tell, each with its contacts in order: what triage says first."""
    channel = case.triage_override["channel"] if case.triage_override else case.triage_channel
    found = [_group(place, case, at) for place in _places(case)]
    return sorted(found, key=lambda group: group["channel"] != channel)


def _places(case: Case) -> list[Place]:
    places: list[Place] = []
    if case.person.school:
        places.append(case.person.school)
    where = case.whereabouts
    if where and where.place and where.place.kind in BY_KIND:
        places.append(where.place)
    if where and where.lng_lat:
        if station := station_for(*where.lng_lat, case.center_id):
            places.append(station)
        near = places_near(*where.lng_lat, case.center_id, COMMUNITY_M, [PlaceKind.COMMUNITY])
        places += [place for place, _metres in near[:1]]
    return list({place.pk: place for place in places}.values())


def _group(place: Place, case: Case, at: dt.datetime) -> dict[str, Any]:
    channel = BY_KIND.get(PlaceKind(place.kind), "station")
    return {
        "channel": channel,
        "place": place.name,
        "text": shared_text(case, place),
        "contacts": [
            {
                "id": str(now.contact.pk),
                "channel": BY_ROLE.get(now.contact.role, channel),
                "role": now.contact.role,
                "role_word": word("role", now.contact.role),
                "name": now.contact.name,
                "phone": now.contact.phone,
                "on_duty": now.on_duty,
            }
            for now in contacts_in_order(place, at)
        ],
    }


def shared_text(case: Case, place: Place) -> str:
    """Return what may be passed on: case number, what goes on, what to do, whom to ring back; no person."""
    center = case.center
    names = type_short_names(get_language() or "")
    where = case.whereabouts.text if case.whereabouts and case.whereabouts.place_id == place.pk else ""
    said = {
        "center": center.name,
        "number": case.number,
        "type": names.get(case.scam_type, _("fraud")),
        "place": where or place.name,
        "phone": center.phone,
    }
    text = {
        "school": _(
            "%(center)s, case %(number)s: a student of yours may be in a scam now (%(type)s). Please find "
            "the student at once; the name comes by phone from %(phone)s. Do not forward links or ask for "
            "codes."
        ),
        "bank": _(
            "%(center)s, case %(number)s: a customer in %(place)s may be about to transfer money to a "
            "scammer (%(type)s). Please delay the transfer and keep him there; details by phone from "
            "%(phone)s."
        ),
    }
    other = _(
        "%(center)s, case %(number)s: a resident near %(place)s may be in a scam now (%(type)s). Please see "
        "him in person and stop any transfer; the name comes by phone from %(phone)s."
    )
    return text.get(BY_KIND.get(PlaceKind(place.kind), ""), other) % said


def notices(case: Case, at: dt.datetime) -> list[dict[str, Any]]:
    """Return who was told, and when each answered, set out, reached him."""
    rows = case.notices.select_related("place", "told_by").order_by("told_at")
    return [
        {
            "id": str(row.pk),
            "who": " ".join(filter(None, (row.place.name if row.place else "", row.contact_name)))
            or word("channel", row.channel),
            "channel": word("channel", row.channel),
            "role": row.contact_role,
            "told": faces.moment(row.told_at, at),
            "answered": faces.moment(row.answered_at, at) if row.answered_at else "",
            "reached": faces.moment(row.reached_at, at) if row.reached_at else "",
            "reached_by": row.reached_by_name,
            "coming": word("step", row.coming) if row.coming else "",
            "silent": row.silent_at is not None and row.answered_at is None,
            "since": iso(row.told_at),
            "phone": row.contact_phone if row.place_id else "",
        }
        for row in rows
    ]
