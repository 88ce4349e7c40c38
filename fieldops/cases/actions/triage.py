"""Triage applied: recomputed whenever its facts change, overridden only by a supervisor with a reason."""

import datetime as dt
import uuid

from django.db.models import QuerySet

from fieldops.audit.actions import append
from fieldops.cases.models import Case, CaseEvent, Stage, VictimState
from fieldops.cases.moves import next_stage
from fieldops.cases.telling import lock_case, refuse_closed, save_case, tell_case, write_line
from fieldops.cases.triage import Facts, triage
from fieldops.feed.changes import change
from fieldops.teams.actor import Actor


def triage_now(case: Case) -> str:
    """Set the case's triage from its present facts (the caller saves); return the channel in force."""
    verdict = triage(
        Facts(
            level=case.level,
            victim_state=case.victim_state,
            student=case.person.school_id is not None,
            attempts=case.attempts,
            unreached_rounds=case.unreached_rounds,
            busy_rounds=case.busy_rounds,
        )
    )
    case.triage_channel = verdict.channel
    case.triage_reasons = verdict.reasons
    return case.triage_override["channel"] if case.triage_override else verdict.channel


# The lines that say how deep he is in, and the parameter that does.
STATE_OF = {"state.changed": "after", "call.closed": "state"}

# Where triage's channel leads a case that waits in the desk's queues.
COMMAND_OF = {"phone": "call_again", "school": "send", "station": "send", "mobile_team": "send"}


def command_of(case: Case, channel: str) -> str:
    """Return how the stage moves once the facts say `channel`: somebody aware needs nobody any more."""
    return "aware" if case.victim_state == VictimState.AWARE else COMMAND_OF[channel]


def follow_triage(case: Case) -> None:
    """Set triage from the present facts; a case that waits at the desk follows it. The caller saves."""
    channel = triage_now(case)
    if case.stage in (Stage.TO_CALL, Stage.TO_SEND):
        case.stage = next_stage(case.stage, command_of(case, channel))


def override_triage(*, case_id: uuid.UUID, channel: str, reason: str, by: Actor, at: dt.datetime) -> Case:
    """Decide otherwise than triage, with a reason; the stage follows the channel."""
    with change() as changed:
        case = lock_case(case_id)
        refuse_closed(case)
        case.triage_override = {
            "channel": channel,
            "by": str(by.user_id),
            "by_name": by.name,
            "reason": reason,
        }
        follow_triage(case)
        save_case(case, "triage_override", "triage_channel", "triage_reasons", "stage")

        append(
            verb="triage.override",
            subject_kind="case",
            subject_id=case.pk,
            at=at,
            actor_id=by.user_id,
            center_id=case.center_id,
        )
        line = write_line(case, "triage.overridden", by=by, at=at, channel=channel, reason=reason)
        tell_case(changed, case, "case.changed", at=at, line=line)
        return case


def set_victim_state(*, case_id: uuid.UUID, state: str, by: Actor, at: dt.datetime) -> Case:
    """Set how deep the person is in, as someone now sees it; the same state again is harmless.

    A word older than what stands (a phone was without a network) is only written on the timeline.
    """
    with change() as changed:
        case = lock_case(case_id)
        if case.victim_state == state:
            return case
        words = case.lines.filter(code__in=STATE_OF)
        if words.filter(at__gt=at).exists():
            before = _state_then(words, at)
            save_case(case)
        else:
            before, case.victim_state = case.victim_state, VictimState(state)
            follow_triage(case)
            save_case(case, "victim_state", "triage_channel", "triage_reasons", "stage")

        line = write_line(case, "state.changed", by=by, at=at, before=before, after=state)
        tell_case(changed, case, "case.changed", at=at, line=line)
        return case


def _state_then(words: QuerySet[CaseEvent], at: dt.datetime) -> str:
    """Return what was known of him at an instant."""
    last = words.filter(at__lte=at).order_by("-at", "-pk").first()
    return str(last.params[STATE_OF[last.code]]) if last else VictimState.UNKNOWN.value
