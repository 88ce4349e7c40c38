"""What the desk says of a member's phone: how it was rung outside the app, and how its test went."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _

from fieldops.desk.words import word
from fieldops.dispatch.models import AssignmentMember, RingOutcome
from fieldops.dispatch.ring_moves import OPEN, WENT_OUT
from fieldops.lib.clock import local
from fieldops.lib.words import clauses
from fieldops.teams.models import Device

RANG = {*OPEN, *WENT_OUT, RingOutcome.NO_WORD}


def rung(member: AssignmentMember | None) -> dict[str, Any]:
    """Return `outcome` in a word, `full` with the time it rang; empty where nobody rang him."""
    if member is None or not member.rung or member.rung_at is None:
        return {}
    said = word("rung", member.rung)
    full = said
    if member.rung in RANG:
        full = _("rung %(time)s, %(outcome)s") % {
            "time": f"{local(member.rung_at):%H:%M:%S}",
            "outcome": said,
        }
    return {
        "code": member.rung,
        "outcome": said,
        "full": full,
        "good": member.rung in ("answered", "delivered"),
    }


def readiness(device: Device | None) -> str:
    """Return the test at shift start with its measured times, or nothing where it was not made."""
    test = device.readiness if device else {}
    at = _time(test.get("at"))
    if at is None:
        return ""
    found = [_("tested %(time)s") % {"time": f"{local(at):%H:%M}"}]
    if (ms := test.get("tone_ms")) is not None:
        found.append(_("heard after %(n)s s") % {"n": _seconds(ms)})
    if (ms := test.get("ws_ms")) is not None:
        found.append(_("link %(n)s s") % {"n": _seconds(ms)})
    if (wake := test.get("wake")) is not None:
        found.append(_("screen stays on") if wake else _("screen may go off"))
    return clauses(found)


def tested(device: Device | None) -> str:
    """Return the test in the room of a crew's cell: how long until it was heard."""
    ms = device.readiness.get("tone_ms") if device else None
    return "" if ms is None else _("tested, %(n)s s") % {"n": _seconds(ms)}


def _seconds(ms: int) -> str:
    return f"{ms / 1000:.1f}" if ms >= 100 else f"{ms / 1000:.2f}"


def _time(value: Any) -> dt.datetime | None:
    return dt.datetime.fromisoformat(value) if isinstance(value, str) else None
