"""Carry one command out: read its envelope, place it in time, make the one domain call."""

import datetime as dt
import json
import logging
import uuid
from typing import Any

from django.db import InterfaceError, OperationalError
from rest_framework import serializers

from fieldops.dispatch.queries import of_crew
from fieldops.feed.changes import savepoint
from fieldops.lib.errors import Problem
from fieldops.lib.text import check_json, refuse_constant
from fieldops.outcomes.actions import Incomplete
from fieldops.sync import forms
from fieldops.sync.commands import COMMANDS, Done, Order, subject_is_theirs
from fieldops.sync.left import run_for
from fieldops.teams.actor import actor
from fieldops.teams.models import ShiftMember, User

log = logging.getLogger(__name__)

OLDEST = dt.timedelta(days=30)
CLOCK_TRUST_S = 12 * 3600


def read_envelope(text: str) -> dict[str, Any] | None:
    """Return the checked envelope; None when it cannot be read."""
    try:
        data = json.loads(text, parse_constant=refuse_constant)
        check_json(data)
        form = forms.Envelope(data=data)
        form.is_valid(raise_exception=True)
    except (ValueError, RecursionError, Problem, serializers.ValidationError):
        return None
    return dict(form.validated_data)


def carry_out(user: User, envelope: dict[str, Any], at: dt.datetime) -> Done:
    """Check type, subject and arguments, then make the one domain call; refused leaves nothing half done."""
    command = COMMANDS.get(envelope["type"])
    if command is None or command.subject != envelope["subject"]["kind"]:
        return Done("dead_letter", "INVALID", {"why": "unknown command or subject"})
    form = command.form(data=envelope["args"])
    if not form.is_valid():
        return Done("dead_letter", "INVALID", {"errors": form.errors})
    subject_id: uuid.UUID = envelope["subject"]["id"]
    if not subject_is_theirs(command, subject_id, user.pk):
        return Done("deferred", "NOT_THERE")
    occurred, estimated = occurred_est(envelope, at)
    occurred = max(occurred, earliest_of(command.subject, subject_id, user.pk, at, guess=estimated))
    pos = envelope.get("pos")
    order = Order(
        by=actor(user, estimated=estimated),
        subject_id=subject_id,
        at=occurred,
        args=dict(form.validated_data),
        position=(pos["lng"], pos["lat"]) if pos else None,
    )
    try:
        with savepoint():
            return run_for(user.pk, envelope["type"], order)
    except Incomplete as refusal:
        return Done("conflict", "INCOMPLETE", refusal.extra)
    except Problem as refusal:
        return Done("conflict", refusal.code.upper(), {"words": str(refusal.words)})
    except (OperationalError, InterfaceError):
        raise  # the database is away: nothing is known, and the phone sends the same bytes again
    except Exception:
        # A fault of ours must not stop the commands behind it, nor lose this one: it is kept and tried again.
        log.exception("command %s %s failed", envelope["type"], envelope["cmd_id"])
        return Done("deferred", "FAULT")


def occurred_est(envelope: dict[str, Any], at: dt.datetime) -> tuple[dt.datetime, bool]:
    """Return when it happened by the server's clock, never in the future, and whether that is a guess."""
    offset_ms = envelope.get("offset_ms")
    try:
        said = envelope["occurred_at"] + dt.timedelta(milliseconds=offset_ms or 0)
    except OverflowError:
        return at, True
    stale = offset_ms is None or (envelope.get("offset_age_s") or 0) > CLOCK_TRUST_S
    suspect = stale or abs(offset_ms or 0) > 120_000
    return max(min(said, at), at - OLDEST), suspect


def earliest_of(
    kind: str, subject_id: uuid.UUID, user_id: uuid.UUID, at: dt.datetime, *, guess: bool
) -> dt.datetime:
    """Return the earliest instant it can have happened: not before this person was asked or on shift."""
    if kind == "shift":
        member = (
            ShiftMember.objects.filter(shift_id=subject_id, user_id=user_id).select_related("shift").first()
        )
        start = member.shift.starts_at if member else None
        if guess and member and member.since:
            # A guess cannot say which of two words is the newer: the one that comes last stands.
            start = max(member.shift.starts_at, member.since)
    else:
        named = {"pk": subject_id} if kind == "assignment" else {"case_id": subject_id}
        offers = of_crew(user_id, **named).order_by("offered_at")
        start = offers.values_list("offered_at", flat=True).first()
    return min(start or at, at)
