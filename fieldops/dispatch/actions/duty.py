"""Put a crew on duty, on break or off by voice: the desk does it where the crew's phones cannot."""

import datetime as dt
import uuid

from django.utils.translation import gettext_lazy as _

from fieldops.dispatch.models import TAKEN, Assignment
from fieldops.feed.changes import change
from fieldops.lib.errors import NotFound, WrongState
from fieldops.teams.actions import lock_shift, set_duty
from fieldops.teams.actor import Actor
from fieldops.teams.models import Duty, Shift


def set_crew_duty(
    *, shift_id: uuid.UUID, state: str, by: Actor, at: dt.datetime, member_id: uuid.UUID | None = None
) -> Shift:
    """Set the duty state of a crew, or of one of it; the same again is harmless.

    Raises NotFound for somebody not of the crew, WrongState: `not_on_shift` outside the shift's hours,
    `crew_with_case` where a crew that has a case would rest or leave.
    """
    with change():
        shift = lock_shift(shift_id)
        crew = set(shift.members.values_list("user_id", flat=True))
        if member_id and member_id not in crew:
            raise NotFound()
        if not shift.starts_at <= at < shift.ends_at:
            raise WrongState("not_on_shift", _("This crew is not on shift now."))
        # An offer locks the shift too: nobody is asked in the moment he goes off.
        if Duty(state) != Duty.STANDBY and _has_case(shift):
            raise WrongState("crew_with_case", _("The crew has a case: end it or call the crew off first."))

        for user_id in sorted([member_id] if member_id else crew):
            shift = set_duty(shift_id=shift_id, user_id=user_id, state=state, at=at, by_id=by.user_id)
        return shift


def _has_case(shift: Shift) -> bool:
    return Assignment.objects.filter(shift=shift, status__in=TAKEN).exists()
