"""The phones' page: what each still holds unsent, whether it rings, its clock, its storage, its last word."""

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET

from fieldops.desk import faces, ringwords
from fieldops.desk.devices_words import sent_word
from fieldops.desk.doors import desk_page, fragment
from fieldops.desk.pagedata import page_data
from fieldops.desk.words import word
from fieldops.lib.clock import now
from fieldops.lib.words import joined
from fieldops.teams.access import may, visible
from fieldops.teams.accounts import user_of
from fieldops.teams.models import Device, ShiftMember, User
from fieldops.teams.wire import clock_suspect, ring_state, storage_full

SHOWN_FOR = dt.timedelta(days=14)
MOST = 400
DESKS = frozenset({"duty", "supervisor", "admin"})


@ensure_csrf_cookie
@require_GET
@desk_page("phones.see")
def show_phones(request: HttpRequest) -> HttpResponse:
    """Every phone of the centre."""
    user = user_of(request)
    data = page_data(user)
    return render(request, "desk/phones.html", {"page": data, **context(user, now())})


@require_GET
@fragment("phones.see")
def phone_rows(request: HttpRequest) -> HttpResponse:
    """The live part of the page."""
    return render(request, "desk/phones_rows.html", context(user_of(request), now()))


def context(user: User, at: dt.datetime) -> dict[str, Any]:
    """Return the phones of those on duty first, by call sign, then the others by name."""
    heard = Q(last_seen_at__gte=at - SHOWN_FOR) | Q(pending__gt=0)
    phones = visible(Device.objects.filter(heard), user, roles=DESKS).select_related("user").distinct()
    phones = phones.filter(Q(wiped_at__isnull=True) | Q(wiped_at__gte=at - dt.timedelta(days=1)))
    found = list(phones.order_by("user__username", "pk")[:MOST])
    signs = _call_signs({phone.user_id for phone in found}, at)
    found.sort(key=lambda phone: (phone.user_id not in signs, signs.get(phone.user_id, "")))
    rows = [row_of(phone, signs.get(phone.user_id, ""), at) for phone in found]
    return {
        "phones": rows,
        "may_revoke": may(user, "phones.revoke"),
        "may_release": may(user, "phones.release"),
        "sums": {
            "phones": len(rows),
            "unsent": sum(row["unsent"] for row in rows),
            "stuck": sum(row["stuck"] for row in rows),
            "mute": sum(bool(row["sign"]) and not row["rings"] for row in rows),
        },
    }


def row_of(phone: Device, sign: str, at: dt.datetime) -> dict[str, Any]:
    """Return one phone."""
    rings, problem = ring_state(phone, at)
    gone = phone.revoked_at or phone.wiped_at
    return {
        "id": str(phone.pk),
        "name": phone.user.name,
        "username": phone.user.username,
        "phone": phone.user.phone,
        "sign": sign,
        "unsent": phone.pending,
        "oldest": faces.ago(phone.oldest_pending_at, at) if phone.oldest_pending_at else "",
        "kinds": _kinds(phone.pending_kinds),
        "stuck": phone.stuck,
        "rings": rings,
        "problem": "" if rings else word("ring", problem),
        "ready": ringwords.readiness(phone),
        "heard": faces.ago(phone.last_seen_at, at),
        "silent": problem == "offline",
        "clock": _clock(phone),
        "clock_bad": clock_suspect(phone, at),
        "app": phone.app,
        "storage": _storage(phone, at),
        "storage_bad": bool(phone.storage_lost_at) or phone.persisted is False or storage_full(phone),
        "count": _count(phone, at),
        "count_bad": bool(phone.check_missing),
        "gone": _gone(phone, at),
        "open": not gone,
        "released": bool(phone.released_at),
        "device": phone.name,
    }


def _kinds(kinds: dict[str, int]) -> str:
    """Note 2, photo 1."""
    return joined(f"{sent_word(kind)} {count}" for kind, count in sorted(kinds.items()) if count)


def _clock(phone: Device) -> str:
    if phone.offset_ms is None:
        return _("not compared")
    seconds = -phone.offset_ms // 1000  # the phone's clock against ours
    if abs(seconds) < 2:
        return _("right")
    face = faces.minutes(seconds)
    return _("%(time)s fast") % {"time": face} if seconds > 0 else _("%(time)s slow") % {"time": face}


def _storage(phone: Device, at: dt.datetime) -> str:
    if phone.storage_lost_at:
        return _("lost %(time)s") % {"time": faces.moment(phone.storage_lost_at, at)}
    if storage_full(phone):
        return _("nearly full: %(used)s of %(quota)s MB") % {"used": phone.used_mb, "quota": phone.quota_mb}
    if phone.persisted is False:
        return _("may be cleared")
    return _("kept") if phone.persisted else "—"


def _count(phone: Device, at: dt.datetime) -> str:
    if phone.check_missing is None or phone.checked_at is None:
        return "—"
    time = faces.moment(phone.checked_at, at)
    if phone.check_missing:
        return _("%(n)s missing, %(time)s") % {"n": phone.check_missing, "time": time}
    return _("agrees %(time)s") % {"time": time}


def _gone(phone: Device, at: dt.datetime) -> str:
    if phone.wiped_at:
        return _("wiped %(time)s") % {"time": faces.moment(phone.wiped_at, at)}
    if phone.revoked_at:
        return _("taken off %(time)s, not wiped yet") % {"time": faces.moment(phone.revoked_at, at)}
    if phone.released_at:
        return _("may sign out with unsent work")
    return ""


def _call_signs(users: Iterable[uuid.UUID], at: dt.datetime) -> dict[uuid.UUID, str]:
    rows = ShiftMember.objects.filter(user_id__in=users, shift__starts_at__lte=at, shift__ends_at__gt=at)
    return dict(rows.values_list("user_id", "shift__team__call_sign"))
