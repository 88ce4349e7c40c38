"""Where he is now: the newest credible word; changing it reaches whoever is on the way."""

import datetime as dt
import uuid

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from fieldops.cases.models import Case, Whereabouts
from fieldops.cases.telling import lock_case, refuse_closed, save_case, tell_case, write_line
from fieldops.feed.changes import change
from fieldops.lib.errors import Invalid
from fieldops.places.models import Place
from fieldops.teams.actor import Actor


def say_whereabouts(
    *,
    case_id: uuid.UUID,
    source: str,
    by: Actor,
    at: dt.datetime,
    text: str = "",
    detail: str = "",
    place: Place | None = None,
    lng: float | None = None,
    lat: float | None = None,
    said_at: dt.datetime | None = None,
    good_until: dt.datetime | None = None,
) -> Case:
    """Say where he is now. A place fills in name and point; the same word again is harmless.

    Raises Invalid when neither a place nor words are given, for half a point, or where the case is closed.
    """
    refuse_half_point(lng, lat)
    with change() as changed:
        case = lock_case(case_id)
        refuse_closed(case)
        text = text or (place.name if place else "")
        if lng is None and place and place.lng_lat:
            lng, lat = place.lng_lat
        if not text:
            raise Invalid("invalid", _("Say where: a place or words."), errors={"text": ["required"]})
        said = said_at or at
        word = Whereabouts(
            case=case, place=place, text=text, detail=detail, lng=lng, lat=lat, source=source, said_at=said,
            good_until=good_until or said + dt.timedelta(seconds=settings.WHEREABOUTS_GOOD_S),
            by_name=by.name,
        )  # fmt: skip
        if _is_same(case.whereabouts, word):
            return case
        word.save(force_insert=True)
        # A word that comes late, from a phone without a network, does not undo a newer one.
        if case.whereabouts is None or case.whereabouts.said_at <= said:
            case.whereabouts = word
        save_case(case, "whereabouts")

        where = f"{text} {detail}".strip()
        line = write_line(case, "whereabouts.changed", by=by, at=at, text=where, source=source)
        tell_case(changed, case, "whereabouts.changed", at=at, line=line)
        return case


def refuse_half_point(lng: float | None, lat: float | None) -> None:
    """Raise Invalid for a longitude without a latitude, or the reverse: nothing can be measured from it."""
    if (lng is None) != (lat is None):
        words = str(_("Longitude and latitude go together."))
        missing = "lng" if lng is None else "lat"
        raise Invalid(errors={missing: [{"message": words, "code": "required"}]})


def _is_same(now: Whereabouts | None, word: Whereabouts) -> bool:
    """Tell whether the newest word says just this and is still good; later it is news that he stays."""
    if now is None or now.good_until <= word.said_at:
        return False
    return _place_of(now) == _place_of(word)


def _place_of(word: Whereabouts) -> tuple[object, ...]:
    return word.text, word.detail, word.place_id, word.lng, word.lat
