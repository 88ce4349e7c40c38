"""A case was closed: no crew is asked about it any more, and none keeps a place for it."""

import datetime as dt
import uuid

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from fieldops.cases.telling import lock_case, save_case, tell_case
from fieldops.dispatch.actions.calloff import call_back
from fieldops.dispatch.lineup import drop_line_up
from fieldops.dispatch.models import Assignment, Status
from fieldops.feed.changes import change
from fieldops.teams.actor import SYSTEM


def end_what_waits(*, case_id: uuid.UUID, at: dt.datetime) -> None:
    """Recall what is still offered of a closed case, and take it out of the line; again is harmless."""
    with change() as changed:
        case = lock_case(case_id)
        if case.closed_at is None:
            return
        with override(settings.LANGUAGE_CODE):
            reason = _("the case is closed")
        asked = Assignment.objects.filter(case=case, status=Status.OFFERED)
        for pk in sorted(asked.values_list("pk", flat=True)):
            call_back(assignment_id=pk, by=SYSTEM, at=at, reason=reason)
        if drop_line_up(case, by=SYSTEM, at=at):
            save_case(case)
            tell_case(changed, case, "case.changed", at=at)
