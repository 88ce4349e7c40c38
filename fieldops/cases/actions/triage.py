"""Triage applied: recomputed whenever its facts change, overridden only by a supervisor with a reason."""

import datetime as dt
import uuid

from fieldops.audit.actions import append
from fieldops.cases.models import Case, VictimState
from fieldops.cases.telling import lock_case, save_case, tell_case, write_line
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


def override_triage(*, case_id: uuid.UUID, channel: str, reason: str, by: Actor, at: dt.datetime) -> Case:
    """Decide otherwise than triage, with a reason; the stage follows the channel."""
    with change() as changed:
        case = lock_case(case_id)
        case.triage_override = {
            "channel": channel,
            "by": str(by.user_id),
            "by_name": by.name,
            "reason": reason,
        }
        save_case(case, "triage_override")

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
    """Set how deep the person is in, as someone now sees it; the same state again is harmless."""
    with change() as changed:
        case = lock_case(case_id)
        if case.victim_state == state:
            return case
        before, case.victim_state = case.victim_state, VictimState(state)
        triage_now(case)
        save_case(case, "victim_state", "triage_channel", "triage_reasons")

        line = write_line(case, "state.changed", by=by, at=at, before=before, after=state)
        tell_case(changed, case, "case.changed", at=at, line=line)
        return case
