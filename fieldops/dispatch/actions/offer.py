"""Offer a case to a crew: where he is now, what is known, the ladder frozen."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from fieldops.audit.actions import append
from fieldops.cases.actions import advance_case
from fieldops.cases.models import Case, Whereabouts
from fieldops.cases.telling import lock_case, write_line
from fieldops.dispatch.actions.calloff import leave_drill
from fieldops.dispatch.lineup import drop_line_up
from fieldops.dispatch.models import TAKEN, Assignment, AssignmentMember, Status
from fieldops.dispatch.recommend import Candidate, candidate_among, recommend
from fieldops.dispatch.ring import ring_crew
from fieldops.dispatch.steps import answer_steps, promise_steps, with_next_team
from fieldops.dispatch.telling import tell_assignment
from fieldops.dispatch.wire import told_of
from fieldops.feed.alarms import raise_alarm
from fieldops.feed.changes import Change, change
from fieldops.lib.db import locked, rows_are_locked
from fieldops.lib.errors import Invalid, Problem, WrongState
from fieldops.lib.ids import new_id
from fieldops.teams.actor import Actor
from fieldops.teams.models import Duty, Shift
from fieldops.teams.wire import ring_state
from fieldops.timers.actions import set_timers

# More of a long ranking says nothing; a hundred crews would make every later read of the row slow.
RANKING_KEPT = 10


class Blocked(Problem):
    """The gate refuses this crew (409 `gate_blocked`), with every reason in codes."""

    code = "gate_blocked"
    words = _("This crew cannot be sent.")


class ReasonWanted(Problem):
    """The gate warns; a typed reason lets the offer pass (409 `reason_wanted`)."""

    code = "reason_wanted"
    words = _("Say why this crew is sent all the same.")


@dataclass(frozen=True)
class Wanted:
    """How an offer is wanted by whoever sends it."""

    brief: str
    reason: str
    support: bool
    automatic: bool
    assignment_id: uuid.UUID | None
    round: int


def offer_assignment(
    *,
    case_id: uuid.UUID,
    shift: Shift,
    by: Actor,
    at: dt.datetime,
    brief: str = "",
    reason: str = "",
    support: bool = False,
    competing: bool = False,
    replacing: bool = False,
    automatic: bool = False,
    whereabouts_id: uuid.UUID | None = None,
    assignment_id: uuid.UUID | None = None,
) -> Assignment:
    """Offer the case to the crew of `shift`.

    `support` sends a second crew on purpose (a new round); `competing` asks one more crew in the same round;
    `replacing` takes the place of a crew just called off, whoever else is on the case.
    Raises WrongState (`already_taken`, `already_offered`, `crew_taken`), Blocked or ReasonWanted.
    """
    with change() as changed:
        case = lock_case(case_id)
        if assignment_id and (again := Assignment.objects.filter(pk=assignment_id).first()):
            if again.case_id != case_id:
                raise WrongState("id_reused")
            return again
        # Under the shift's lock: two desks sending one crew meet here, and the second sees the first's offer.
        if rows_are_locked():
            locked(Shift.objects).get(pk=shift.pk)
        earlier = list(Assignment.objects.filter(case=case).select_related("team"))
        _refuse_second(case, earlier, support or replacing, competing)
        if whereabouts_id:
            _choose_whereabouts(case, whereabouts_id)
        ranked = recommend(case, at=at)
        candidate = candidate_among(ranked, case, shift)
        _check_gate(candidate, reason)
        drop_line_up(case, by=by, at=at)
        if not case.drill:
            leave_drill(shift_id=shift.pk, at=at)

        number = _round(earlier, new=support and not competing)
        wanted = Wanted(brief, reason, support, automatic, assignment_id, number)
        assignment = _make(case, shift, candidate, by, at, wanted)
        assignment.ranking = ranking_of(ranked, candidate)
        assignment.ladder = with_next_team(assignment.ladder, next_team(ranked, candidate))
        _save_new(assignment, candidate)
        _await_answer(assignment, candidate, at)

        _record(changed, case, assignment, by, at)
        return assignment


def _record(changed: Change, case: Case, assignment: Assignment, by: Actor, at: dt.datetime) -> None:
    append(
        verb="assignment.offer", subject_kind="assignment", subject_id=assignment.pk, at=at,
        actor_id=by.user_id, center_id=case.center_id, reason=assignment.gate_reason,
    )  # fmt: skip
    line = write_line(
        case,
        "offered",
        by=by,
        at=at,
        team=assignment.team.call_sign,
        place=case.whereabouts.text if case.whereabouts else "",
        reason=assignment.gate_reason,
        support=assignment.support,
    )
    tell_assignment(changed, assignment, "assignment.offered", at=at, line=line)


def _refuse_second(case: Case, rows: list[Assignment], support: bool, competing: bool) -> None:
    """A case already with a crew is offered again only on purpose."""
    if case.closed_at:
        raise WrongState("closed", _("This case is closed."))
    taken = next((row for row in rows if row.status in TAKEN), None)
    if taken and not support:
        raise WrongState("already_taken", _("A crew already has this case."), by=taken.team.call_sign)
    offered = next((row for row in rows if row.status == Status.OFFERED), None)
    if offered and not (support or competing):
        raise WrongState("already_offered", _("A crew is being asked already."), by=offered.team.call_sign)


def _check_gate(candidate: Candidate, reason: str) -> None:
    verdict = candidate.verdict
    codes = {entry["code"] for entry in verdict.reasons}
    if verdict.verdict == "block":
        raise Blocked(
            "crew_taken" if codes & {"engaged", "offered_elsewhere"} else "", reasons=verdict.reasons
        )
    if verdict.verdict == "warn" and len(reason.strip()) < 2:
        raise ReasonWanted(reasons=verdict.reasons)


def _choose_whereabouts(case: Case, whereabouts_id: uuid.UUID) -> None:
    chosen = Whereabouts.objects.filter(pk=whereabouts_id, case=case).first()
    if chosen is None:
        raise Invalid("unknown_whereabouts", errors={"whereabouts": ["unknown"]})
    case.whereabouts = chosen
    case.save(update_fields=["whereabouts"])


def _make(
    case: Case, shift: Shift, candidate: Candidate, by: Actor, at: dt.datetime, wanted: Wanted
) -> Assignment:
    ladder = answer_steps(case.level, at)
    row = Assignment(
        id=wanted.assignment_id or new_id(),
        center_id=case.center_id,
        case=case,
        shift=shift,
        team=shift.team,
        round=wanted.round,
        support=wanted.support,
        automatic=wanted.automatic,
        level=case.level,
        drill=case.drill,
        told=told_of(case),
        brief=wanted.brief,
        distance_m=candidate.distance_m,
        eta_s=candidate.eta_s,
        gate={"verdict": candidate.verdict.verdict, "reasons": candidate.verdict.reasons},
        gate_reason=wanted.reason,
        ladder=ladder,
        promises=promise_steps(case.level),
        expires_at=at + dt.timedelta(seconds=ladder[-1]["after_s"]),
        offered_at=at,
        offered_by_id=by.user_id,
    )
    if by.person:
        row.offered_by = by.person  # known already: telling need not ask
    return row


def ranking_of(ranked: list[Candidate], chosen: Candidate) -> list[dict[str, Any]]:
    """Return what is kept of the recommendation: its head, and the crew that was sent wherever it stood."""
    kept = ranked[:RANKING_KEPT]
    return [row.wire() for row in (kept if chosen in kept else [*kept, chosen])]


def next_team(ranked: list[Candidate], chosen: Candidate) -> str:
    """Return the crew the ladder would ask next, as things stand."""
    free = (row for row in ranked if row is not chosen and row.verdict.verdict == "allow")
    return next((row.crew.team.call_sign for row in free), "")


def _save_new(assignment: Assignment, candidate: Candidate) -> None:
    """Insert; the database's own rule answers if another desk sent this crew in the same instant."""
    try:
        assignment.save(force_insert=True)
    except IntegrityError as error:
        raise WrongState("crew_taken", _("Another desk has just sent this crew.")) from error
    hands = [hand for hand in candidate.crew.hands.values() if hand.duty != Duty.OFF]
    AssignmentMember.objects.bulk_create(
        [AssignmentMember(assignment=assignment, user_id=hand.user_id, name=hand.name) for hand in hands]
    )


def _round(rows: list[Assignment], *, new: bool) -> int:
    """Return the round of one more offer: the last while somebody is still asked in it, else a new one."""
    last = max((row.round for row in rows), default=0)
    still_open = any(row.round == last and row.status == Status.OFFERED for row in rows)
    return last if still_open and not new else last + 1


def _await_answer(assignment: Assignment, candidate: Candidate, at: dt.datetime) -> None:
    """From now on silence has its steps."""
    expires = assignment.expires_at
    advance_case(case=assignment.case, command="offer", at=at, step_due_at=expires, step_due_for="answer")
    _set_ladder(assignment, at)
    _alarm_silent_phones(assignment, candidate, at)


def _set_ladder(assignment: Assignment, at: dt.datetime) -> None:
    ids = {"assignment_id": str(assignment.pk), "center_id": str(assignment.center_id)}
    steps = {
        f"assignment:{assignment.pk}:ladder:{number}": (
            at + dt.timedelta(seconds=step["after_s"]),
            {**ids, "step": number},
        )
        for number, step in enumerate(assignment.ladder)
    }
    set_timers(kind="dispatch.ladder_step", timers=steps)


def _alarm_silent_phones(assignment: Assignment, candidate: Candidate, at: dt.datetime) -> None:
    """A phone known not to ring is rung by a person at once, not after twenty seconds."""
    for entry in candidate.verdict.reasons:
        if entry["code"] in ("cannot_ring_some", "cannot_ring_any"):
            raise_alarm(
                center_id=assignment.center_id,
                kind="cannot_ring",
                key=f"assignment:{assignment.pk}:cannot_ring",
                at=at,
                params={"team": assignment.team.call_sign, **phones_of(assignment), **entry["params"]},
                case_id=assignment.case_id,
                case_number=assignment.case.number,
                assignment_id=assignment.pk,
            )
            hands = candidate.crew.hands.values()
            silent = [hand.user_id for hand in hands if not ring_state(hand.phone, at)[0]]
            members = assignment.members.select_related("user").filter(user_id__in=silent)
            ring_crew(assignment=assignment, members=members, why="cannot_ring", at=at)


def phones_of(assignment: Assignment) -> dict[str, Any]:
    """Return the service telephones of the crew: the card that says *ring them*."""
    members = assignment.members.select_related("user")
    return {"ring": [{"user_id": str(m.user_id), "name": m.name, "phone": m.user.phone} for m in members]}
