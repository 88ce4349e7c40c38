"""Read handovers for a user."""

import datetime as dt
import uuid
from collections.abc import Collection
from typing import Any

from django.db.models import Q, QuerySet

from fieldops.handover.contents import blocks, contents
from fieldops.handover.models import Handover, HandoverStatus, PassedCase
from fieldops.handover.telling import RELATED
from fieldops.handover.wire import handover_wire
from fieldops.lib.errors import NotFound
from fieldops.teams.access import visible
from fieldops.teams.models import DeskShift, Shift, User

SOON = dt.timedelta(hours=2)


def handovers_for(user: User) -> QuerySet[Handover]:
    """Return the handovers a user may reach, newest first: the desk the centre's, a member his crew's."""
    rows = visible(Handover.objects.all(), user)
    if user.role == "member":
        # Who comes must read what he accepts: his team's handovers, while he is on its roster.
        mine = Q(shift__team__shifts__members__user=user, center_id=user.center_id)
        rows = Handover.objects.filter(mine).distinct()
    return rows.select_related(*RELATED).order_by("-opened_at")


def handover_for(user: User, handover_id: object) -> Handover:
    """Return one handover within reach or raise the same NotFound as for none."""
    found = handovers_for(user).filter(pk=str(handover_id)).first()
    if found is None:
        raise NotFound()
    return found


def handover_detail(row: Handover, at: dt.datetime) -> dict[str, Any]:
    """Return a handover with what it lists: as stored once it is signed, else as it is now."""
    sheet = row.sheets.order_by("-revision").first()
    signed = sheet is not None and row.status != HandoverStatus.OPEN
    listed = sheet.body["listed"] if sheet and signed else contents(row, at)
    return {
        **handover_wire(row),
        "listed": listed,
        "blocks": [] if signed else blocks(row, listed),
        "revision": sheet.revision if sheet and signed else None,
        "sha256": sheet.sha256 if sheet and signed else None,
    }


def passed_on_to(user: User, case_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, PassedCase]:
    """Return which of these cases a signed handover of the desk left to this person; the newest counts."""
    signed = visible(Handover.objects.filter(desk_shift__isnull=False), user)
    signed = signed.filter(status__in=(HandoverStatus.SIGNED, HandoverStatus.ACCEPTED))
    rows = PassedCase.objects.filter(handover__in=signed, case_id__in=case_ids)
    rows = rows.select_related("handover__signed_by").order_by("handover__signed_at", "pk")
    newest = {row.case_id: row for row in rows}
    return {case_id: row for case_id, row in newest.items() if row.to_id == user.pk}


def desk_turns_now(center_id: uuid.UUID, at: dt.datetime) -> list[DeskShift]:
    """Return the desk's turns that run, or ended within two hours and are not accepted yet."""
    rows = DeskShift.objects.filter(center_id=center_id, starts_at__lte=at, ends_at__gt=at - SOON)
    rows = rows.exclude(handover__status=HandoverStatus.ACCEPTED).select_related("owner", "line")
    return list(rows.order_by("ends_at", "pk"))


def crew_turns_now(center_id: uuid.UUID, at: dt.datetime) -> list[Shift]:
    """Return the crews' turns that run, or ended within two hours and are not accepted yet."""
    rows = Shift.objects.filter(center_id=center_id, starts_at__lte=at, ends_at__gt=at - SOON)
    rows = rows.exclude(handover__status=HandoverStatus.ACCEPTED).select_related("team", "line")
    return list(rows.order_by("ends_at", "team__call_sign"))
