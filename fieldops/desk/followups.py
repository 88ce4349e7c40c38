"""Return visits by phone: the overdue first, then what comes."""

import datetime as dt
from typing import Any

from django.utils.translation import get_language

from fieldops.desk import faces
from fieldops.desk.words import word
from fieldops.lib.clock import iso
from fieldops.outcomes.models import FollowUp
from fieldops.playbook.queries import type_short_names
from fieldops.teams.access import visible
from fieldops.teams.models import User

MOST = 100


def context(user: User, at: dt.datetime) -> dict[str, Any]:
    """Return the open return visits, and those done last."""
    rows = visible(FollowUp.objects.all(), user).select_related("case__person", "done_by")
    waiting = list(rows.filter(done_at__isnull=True).order_by("due_at")[:MOST])
    done = list(rows.filter(done_at__isnull=False).order_by("-done_at")[:20])
    types = type_short_names(get_language() or "")
    return {
        "waiting": [row_of(row, types, at) for row in waiting],
        "done": [row_of(row, types, at) for row in done],
        "due": sum(row.due_at <= at for row in waiting),
    }


def row_of(row: FollowUp, types: dict[str, str], at: dt.datetime) -> dict[str, Any]:
    """Return one return visit."""
    case = row.case
    return {
        "id": str(row.pk),
        "case_id": str(case.pk),
        "number": case.number,
        "level": case.level,
        "letter": word("letter", case.level),
        "level_word": word("level", case.level),
        "name": case.person.name_mask,
        "phone": case.person.phone_mask,
        "type": types.get(case.confirmed_scam_type or case.scam_type, ""),
        "state": word("state", case.victim_state),
        "due": iso(row.due_at),
        "face": faces.clock_face(row.due_at, at),
        "urgency": faces.clock_class(row.due_at, at),
        "done": faces.moment(row.done_at, at) if row.done_at else "",
        "by": row.done_by.name if row.done_by else "",
        "valid": row.valid,
        "remark": row.remark,
    }
