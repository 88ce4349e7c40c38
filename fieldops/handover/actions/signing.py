"""Sign a handover, accept it, or give it back."""

import datetime as dt
import uuid

from django.utils.translation import gettext_lazy as _

from fieldops.cases.models import Case
from fieldops.feed.alarms import settle_alarms
from fieldops.feed.changes import change
from fieldops.handover.contents import blocks, contents, work_in_hand
from fieldops.handover.models import Handover, HandoverStatus, PassedCase
from fieldops.handover.telling import lock_handover, next_shift, require_move, save_and_tell, store_sheet
from fieldops.lib.db import locked
from fieldops.lib.errors import Problem, WrongState
from fieldops.teams.actor import Actor, user_of
from fieldops.teams.models import DeskShift, ShiftMember, User

# How long before his turn begins somebody may accept it.
EARLY = dt.timedelta(hours=1)


class Blocked(Problem):
    """Something would be left unowned (409 `handover_blocked`); `blocks` says what."""

    code = "handover_blocked"
    words = _("This cannot be signed yet: something would be left without an owner.")


def sign_handover(
    *,
    handover_id: uuid.UUID,
    by: Actor,
    at: dt.datetime,
    member_id: uuid.UUID | None = None,
    reason: str = "",
) -> Handover:
    """Sign for the turn that goes; `member_id`: the desk signs by voice for one of the crew.

    `reason` lets unsettled phones pass (a supervisor's). Again is harmless. Raises Blocked, WrongState
    (`not_yours`).
    """
    with change() as changed:
        row = lock_handover(handover_id)
        if row.status == HandoverStatus.SIGNED and user_of(by) == row.signed_by_id:
            return row
        to = require_move(row, "sign")
        for_id = _require_outgoing(row, by, member_id)
        # Under every open case's lock: a case taken away or brought in meanwhile is seen.
        _lock_cases(row)
        listed = contents(row, at)
        standing = [one for one in blocks(row, listed) if not (reason and one["code"] == "unsettled_phone")]
        if standing:
            raise Blocked(blocks=standing)

        row.status, row.signed_at, row.signed_by_id, row.signed_for_id = to, at, user_of(by), for_id
        row.reason, row.returned_reason = reason, ""

        fields = ("status", "signed_at", "signed_by", "signed_for", "reason", "returned_reason")
        save_and_tell(changed, row, "sign", *fields, by=by, at=at, reason=reason)
        row = lock_handover(row.pk)
        store_sheet(row, at)
        return row


def accept_handover(
    *, handover_id: uuid.UUID, by: Actor, at: dt.datetime, member_id: uuid.UUID | None = None
) -> Handover:
    """Accept for the turn that comes; what came in since the signature is the accepter's. Again is harmless.

    Raises WrongState (`same_person`: two people sign a handover; `not_incoming`).
    """
    with change() as changed:
        row = lock_handover(handover_id)
        if row.status == HandoverStatus.ACCEPTED and user_of(by) == row.accepted_by_id:
            return row
        to = require_move(row, "accept")
        for_id = _require_incoming(row, by, at, member_id)
        if row.desk_shift_id:
            _own_the_rest(row, user_of(by))

        row.status, row.accepted_at, row.accepted_by_id, row.accepted_for_id = to, at, user_of(by), for_id

        fields = ("status", "accepted_at", "accepted_by", "accepted_for")
        save_and_tell(changed, row, "accept", *fields, by=by, at=at)
        settle_alarms(prefix=f"handover:{row.pk}", at=at, by_name=by.name)
        settle_alarms(prefix=f"handover_due:{row.shift_id or row.desk_shift_id}", at=at, by_name=by.name)
        row = lock_handover(row.pk)
        store_sheet(row, at)
        return row


def return_handover(*, handover_id: uuid.UUID, by: Actor, at: dt.datetime, reason: str) -> Handover:
    """Give a signed handover back, with what is wrong; the signature falls. Again is harmless."""
    with change() as changed:
        row = lock_handover(handover_id)
        if row.status == HandoverStatus.OPEN and row.returned_reason == reason:
            return row
        to = require_move(row, "return")
        _require_incoming(row, by, at, None)

        row.status, row.returned_reason = to, reason
        row.signed_at = row.signed_by = row.signed_for = None

        fields = ("status", "returned_reason", "signed_at", "signed_by", "signed_for")
        save_and_tell(changed, row, "return", *fields, by=by, at=at, reason=reason)
        return row


def role_of(by: Actor) -> str:
    """Return the doer's role; none for the system."""
    found = User.objects.filter(pk=str(by.user_id)).first() if by.user_id else None
    return found.role if found else ""


def _lock_cases(row: Handover) -> None:
    if row.desk_shift_id:
        ids = sorted(case.pk for case in work_in_hand(row.center_id))
        list(locked(Case.objects).filter(pk__in=ids).order_by("pk").only("pk"))


def _own_the_rest(row: Handover, user_id: uuid.UUID) -> None:
    have = set(row.cases.values_list("case_id", flat=True))
    PassedCase.objects.bulk_create(
        [
            PassedCase(handover=row, case_id=case.pk, to_id=user_id, since_signing=True)
            for case in work_in_hand(row.center_id)
            if case.pk not in have
        ]
    )


def _require_outgoing(row: Handover, by: Actor, member_id: uuid.UUID | None) -> uuid.UUID | None:
    """Return for whom the desk signs by voice, if so. Raises WrongState `not_yours`."""
    role = role_of(by)
    if row.desk_shift:
        if row.desk_shift.owner_id == by.user_id or role == "supervisor":
            return None
        raise WrongState("not_yours", _("Whose shift ends signs it, or a supervisor."))
    crew = set(ShiftMember.objects.filter(shift=row.shift).values_list("user_id", flat=True))
    return _speaker(crew, by, role, member_id)


def _require_incoming(
    row: Handover, by: Actor, at: dt.datetime, member_id: uuid.UUID | None
) -> uuid.UUID | None:
    """Return for whom the desk accepts by voice, if so. Raises WrongState."""
    if by.user_id in (row.signed_by_id, row.signed_for_id) and not member_id:
        raise WrongState("same_person", _("Two people sign a handover."))
    role = role_of(by)
    if row.desk_shift:
        turns = DeskShift.objects.filter(
            owner_id=by.user_id, center_id=row.center_id, starts_at__lte=at + EARLY, ends_at__gt=at
        )
        if turns.exclude(pk=str(row.desk_shift_id)).exists():
            return None
        raise WrongState("not_incoming", _("Who has the next shift accepts it; take the shift first."))
    coming = next_shift(row)
    crew = set(coming.members.values_list("user_id", flat=True)) if coming else set()
    speaker = _speaker(crew, by, role, member_id)
    if (speaker or by.user_id) == (row.signed_for_id or row.signed_by_id):
        raise WrongState("same_person", _("Two people sign a handover."))
    return speaker


def _speaker(crew: set[uuid.UUID], by: Actor, role: str, member_id: uuid.UUID | None) -> uuid.UUID | None:
    """A member signs himself; the desk signs by voice for a named one of the crew."""
    if by.user_id in crew and not member_id:
        return None
    if role in ("duty", "supervisor") and member_id in crew:
        return member_id
    raise WrongState("not_yours", _("One of the crew signs it, or the desk for one of them by voice."))
