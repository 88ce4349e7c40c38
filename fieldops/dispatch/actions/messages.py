"""Short words between desk and crew."""

import datetime as dt
import uuid

from django.utils.translation import gettext_lazy as _

from fieldops.cases.telling import tell, write_line
from fieldops.dispatch.models import Message, MessageReceipt
from fieldops.dispatch.telling import crew_recipients, lock_assignment
from fieldops.dispatch.wire import message_wire
from fieldops.feed.changes import change
from fieldops.lib.errors import Invalid, WrongState
from fieldops.lib.ids import new_id
from fieldops.teams.actor import Actor


def send_message(
    *,
    assignment_id: uuid.UUID,
    by: Actor,
    at: dt.datetime,
    from_desk: bool,
    text: str = "",
    canned: str = "",
    message_id: uuid.UUID | None = None,
) -> Message:
    """Send words inside an assignment; the same `message_id` again is harmless. Raises Invalid when empty."""
    with change() as changed:
        case, row = lock_assignment(assignment_id)
        if message_id and (again := Message.objects.filter(pk=message_id).first()):
            if again.assignment_id != row.pk:
                raise WrongState("id_reused")
            return again
        if not (text or canned):
            raise Invalid("invalid", _("Write something, or choose a phrase."), errors={"text": ["required"]})

        message = Message.objects.create(
            id=message_id or new_id(), assignment=row, from_desk=from_desk, by_id=by.user_id, by_name=by.name,
            canned=canned, text=text, sent_at=at,
        )  # fmt: skip
        _await_receipts(message, by)

        line = write_line(case, "message", by=by, at=at, name=by.name, text=text, canned=canned)
        tell(
            changed, case, "message.sent", ("message", message.pk), message.version, message_wire(message),
            at=at, line=line, also=crew_recipients(row),
        )  # fmt: skip
        return message


def _await_receipts(message: Message, by: Actor) -> None:
    """Everyone else of the crew is to have it, and to see it."""
    readers = [m for m in message.assignment.members.all() if m.user_id != by.user_id]
    MessageReceipt.objects.bulk_create(
        [MessageReceipt(message=message, user_id=m.user_id, name=m.name) for m in readers]
    )
