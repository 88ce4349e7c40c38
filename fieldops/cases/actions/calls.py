"""Phone dissuasion: a call opens (and claims the person), then closes with what came of it."""

import datetime as dt
import uuid
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from fieldops.audit.actions import append
from fieldops.cases.actions.triage import command_of, triage_now
from fieldops.cases.models import CallAttempt, CallResult, Case, Stage, VictimState
from fieldops.cases.moves import next_stage
from fieldops.cases.telling import (
    lock_case,
    refuse_closed,
    refuse_while_calling,
    save_case,
    tell,
    tell_case,
    write_line,
)
from fieldops.cases.wire import call_wire
from fieldops.feed.changes import Change, change
from fieldops.lib.errors import Invalid, NotFound
from fieldops.teams.actor import SYSTEM, Actor, user_of
from fieldops.teams.models import User
from fieldops.timers.actions import cancel_timer, set_timer

CALL_BACK_S = 300
UNREACHED = frozenset({CallResult.BUSY, CallResult.OFF, CallResult.NO_ANSWER})


def open_call(
    *,
    case_id: uuid.UUID,
    by: Actor,
    at: dt.datetime,
    target: str = "person",
    call_id: uuid.UUID | None = None,
) -> CallAttempt:
    """Open an attempt and claim the person for it. The same `call_id` again is harmless.

    Raises Invalid (409 `calling`, who and since when) while somebody else is on the phone with him.
    """
    with change() as changed:
        case = lock_case(case_id)
        if call_id and (again := CallAttempt.objects.filter(pk=call_id).first()):
            return _opened_again(case, again, by, at)
        refuse_closed(case)
        refuse_while_calling(case, by)

        call = _make_call(case, by, at, target, call_id)
        case.calling = call
        case.attempts += 1
        case.first_call_at = case.first_call_at or at
        case.stage = next_stage(case.stage, "call")
        save_case(case, "calling", "attempts", "first_call_at", "stage")
        set_timer(
            key=f"case:{case.pk}:call:{call.pk}",
            kind="cases.call_forgotten",
            due_at=at + dt.timedelta(seconds=settings.CALL_FORGOTTEN_S),
            payload={"call_id": str(call.pk), "center_id": str(case.center_id)},
        )

        _audit_call(case, call, by, at)
        line = write_line(case, "call.opened", by=by, at=at, name=by.name, count=case.attempts, target=target)
        tell(changed, case, "call.opened", ("call", call.pk), call.version, call_wire(call), at=at, line=line)
        tell_case(changed, case, "case.changed", at=at)
        return call


def close_call(
    *,
    call_id: uuid.UUID,
    result: str,
    by: Actor,
    at: dt.datetime,
    target: str = "",
    state_after: str = "",
    note: str = "",
    effect: str = "",
    next_transfer_at: dt.datetime | None = None,
    call_back_at: dt.datetime | None = None,
) -> CallAttempt:
    """Record what came of a call; recording a recorded one again is harmless, another result is refused."""
    with change() as changed:
        case, call = _lock_call(call_id)
        if call.closed_at:
            return _same_or_refuse(call, result, state_after)

        call.target = target or call.target
        call.result = CallResult(result)
        call.state_after = VictimState(state_after or case.victim_state)
        call.note = note
        call.closed_at = at
        call.version += 1
        call.save(update_fields=["target", "result", "state_after", "note", "closed_at", "version"])
        _apply_to_case(case, call, effect, next_transfer_at, call_back_at, at)
        cancel_timer(key=f"case:{case.pk}:call:{call.pk}")

        line = write_line(
            case, "call.closed", by=by, at=at, result=result, state=call.state_after, target=call.target
        )
        tell(changed, case, "call.closed", ("call", call.pk), call.version, call_wire(call), at=at, line=line)
        _tell_triage(changed, case, at)
        return call


def forget_call(*, call_id: uuid.UUID, at: dt.datetime) -> None:
    """Close a call nobody recorded, so that the person is not claimed for ever."""
    call = CallAttempt.objects.filter(pk=call_id).first()
    if call and not call.closed_at:
        close_call(call_id=call_id, result=CallResult.ABANDONED, by=SYSTEM, at=at)


def _opened_again(case: Case, call: CallAttempt, by: Actor, at: dt.datetime) -> CallAttempt:
    """The same press again: while the call lasts it opens name and phone again, so it is audited again."""
    if call.case_id != case.pk:
        raise Invalid("id_reused", _("This id belongs to another call."), status=409)
    if opens_person(call, by):
        _audit_call(case, call, by, at)
    return call


def opens_person(call: CallAttempt, by: Actor) -> bool:
    """Tell whether a call opens name and phone: to whoever makes it, while it lasts."""
    return call.closed_at is None and call.by_id == by.user_id


def _make_call(case: Case, by: Actor, at: dt.datetime, target: str, call_id: uuid.UUID | None) -> CallAttempt:
    call = CallAttempt(
        case=case,
        by=User.objects.get(pk=user_of(by)),
        target=target,
        opened_at=at,
        state_before=case.victim_state,
    )
    if call_id:
        call.pk = call_id
    call.save(force_insert=True)
    return call


def _lock_call(call_id: uuid.UUID) -> tuple[Case, CallAttempt]:
    """Lock the case first, then read the call afresh. Raises NotFound."""
    case_id = CallAttempt.objects.filter(pk=call_id).values_list("case_id", flat=True).first()
    if case_id is None:
        raise NotFound()
    case = lock_case(case_id)
    return case, CallAttempt.objects.select_related("by").get(pk=call_id)


def _same_or_refuse(call: CallAttempt, result: str, state_after: str) -> CallAttempt:
    if call.result == result and (not state_after or call.state_after == state_after):
        return call
    raise Invalid("already_recorded", _("This call is already recorded."), status=409, result=call.result)


def _apply_to_case(
    case: Case,
    call: CallAttempt,
    effect: str,
    next_transfer_at: dt.datetime | None,
    call_back_at: dt.datetime | None,
    at: dt.datetime,
) -> None:
    if call.target == CallAttempt.Target.PERSON:
        _count_rounds(case, call, at)
    case.victim_state = call.state_after
    case.next_transfer_at = next_transfer_at or case.next_transfer_at
    case.effect = effect or case.effect
    case.calling = None
    case.stage = next_stage(case.stage, command_of(case, triage_now(case)))
    if case.stage == Stage.TO_CALL:
        case.step_due_at = call_back_at or at + dt.timedelta(seconds=CALL_BACK_S)
        case.step_due_for = "call_back"
    elif case.step_due_for == "call_back":
        case.step_due_at, case.step_due_for = None, ""
    save_case(
        case, "reached_at", "unreached_rounds", "busy_rounds", "victim_state", "next_transfer_at", "effect",
        "calling", "triage_channel", "triage_reasons", "stage", "step_due_at", "step_due_for",
    )  # fmt: skip


def _count_rounds(case: Case, call: CallAttempt, at: dt.datetime) -> None:
    """Count rounds in which the person was not reached; one who answers, or refuses, starts it anew."""
    if call.result == CallResult.CONNECTED:
        case.reached_at = case.reached_at or at
    if call.result in (CallResult.CONNECTED, CallResult.REFUSED):
        case.unreached_rounds = case.busy_rounds = 0
    case.unreached_rounds += call.result in UNREACHED
    case.busy_rounds += call.result == CallResult.BUSY


def _tell_triage(changed: Change, case: Case, at: dt.datetime) -> None:
    """Publish the case, with its triage on the timeline where it asks for more than another call."""
    line: dict[str, Any] | None = None
    if case.triage_channel != "phone":
        line = write_line(
            case, "triaged", by=SYSTEM, at=at, channel=case.triage_channel, reasons=case.triage_reasons
        )
    tell_case(changed, case, "case.changed", at=at, line=line)


def _audit_call(case: Case, call: CallAttempt, by: Actor, at: dt.datetime) -> None:
    """Starting a call opens name and phone: the work itself is the reason."""
    append(
        verb="person.open_for_call",
        subject_kind="person",
        subject_id=case.person_id,
        at=at,
        actor_id=by.user_id,
        center_id=case.center_id,
        extra={"call": str(call.pk)},
    )
