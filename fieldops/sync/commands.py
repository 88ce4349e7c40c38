"""Crew commands: one literal table from type to arguments, subject and action, for phone and voice alike."""

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rest_framework import serializers

from fieldops.cases.actions import set_victim_state, write_note
from fieldops.dispatch import actions as dispatch
from fieldops.dispatch import forms as dispatch_forms
from fieldops.dispatch.actions import Moved
from fieldops.dispatch.models import CALLED_OFF, AssignmentMember
from fieldops.dispatch.queries import of_crew
from fieldops.lib.errors import NotFound
from fieldops.outcomes import actions as outcomes
from fieldops.outcomes import facts
from fieldops.outcomes import forms as outcomes_forms
from fieldops.sync import forms
from fieldops.sync.blobs import blob_done
from fieldops.sync.handover import hand_over
from fieldops.teams.actions import set_duty
from fieldops.teams.actor import Actor
from fieldops.teams.models import ShiftMember


@dataclass(frozen=True)
class Order:
    """A command ready to be carried out: who, on what, when, with checked arguments."""

    by: Actor
    subject_id: uuid.UUID
    at: dt.datetime
    args: dict[str, Any]
    position: tuple[float, float] | None = None


@dataclass(frozen=True)
class Done:
    """Outcome, code and what else the phone is told."""

    outcome: str
    code: str = ""
    info: dict[str, Any] | None = None
    version: int = 0


@dataclass(frozen=True)
class Command:
    """One crew command."""

    subject: str
    form: type[serializers.Serializer[Any]]
    run: Callable[[Order], Done]


def _moved(moved: Moved) -> Done:
    row = moved.assignment
    if moved.opened:
        hand_over(assignment=row, at=row.accepted_at or row.offered_at)
    return Done(moved.outcome, moved.code, moved.info, row.version)


def _accept(order: Order) -> Done:
    return _moved(dispatch.accept_assignment(assignment_id=order.subject_id, by=order.by, at=order.at))


def _decline(order: Order) -> Done:
    reason, words = order.args["reason"], order.args.get("words", "")
    return _moved(
        dispatch.decline_assignment(
            assignment_id=order.subject_id, by=order.by, at=order.at, reason=reason, words=words
        )
    )


def _set_out(order: Order) -> Done:
    return _moved(dispatch.set_out(assignment_id=order.subject_id, by=order.by, at=order.at))


def _arrive(order: Order) -> Done:
    return _moved(
        dispatch.arrive(assignment_id=order.subject_id, by=order.by, at=order.at, position=order.position)
    )


def _conclude(order: Order) -> Done:
    report = dict(order.args["report"])
    return _moved(
        outcomes.conclude_visit(assignment_id=order.subject_id, report=report, by=order.by, at=order.at)
    )


def _stand_down(order: Order) -> Done:
    return _moved(dispatch.confirm_stand_down(assignment_id=order.subject_id, by=order.by, at=order.at))


def _report(order: Order) -> Done:
    report = outcomes.file_report(
        assignment_id=order.subject_id, report=dict(order.args["report"]), by=order.by, at=order.at
    )
    if report.assignment.status in CALLED_OFF:
        return Done("flagged", "NOT_ASSIGNED", None, report.version)
    if report.late:
        return Done("flagged", "LATE", None, report.version)
    if outcomes.is_disputed(report.assignment):
        return Done("flagged", "TWO_REPORTS", None, report.version)
    return Done("applied", "", None, report.version)


def _correct(order: Order) -> Done:
    report = outcomes.correct_report(
        assignment_id=order.subject_id, report=dict(order.args["report"]), by=order.by, at=order.at
    )
    return Done("flagged" if report.late else "applied", "LATE" if report.late else "", None, report.version)


def _say(order: Order) -> Done:
    message = dispatch.send_message(
        assignment_id=order.subject_id,
        by=order.by,
        at=order.at,
        from_desk=False,
        text=order.args.get("text", ""),
        canned=order.args.get("canned") or "",
        message_id=order.args["id"],
    )
    return Done("applied", "", None, message.version)


def _ask_stop(order: Order) -> Done:
    return _moved(
        dispatch.ask_stop(
            assignment_id=order.subject_id,
            by=order.by,
            at=order.at,
            tail=order.args.get("account_tail", ""),
            amount_fen=order.args.get("amount_fen", 0),
            words=order.args.get("words", ""),
        )
    )


def _ask_call(order: Order) -> Done:
    return _moved(dispatch.ask_call(assignment_id=order.subject_id, by=order.by, at=order.at))


def _check_in(order: Order) -> Done:
    return _moved(dispatch.check_in(assignment_id=order.subject_id, by=order.by, at=order.at))


def _help(order: Order) -> Done:
    return _moved(
        dispatch.call_for_help(assignment_id=order.subject_id, by=order.by, at=order.at, on=order.args["on"])
    )


def _state(order: Order) -> Done:
    """How deep he is in, as the crew sees it; from a crew called off it is only written down."""
    if _called_off(order):
        words = f"state {order.args['victim_state']}"
        case = write_note(case_id=order.subject_id, text=words, by=order.by, at=order.at)
        return _fact(order, case.version)
    case = set_victim_state(
        case_id=order.subject_id, state=order.args["victim_state"], by=order.by, at=order.at
    )
    return _fact(order, case.version)


def _indicator(order: Order) -> Done:
    args = dict(order.args)
    indicator = facts.add_indicator(
        case_id=order.subject_id, indicator_id=args.pop("id"), by=order.by, at=order.at, **args
    )
    return _fact(order, indicator.version)


def _note(order: Order) -> Done:
    note = facts.add_note(
        case_id=order.subject_id, note_id=order.args["id"], text=order.args["text"], by=order.by, at=order.at
    )
    return _fact(order, note.version)


def _photo(order: Order) -> Done:
    note = facts.add_note(
        case_id=order.subject_id,
        note_id=order.args["id"],
        by=order.by,
        at=order.at,
        text=order.args.get("caption", ""),
        sha256=order.args["sha256"],
        mime=order.args["mime"],
        size=order.args["size"],
    )
    if order.by.user_id and blob_done(order.by.user_id, order.args["sha256"]):
        facts.photo_arrived(sha256=order.args["sha256"], by_id=order.by.user_id, at=order.at)
        note.refresh_from_db()
    return _fact(order, note.version)


def _drop_photo(order: Order) -> Done:
    """A photo nobody announced here yet may still be on its way: kept, and asked again."""
    try:
        notes = facts.drop_photo(
            case_id=order.subject_id, sha256=order.args["sha256"], by=order.by, at=order.at
        )
    except NotFound:
        return Done("deferred", "NOT_THERE")
    return Done("applied", "", None, notes[-1].version)


def _fact(order: Order, version: int) -> Done:
    """A fact is always stored; of a case that is no longer this crew's it is flagged for review."""
    if _called_off(order):
        return Done("flagged", "NOT_ASSIGNED", None, version)
    return Done("applied", "", None, version)


def _called_off(order: Order) -> bool:
    newest = facts.last_assignment(order.subject_id, order.by)
    return newest is None or newest.status in CALLED_OFF or has_left(newest.pk, order.by.user_id)


def has_left(assignment_id: uuid.UUID, user_id: uuid.UUID | None) -> bool:
    """Tell whether this person is not, or no longer, one of the crew."""
    crew = AssignmentMember.objects.filter(assignment_id=assignment_id)
    return user_id is None or not crew.filter(user_id=user_id).exists()


def _duty(order: Order) -> Done:
    if order.by.user_id is None:
        return Done("dead_letter", "INVALID")
    shift = set_duty(
        shift_id=order.subject_id, user_id=order.by.user_id, state=order.args["state"], at=order.at
    )
    # Older than what stands now: set by the desk, or by another phone of his, since.
    stands = shift.members.filter(user_id=order.by.user_id, duty=order.args["state"]).exists()
    return Done("applied" if stands else "noop", "" if stands else "STALE", None, shift.version)


COMMANDS: dict[str, Command] = {
    "accept": Command("assignment", dispatch_forms.NoArgs, _accept),
    "decline": Command("assignment", dispatch_forms.DeclineArgs, _decline),
    "set_out": Command("assignment", dispatch_forms.NoArgs, _set_out),
    "arrive": Command("assignment", dispatch_forms.NoArgs, _arrive),
    "conclude": Command("assignment", outcomes_forms.ReportArgs, _conclude),
    "confirm_stand_down": Command("assignment", dispatch_forms.NoArgs, _stand_down),
    "say": Command("assignment", forms.SayArgs, _say),
    "report": Command("assignment", outcomes_forms.ReportArgs, _report),
    "correct": Command("assignment", outcomes_forms.ReportArgs, _correct),
    "ask_stop": Command("assignment", dispatch_forms.StopArgs, _ask_stop),
    "ask_call": Command("assignment", dispatch_forms.NoArgs, _ask_call),
    "check_in": Command("assignment", dispatch_forms.SafeArgs, _check_in),
    "help": Command("assignment", dispatch_forms.HelpArgs, _help),
    "state": Command("case", forms.StateArgs, _state),
    "indicator": Command("case", outcomes_forms.IndicatorArgs, _indicator),
    "note": Command("case", outcomes_forms.NoteArgs, _note),
    "photo": Command("case", outcomes_forms.PhotoArgs, _photo),
    "drop_photo": Command("case", outcomes_forms.DropPhotoArgs, _drop_photo),
    "duty": Command("shift", forms.DutyArgs, _duty),
}


def subject_is_theirs(command: Command, subject_id: uuid.UUID, user_id: uuid.UUID) -> bool:
    """Tell whether the subject exists and this person is or was on its crew: "no" and "no such" are one."""
    if command.subject == "assignment":
        return of_crew(user_id, pk=subject_id).exists()
    if command.subject == "case":
        return of_crew(user_id, case_id=subject_id).exists()
    return ShiftMember.objects.filter(shift_id=subject_id, user_id=user_id).exists()
