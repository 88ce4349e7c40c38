"""Ring people outside the app: by voice, message or push, where the app itself may not be heard.

The open app rings by the feed's own event, before anything here. These actions only write down who is to be
rung; the call goes out after the commit (ring_calls.py), so a slow gateway holds up nobody.
"""

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any

from django.conf import settings

from fieldops.audit.actions import append
from fieldops.cases.models import Case
from fieldops.cases.telling import write_line
from fieldops.dispatch.models import Assignment, AssignmentMember, RingAttempt, RingOutcome, Status
from fieldops.dispatch.ring_moves import LINE_OF, OPEN, WENT_OUT, WHY, may_become, says_the_same
from fieldops.dispatch.telling import lock_assignment, save_assignment, tell_assignment
from fieldops.feed.alarms import raise_alarm, settle_alarms
from fieldops.feed.changes import Change, change
from fieldops.lib.db import locked
from fieldops.lib.errors import NotFound
from fieldops.lib.masks import mask_phone
from fieldops.lib.passes import each
from fieldops.teams.actor import SYSTEM
from fieldops.teams.models import Device, User
from fieldops.teams.queries import live_device
from fieldops.teams.wire import ring_state
from fieldops.timers.actions import cancel_timer, set_timer

# The adapter of Web Push: it goes beside every ring, and says nothing to the desk.
PUSH = "push"


def ring_crew(
    *,
    assignment: Assignment,
    members: Iterable[AssignmentMember],
    why: str,
    at: dt.datetime,
    anew: bool = False,
) -> list[RingAttempt]:
    """Ring these people of a crew, each on his service telephone; the caller publishes the assignment after.

    `why` is a code of ring_moves.WHY. A phone that is being rung, or was within settings.RING_AGAIN_S, is not
    rung a second time, unless `anew` says that this is another cause. Call it under the assignment's lock.
    """
    with change():
        return [_ring_member(assignment, member, why, at, anew) for member in members]


def ring_person(
    *,
    user: User,
    center_id: uuid.UUID,
    why: str,
    at: dt.datetime,
    assignment: Assignment | None = None,
    anew: bool = False,
) -> RingAttempt:
    """Ring one person who is no member of the crew: the supervisor, the shift's owner, a crew that can help.

    Without an assignment he is rung at most once in settings.RING_AGAIN_S for the same reason.
    """
    with change():
        return _ring(user=user, center_id=center_id, assignment=assignment, why=why, at=at, anew=anew)


def ring_silent_phones(*, at: dt.datetime) -> None:
    """Ring whoever is being asked and whose phone has fallen asleep, silent or away since; once each."""
    waiting = AssignmentMember.objects.filter(
        assignment__status=Status.OFFERED, answered_at__isnull=True, rung_at__isnull=True
    )
    found = waiting.select_related("user").prefetch_related("user__devices")
    silent = [member for member in found if not ring_state(live_device(member.user), at)[0]]
    users: dict[uuid.UUID, set[uuid.UUID]] = {}
    for member in silent:
        users.setdefault(member.assignment_id, set()).add(member.user_id)
    each(sorted(users), lambda pk: _ring_offered(pk, users[pk], at))


def _ring_offered(assignment_id: uuid.UUID, users: set[uuid.UUID], at: dt.datetime) -> None:
    with change() as changed:
        _, row = lock_assignment(assignment_id)
        members = row.members.select_related("user").filter(
            user_id__in=users, answered_at__isnull=True, rung_at__isnull=True
        )
        if row.status == Status.OFFERED and ring_crew(
            assignment=row, members=members, why="cannot_ring", at=at
        ):
            save_assignment(row)
            tell_assignment(changed, row, "assignment.changed", at=at)


def _ring_member(
    assignment: Assignment, member: AssignmentMember, why: str, at: dt.datetime, anew: bool
) -> RingAttempt:
    attempt = _ring(
        user=member.user, center_id=assignment.center_id, assignment=assignment, why=why, at=at, anew=anew
    )
    member.rung_at, member.rung = attempt.asked_at, attempt.outcome
    member.save(update_fields=["rung_at", "rung"])
    return attempt


def _ring(
    *,
    user: User,
    center_id: uuid.UUID,
    assignment: Assignment | None,
    why: str,
    at: dt.datetime,
    anew: bool = False,
) -> RingAttempt:
    """Return the ring under way or just over, or make one and set it due now."""
    if why not in WHY:
        raise LookupError(f"unknown reason to ring {why}")
    if anew:
        _give_up(user, assignment, why, at)
    elif already := _under_way(user, assignment, why, at):
        return already
    if settings.PUSH and pinged_device(user):
        _begin(user, center_id, assignment, why, PUSH, at)
    return _begin(user, center_id, assignment, why, settings.RING_ADAPTER, at)


def pinged_device(user: User) -> Device | None:
    """Return the phone whose browser may be pinged: not one signed out, wiped or taken off the list."""
    kept = user.devices.filter(push__isnull=False, revoked_at__isnull=True, wiped_at__isnull=True)
    return kept.order_by("-last_seen_at").first()


def _begin(
    user: User,
    center_id: uuid.UUID,
    assignment: Assignment | None,
    why: str,
    adapter: str,
    at: dt.datetime,
) -> RingAttempt:
    attempt = RingAttempt.objects.create(
        center_id=center_id,
        assignment=assignment,
        user=user,
        name=user.name,
        number_mask="" if adapter == PUSH else mask_phone(user.phone),
        why=why,
        adapter=adapter,
        asked_at=at,
    )
    set_ring_timer(attempt, at)
    return attempt


def _under_way(user: User, assignment: Assignment | None, why: str, at: dt.datetime) -> RingAttempt | None:
    """Return the last ring that said the same, if it still rings or is just over."""
    rows = RingAttempt.objects.filter(user=user, assignment=assignment, adapter=settings.RING_ADAPTER)
    last = rows.filter(why__in=says_the_same(why)).order_by("-asked_at").first()
    if last is None:
        return None
    again = last.asked_at + dt.timedelta(seconds=settings.RING_AGAIN_S)
    return last if last.outcome in OPEN or at < again else None


def _give_up(user: User, assignment: Assignment | None, why: str, at: dt.datetime) -> None:
    """Wait no longer for word of the rings of a cause before; what the gateway still says of one counts."""
    rows = RingAttempt.objects.filter(user=user, assignment=assignment, why=why, outcome__in=OPEN)
    for attempt in rows:
        attempt.outcome = RingOutcome.NO_WORD if attempt.tries else RingOutcome.MOOT
        attempt.over_at = at
        attempt.save(update_fields=["outcome", "over_at"])
        cancel_timer(key=f"ring:{attempt.pk}")


def set_ring_timer(attempt: RingAttempt, due_at: dt.datetime) -> None:
    """Look after this ring at `due_at`: send it, send it again, or give up waiting for word."""
    payload: dict[str, Any] = {"ring_id": str(attempt.pk), "center_id": str(attempt.center_id)}
    set_timer(key=f"ring:{attempt.pk}", kind="dispatch.ring", due_at=due_at, payload=payload)


def record_ring(*, ring_id: uuid.UUID, outcome: str, at: dt.datetime, detail: str = "") -> RingAttempt:
    """Write down what became of a ring and tell the desk; what it cannot become any more is ignored.

    Raises NotFound.
    """
    with change() as changed:
        case, attempt = lock_ring(ring_id)
        if not may_become(attempt.outcome, outcome):
            return attempt

        attempt.outcome, attempt.detail = outcome, detail[:60]
        attempt.sent_at = attempt.sent_at or (at if outcome in WENT_OUT else None)
        attempt.over_at = None if outcome in OPEN else at
        attempt.save(update_fields=["outcome", "detail", "sent_at", "over_at"])
        if outcome in OPEN:
            set_ring_timer(attempt, at + dt.timedelta(seconds=settings.RING_ANSWER_S))
        else:
            cancel_timer(key=f"ring:{attempt.pk}")

        if attempt.adapter != PUSH:
            _alarm_or_settle(attempt, at)
        _audit(attempt, at)
        _tell(changed, case, attempt, at)
        return attempt


def record_unreachable(*, ring_id: uuid.UUID, at: dt.datetime, detail: str) -> RingAttempt:
    """The gateway did not answer: try again soon, the desk rings meanwhile; after the last try it failed."""
    with change():
        _, attempt = lock_ring(ring_id)
        if attempt.outcome != RingOutcome.WAITING:
            return attempt
        if attempt.tries >= settings.RING_TRIES:
            return record_ring(ring_id=ring_id, outcome=RingOutcome.FAILED, at=at, detail=detail)

        wait = settings.RING_BACK_OFF_S[min(attempt.tries, len(settings.RING_BACK_OFF_S)) - 1]
        set_ring_timer(attempt, at + dt.timedelta(seconds=wait))
        if attempt.adapter != PUSH:
            _alarm_gateway(attempt, at, detail)
        return attempt


def lock_ring(ring_id: uuid.UUID) -> tuple[Case | None, RingAttempt]:
    """Lock the case and the assignment the ring is about, then the ring. Raises NotFound."""
    about = RingAttempt.objects.filter(pk=ring_id).values_list("assignment_id", flat=True)
    if not about:
        raise NotFound()
    case, assignment = lock_assignment(about[0]) if about[0] else (None, None)
    attempt = locked(RingAttempt.objects).select_related("user").get(pk=ring_id)
    attempt.assignment = assignment
    return case, attempt


def _alarm_or_settle(attempt: RingAttempt, at: dt.datetime) -> None:
    """A gateway that took a ring is alive; one that failed or refused is told to the desk with the number."""
    if attempt.outcome in WENT_OUT:
        settle_alarms(prefix=f"ring_gateway:{attempt.center_id}", at=at)
    elif attempt.outcome == RingOutcome.FAILED:
        _alarm_gateway(attempt, at, attempt.detail)
    elif attempt.outcome == RingOutcome.REFUSED:
        _alarm(attempt, "ring_refused", f"ring_refused:{attempt.pk}", at, attempt.detail)


def _alarm_gateway(attempt: RingAttempt, at: dt.datetime, detail: str) -> None:
    _alarm(attempt, "ring_gateway", f"ring_gateway:{attempt.center_id}", at, detail)


def _alarm(attempt: RingAttempt, kind: str, key: str, at: dt.datetime, detail: str) -> None:
    ring = [{"user_id": str(attempt.user_id), "name": attempt.name, "phone": attempt.user.phone}]
    about = attempt.assignment
    raise_alarm(
        center_id=attempt.center_id, kind=kind, key=key, at=at, params={"ring": ring, "detail": detail},
        case_id=about.case_id if about else None, case_number=about.case.number if about else "",
        assignment_id=about.pk if about else None,
    )  # fmt: skip


def _audit(attempt: RingAttempt, at: dt.datetime) -> None:
    """What left the house, and what came of it: by id, no number, no words."""
    append(
        verb="ring.call", subject_kind="ring", subject_id=attempt.pk, at=at, center_id=attempt.center_id,
        extra={
            "user": str(attempt.user_id), "assignment": str(attempt.assignment_id or ""),
            "why": attempt.why, "adapter": attempt.adapter, "outcome": attempt.outcome,
        },
    )  # fmt: skip


def _tell(changed: Change, case: Case | None, attempt: RingAttempt, at: dt.datetime) -> None:
    """Put the outcome beside the member's receipts, and on the timeline once it is known."""
    row = attempt.assignment
    if case is None or row is None or attempt.adapter == PUSH:
        return
    mine = AssignmentMember.objects.filter(assignment=row, user_id=attempt.user_id)
    mine.update(rung_at=attempt.sent_at or attempt.asked_at, rung=attempt.outcome)
    code = LINE_OF.get(attempt.outcome)
    line = None
    if code:
        line = write_line(
            case, code, by=SYSTEM, at=attempt.sent_at or at, name=attempt.name, number=attempt.number_mask,
            rung=attempt.outcome, detail=attempt.detail,
        )  # fmt: skip
    save_assignment(row)
    tell_assignment(changed, row, "assignment.changed", at=at, line=line)
