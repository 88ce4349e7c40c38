"""Take alerts in: once each, whatever the channel."""

import datetime as dt
import hashlib
import json
import uuid
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from fieldops.audit.actions import append
from fieldops.cases.actions import open_case
from fieldops.cases.actions.life import Danger
from fieldops.cases.actions.people import Who
from fieldops.feed.alarms import raise_alarm
from fieldops.feed.changes import change, savepoint
from fieldops.intake.forms import AHEAD
from fieldops.intake.models import Alert, FeedKey, FeedNonce
from fieldops.lib.db import locked
from fieldops.lib.errors import Invalid, Problem
from fieldops.lib.ids import new_id
from fieldops.lib.sealed import open_row, seal_row
from fieldops.places.gcj import gcj02_to_wgs84
from fieldops.places.queries import school_by_code
from fieldops.teams.models import Center


class Replayed(Problem):
    """The nonce was seen before (401)."""

    status = 401
    code = "replayed"
    words = _("This request was already received; sign it anew.")


class WrongSource(Problem):
    """The key is another source's than the alert names (403): one may not use up another's numbers."""

    status = 403
    code = "wrong_source"
    words = _("This key may send alerts of its own source only.")


class ContentDiffers(Problem):
    """The same external id came with other content; it is kept for review (409)."""

    code = "content_differs"
    words = _("An alert with this id came before with other content; both are kept for review.")


@dataclass(frozen=True)
class Taken:
    """What became of an alert."""

    alert: Alert
    new: bool


def canonical_digest(body: dict[str, Any]) -> str:
    """Return the digest of the canonical JSON: same content, same digest, whatever the order of keys."""
    text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def take_signed_alert(*, key: FeedKey, nonce: str, body: dict[str, Any], at: dt.datetime) -> Taken:
    """Take an alert whose signature was checked, with its nonce.

    Raises WrongSource, Invalid for one issued more than ten minutes from now, Replayed, ContentDiffers.
    """
    if body["source"] != key.source:
        raise WrongSource(source=key.source)
    if body["issued_at"] > at + AHEAD:
        words = str(_("This time is still to come."))
        raise Invalid(errors={"issued_at": [{"message": words, "code": "in_the_future"}]})
    with change():
        try:
            with savepoint():
                FeedNonce.objects.create(key=key, nonce=nonce, at=at)
        except IntegrityError as error:
            raise Replayed() from error
        FeedNonce.objects.filter(at__lt=at - dt.timedelta(seconds=4 * settings.FEED_WINDOW_S)).delete()

        taken = take_alert(center=key.center, body=body, via="feed", at=at, key=key.key)

    if taken.alert.conflict_with_id:
        raise ContentDiffers(kept=str(taken.alert.pk))
    return taken


def take_alert(*, center: Center, body: dict[str, Any], via: str, at: dt.datetime, key: str = "") -> Taken:
    """Record an alert and open or join a case. Known id, same content: the same alert again.

    `key`: the name of the feed key that signed it, for the audit.

    Known id, other content: a row with `conflict_with` and no case; the caller raises ContentDiffers.
    """
    with change():
        # The centre's row lock makes two copies of one alert at once meet here, on both databases.
        locked(Center.objects).get(pk=center.pk)
        digest = canonical_digest(body)
        known = _known(center.pk, body)
        if known:
            same = known.digest == digest
            return Taken(known if same else _keep_conflict(known, body, digest, via, at), new=False)

        case, is_new = open_case(center_id=center.pk, who=_who(center.pk, body), danger=_danger(body), at=at)
        alert = _row(center.pk, body, digest, via, at)
        alert.case = case
        alert.attached = not is_new
        alert.save(force_insert=True)

        append(
            verb="alert.take",
            subject_kind="alert",
            subject_id=alert.pk,
            at=at,
            actor_kind=via,
            center_id=center.pk,
            extra={"case": case.number, **({"key": key} if key else {})},
        )
        return Taken(alert, new=True)


def make_feed_key(*, center: Center, source: str, key: str, secret: str, at: dt.datetime) -> FeedKey:
    """Make a live key; at most two of one source live at once. Raises Problem `two_live_keys`."""
    with change():
        # Under the centre's lock: two keys made at once cannot both be the second.
        locked(Center.objects).get(pk=center.pk)
        live = FeedKey.objects.filter(center=center, source=source, revoked_at__isnull=True)
        if live.count() >= 2:
            raise Problem("two_live_keys", _("This source has two live keys; revoke one first."))
        row = FeedKey(id=new_id(), center=center, source=source, key=key, made_at=at)
        seal_row(row, {"secret": secret})
        row.save(force_insert=True)
        _audit_key("feed_key.make", row, at)
        return row


def revoke_feed_key(*, key: str, at: dt.datetime) -> bool:
    """Refuse a key from now on; tell whether it was live."""
    with change():
        row = locked(FeedKey.objects).filter(key=key, revoked_at__isnull=True).first()
        if row is None:
            return False
        row.revoked_at = at
        row.save(update_fields=["revoked_at"])
        _audit_key("feed_key.revoke", row, at)
        return True


def _audit_key(verb: str, row: FeedKey, at: dt.datetime) -> None:
    append(
        verb=verb, subject_kind="feed_key", subject_id=row.pk, at=at, center_id=row.center_id,
        extra={"key": row.key, "source": row.source},
    )  # fmt: skip


def secret_of(key: FeedKey) -> str:
    """Return the key's secret."""
    secret: str = open_row(key)["secret"]
    return secret


def _known(center_id: uuid.UUID, body: dict[str, Any]) -> Alert | None:
    rows = Alert.objects.filter(center_id=center_id, source=body["source"], external_id=body["external_id"])
    return rows.filter(conflict_with__isnull=True).select_related("case").first()


def _keep_conflict(known: Alert, body: dict[str, Any], digest: str, via: str, at: dt.datetime) -> Alert:
    again = known.conflicts.filter(digest=digest).first()
    if again:
        return again
    alert = _row(known.center_id, body, digest, via, at)
    alert.conflict_with = known
    alert.save(force_insert=True)
    raise_alarm(
        center_id=known.center_id, kind="alert_differs", key=f"alert_differs:{known.pk}", at=at,
        params={"source": known.source, "external_id": known.external_id, **_differing(known, alert)},
        case_id=known.case_id, case_number=known.case.number if known.case else "",
    )  # fmt: skip
    return alert


def _differing(known: Alert, alert: Alert) -> dict[str, Any]:
    """Return which parts of the two bodies are not the same, by name: what they say is personal data."""
    before, after = open_row(known), open_row(alert)
    return {"parts": sorted(name for name in {*before, *after} if before.get(name) != after.get(name))}


def _row(center_id: uuid.UUID, body: dict[str, Any], digest: str, via: str, at: dt.datetime) -> Alert:
    alert = Alert(
        id=new_id(),
        center_id=center_id,
        source=body["source"],
        external_id=body["external_id"],
        digest=digest,
        level=body["level"],
        issued_at=body["issued_at"],
        received_at=at,
        via=via,
    )
    seal_row(alert, json.loads(json.dumps(body, default=str)))
    return alert


def _who(center_id: uuid.UUID, body: dict[str, Any]) -> Who:
    person = body["person"]
    code = person.get("school_code")
    return Who(
        name=person.get("name", ""),
        phone=person.get("phone", ""),
        id_type=person.get("id_type", ""),
        id_number=person.get("id_number", ""),
        address=person.get("address", ""),
        school=school_by_code(code, center_id) if code else None,
    )


def _danger(body: dict[str, Any]) -> Danger:
    place = body.get("place") or {}
    lng, lat = place.get("lng"), place.get("lat")
    if place.get("crs") == "gcj02" and lng is not None and lat is not None:
        lng, lat = gcj02_to_wgs84(lng, lat)
    return Danger(
        level=body["level"],
        issued_at=body["issued_at"],
        family=body["family"],
        source=body["source"],
        scam_type=body.get("scam_type", ""),
        amount_at_risk_fen=body.get("amount_at_risk_fen"),
        suspects=body.get("suspect", {}),
        place_text=place.get("text", ""),
        lng=lng,
        lat=lat,
        note=body.get("note", ""),
    )
