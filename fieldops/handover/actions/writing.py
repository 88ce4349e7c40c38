"""Write a handover: open it, pass cases on, leave notes."""

import datetime as dt
import uuid
from collections.abc import Collection

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fieldops.feed.changes import change
from fieldops.handover.contents import work_in_hand
from fieldops.handover.models import Handover, LaterNote, PassedCase
from fieldops.handover.telling import lock_handover, require_move, save_and_tell, store_sheet
from fieldops.lib.db import locked
from fieldops.lib.errors import Invalid, NotFound, WrongState
from fieldops.teams.actor import Actor, user_of
from fieldops.teams.models import DeskShift, Shift, User


def open_handover(
    *,
    by: Actor,
    at: dt.datetime,
    shift_id: uuid.UUID | None = None,
    desk_shift_id: uuid.UUID | None = None,
) -> Handover:
    """Begin the handover of a turn that has begun; the one that is there is returned.

    Raises NotFound, WrongState (`not_begun`).
    """
    with change() as changed:
        # Under the turn's lock: two who open it at once get one.
        rows = Shift.objects if shift_id else DeskShift.objects
        turn = locked(rows).filter(pk=str(shift_id or desk_shift_id)).first()
        if not isinstance(turn, Shift | DeskShift):
            raise NotFound()
        if again := Handover.objects.filter(Q(shift_id=turn.pk) | Q(desk_shift_id=turn.pk)).first():
            return again
        if turn.starts_at > at:
            raise WrongState("not_begun", _("This shift has not begun."))

        made = Handover.objects.create(
            center_id=turn.center_id, shift_id=shift_id, desk_shift_id=desk_shift_id, opened_at=at,
            opened_by_id=user_of(by),
        )  # fmt: skip
        row = lock_handover(made.pk)

        save_and_tell(changed, row, "open", by=by, at=at)
        return row


def pass_cases_on(
    *,
    handover_id: uuid.UUID,
    to_id: uuid.UUID,
    by: Actor,
    at: dt.datetime,
    case_ids: Collection[uuid.UUID] | None = None,
) -> Handover:
    """Name who has these open cases from now on; without `case_ids` all that nobody has yet.

    Again is harmless. Raises NotFound for a case that is not the centre's open one, Invalid (`to`) for
    somebody who is not of the desk.
    """
    with change() as changed:
        row = lock_handover(handover_id)
        require_move(row, "pass_on")
        to = _desk_person(row.center_id, to_id)
        have = {one.case_id: one for one in row.cases.all()}
        ours = {case.pk for case in work_in_hand(row.center_id)}
        wanted = set(case_ids) if case_ids is not None else ours - set(have)
        if not wanted <= ours:
            raise NotFound()
        todo = [pk for pk in sorted(wanted) if pk not in have or have[pk].to_id != to.pk]
        if not todo:
            return row

        for pk in todo:
            PassedCase.objects.update_or_create(handover=row, case_id=pk, defaults={"to": to})

        save_and_tell(changed, row, "pass_on", by=by, at=at)
        return row


def write_notes(*, handover_id: uuid.UUID, text: str, by: Actor, at: dt.datetime) -> Handover:
    """Keep what the next ones must know; the same words again are harmless. Raises WrongState once signed."""
    with change() as changed:
        row = lock_handover(handover_id)
        require_move(row, "write")
        if row.notes == text:
            return row

        row.notes = text

        save_and_tell(changed, row, "write", "notes", by=by, at=at)
        return row


def add_note(*, handover_id: uuid.UUID, text: str, by: Actor, at: dt.datetime) -> Handover:
    """Add to what was signed, as a revision of its own; one's same last words again are harmless."""
    with change() as changed:
        row = lock_handover(handover_id)
        require_move(row, "add_note")
        last = row.later_notes.order_by("-at", "-pk").first()
        if last and (last.by_id, last.text) == (by.user_id, text):
            return row

        LaterNote.objects.create(handover=row, by_id=user_of(by), at=at, text=text)

        save_and_tell(changed, row, "add_note", by=by, at=at)
        store_sheet(row, at)
        return row


def _desk_person(center_id: uuid.UUID, user_id: uuid.UUID) -> User:
    people = User.objects.filter(
        pk=user_id, is_active=True, posts__center_id=center_id, posts__role__in=["duty", "supervisor"]
    )
    found = people.first()
    if found is None:
        raise Invalid(errors={"to": [{"message": str(_("One of the desk's people.")), "code": "to"}]})
    return found
