"""The crew answers: accept, or decline with a reason."""

import datetime as dt
import uuid
from typing import Any

from django.db.models import QuerySet

from fieldops.audit.actions import append
from fieldops.cases.actions import advance_case, open_person
from fieldops.cases.models import Case
from fieldops.cases.telling import write_line
from fieldops.dispatch.actions.calloff import end_round
from fieldops.dispatch.actions.moved import Moved
from fieldops.dispatch.actions.promises import set_promise
from fieldops.dispatch.actions.turn import back_to_desk, was_visited
from fieldops.dispatch.models import TAKEN, Assignment, AssignmentMember, Status
from fieldops.dispatch.moves import OVER, Facts, Verdict, judge
from fieldops.dispatch.telling import follow_case, lock_assignment, save_assignment, tell_assignment
from fieldops.feed.alarms import raise_alarm, settle_alarms
from fieldops.feed.changes import change
from fieldops.teams.actor import Actor
from fieldops.timers.actions import cancel_timers


def accept_assignment(*, assignment_id: uuid.UUID, by: Actor, at: dt.datetime) -> Moved:
    """Accept for the crew, or join the crew-mate who did; a late accept counts if nobody else goes.

    Opens name and number to the crew, audited. Never raises for a lost race: the outcome says so.
    """
    with change() as changed:
        case, assignment = lock_assignment(assignment_id)
        member = member_of(assignment, by)
        verdict = judge(assignment.status, "accept", facts_of(case, assignment, member, "accept"))
        if verdict.outcome != "applied":
            return refused(assignment, verdict)
        record_answer(member, "accept", by, at)
        if verdict.code == "JOINED":
            save_assignment(assignment)
            line = write_line(case, "answered", by=by, at=at, name=member.name if member else by.name)
            tell_assignment(changed, assignment, "assignment.answered", at=at, line=line)
            return Moved(assignment, "applied", "JOINED")

        take(case, assignment, at=at, by=by, late=verdict.code == "LATE")
        set_promise(assignment, "set_out", at)
        # No promised step yet: the clock is the loss, not our own leaving; a late start has its own alarm.
        advance_case(case=case, command="accept", at=at)

        line = write_line(
            case, "accepted", by=by, at=at, name=member.name if member else by.name, late=assignment.late
        )
        tell_assignment(
            changed, assignment, "assignment.accepted", at=at, line=line, secret=open_person(case)
        )
        return Moved(assignment, "applied", verdict.code, opened=True)


def take(case: Case, assignment: Assignment, *, at: dt.datetime, by: Actor, late: bool) -> None:
    """Make the assignment this crew's: status, followers, other offers withdrawn, the opening audited."""
    assignment.status = Status.ACCEPTED
    assignment.accepted_at = assignment.accepted_at or at
    assignment.ended_at = None
    assignment.late = late
    save_assignment(assignment, "status", "accepted_at", "ended_at", "late")
    cancel_timers(prefix=f"assignment:{assignment.pk}:")
    settle_alarms(prefix=f"assignment:{assignment.pk}:", at=at)
    follow_case(assignment, at)
    end_round(case, assignment, at=at)
    for reader in assignment.members.all():
        append(
            verb="person.open_for_crew", subject_kind="person", subject_id=case.person_id, at=at,
            actor_id=reader.user_id, center_id=case.center_id, extra={"assignment": str(assignment.pk)},
        )  # fmt: skip


def decline_assignment(
    *, assignment_id: uuid.UUID, by: Actor, at: dt.datetime, reason: str, words: str = ""
) -> Moved:
    """Record that a member cannot go: one alarms the desk; when all have said so the offer is declined."""
    with change() as changed:
        case, assignment = lock_assignment(assignment_id)
        member = member_of(assignment, by)
        verdict = judge(assignment.status, "decline", facts_of(case, assignment, member, "decline"))
        if verdict.outcome != "applied":
            return refused(assignment, verdict)

        record_answer(member, "decline", by, at, f"{reason} {words}".strip())
        everyone = all(m.answer == "decline" for m in assignment.members.all())
        over = everyone and assignment.status == Status.OFFERED
        if over:
            _end_declined(case, assignment, at)
        else:
            save_assignment(assignment)
        _alarm_decline(assignment, member, reason, over, at)

        name = member.name if member else by.name
        line = write_line(case, "declined", by=by, at=at, name=name, reason=reason, words=words)
        kind = "assignment.declined" if over else "assignment.answered"
        tell_assignment(changed, assignment, kind, at=at, line=line)
        return Moved(assignment, "applied")


def _end_declined(case: Case, assignment: Assignment, at: dt.datetime) -> None:
    assignment.status = Status.DECLINED
    assignment.ended_at = at
    save_assignment(assignment, "status", "ended_at")
    cancel_timers(prefix=f"assignment:{assignment.pk}:")
    settle_alarms(prefix=f"assignment:{assignment.pk}:", at=at)
    back_to_desk(case, assignment, at)


def _alarm_decline(
    assignment: Assignment, member: AssignmentMember | None, reason: str, over: bool, at: dt.datetime
) -> None:
    raise_alarm(
        center_id=assignment.center_id,
        kind="declined",
        key=f"declined:{assignment.pk}:{member.user_id if member else ''}",
        at=at,
        params={
            "team": assignment.team.call_sign,
            "name": member.name if member else "",
            "reason": reason,
            "crew": over,
        },
        case_id=assignment.case_id,
        case_number=assignment.case.number,
        assignment_id=assignment.pk,
    )


def member_of(assignment: Assignment, by: Actor) -> AssignmentMember | None:
    """Return the crew member behind an actor; None when the desk speaks for the whole crew."""
    return next((m for m in assignment.members.all() if m.user_id == by.user_id), None)


def facts_of(case: Case, assignment: Assignment, member: AssignmentMember | None, command: str) -> Facts:
    """Return what decides besides the status, read under the locks."""
    others = Assignment.objects.filter(status__in=TAKEN).exclude(pk=assignment.pk)
    return Facts(
        answered=member.answer if member else "",
        voiced=_was_voiced(assignment, member, command),
        taken_elsewhere=_goes_without(case, assignment, others),
        engaged=others.filter(shift_id=assignment.shift_id).exists(),
        case_closed=case.closed_at is not None,
    )


def _goes_without(case: Case, assignment: Assignment, taken: QuerySet[Assignment]) -> bool:
    """Tell whether this crew is not wanted any more: another has the case, or has been there meanwhile."""
    if taken.filter(case=case).exists():
        return not assignment.support
    return assignment.status in OVER and was_visited(assignment)


def _was_voiced(assignment: Assignment, member: AssignmentMember | None, command: str) -> bool:
    """Tell whether the desk already made this move: an answer for this member, any other for the crew."""
    if command in ("accept", "decline"):
        said = {"accept": "accept", "decline": "decline"}[command]
        return bool(member and member.by_voice and member.answer == said)
    return command in assignment.voiced


def record_answer(
    member: AssignmentMember | None, answer: str, by: Actor, at: dt.datetime, reason: str = ""
) -> None:
    """Set a member's answer and its time once; a changed mind keeps the newest answer."""
    if member is None:
        return
    member.answer = answer
    member.answered_at = at
    member.reason = reason[:120]
    member.by_voice = by.by_voice
    member.save(update_fields=["answer", "answered_at", "reason", "by_voice"])


def refused(assignment: Assignment, verdict: Verdict) -> Moved:
    """Return a lost or repeated command's outcome, with who has the case where that is the reason."""
    info: dict[str, Any] = {"status": assignment.status}
    if verdict.code == "TAKEN":
        info["by"] = assignment.taken_by or taker(assignment)
    return Moved(assignment, verdict.outcome, verdict.code, info)


def taker(assignment: Assignment) -> str:
    """Return the call sign of the crew that has the case, or has been there."""
    rows = Assignment.objects.filter(case_id=assignment.case_id).select_related("team")
    last = rows.filter(status=Status.CONCLUDED).order_by("-concluded_at")
    row = rows.filter(status__in=TAKEN).first() or last.first()
    return row.team.call_sign if row else ""
