"""A case's life: open, attach, advance, grade, close."""

import datetime as dt
import uuid
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from fieldops.audit.actions import append
from fieldops.cases.actions.people import Who, find_or_add_person
from fieldops.cases.actions.triage import follow_triage, triage_now
from fieldops.cases.clock import loss_clock
from fieldops.cases.models import (
    Case,
    CaseSerial,
    Disposition,
    Level,
    Person,
    Stage,
    VictimState,
    Whereabouts,
)
from fieldops.cases.moves import next_stage
from fieldops.cases.telling import (
    lock_case,
    refuse_closed,
    refuse_while_calling,
    save_case,
    tell_case,
    unfollow,
    write_line,
)
from fieldops.feed.changes import Change, change
from fieldops.lib.clock import local_day
from fieldops.lib.db import locked
from fieldops.lib.errors import Invalid
from fieldops.lib.ids import new_id
from fieldops.lib.sealed import open_row, seal_row
from fieldops.teams.actor import CITY, Actor
from fieldops.timers.actions import cancel_timers, set_timer

RANK = {Level.CRITICAL: 0, Level.HIGH: 1, Level.MEDIUM: 2, Level.LOW: 3}


@dataclass(frozen=True)
class Danger:
    """What an alert says of the danger itself."""

    level: str
    issued_at: dt.datetime
    family: str = ""
    source: str = ""
    scam_type: str = ""
    amount_at_risk_fen: int | None = None
    suspects: dict[str, list[str]] = field(default_factory=dict)
    place_text: str = ""
    lng: float | None = None
    lat: float | None = None
    note: str = ""
    drill: bool = False


def open_case(*, center_id: uuid.UUID, who: Who, danger: Danger, at: dt.datetime) -> tuple[Case, bool]:
    """Open a case for the person meant, or attach to the open one; return it and whether it is new.

    One open case per person: a new alert on it never starts a second car.
    """
    with change() as changed:
        person = find_or_add_person(center_id=center_id, who=who, at=at)
        person = locked(Person.objects).get(pk=person.pk)
        existing = _open_case_of(person)
        if existing:
            return _attach(changed, existing, danger, at), False
        return _open(changed, person, danger, at), True


def _open_case_of(person: Person) -> Case | None:
    """Lock the open case of a person, or of one merged into him.

    The lock waits for whoever may be closing it; then it is not open any more, and the alert opens a new one.
    """
    cases = locked(Case.objects).filter(closed_at__isnull=True)
    return cases.filter(person__in=person.all_ids).first()


def _open(changed: Change, person: Person, danger: Danger, at: dt.datetime) -> Case:
    case = Case(
        id=new_id(),
        center_id=person.center_id,
        number=next_number(person.center_id, at, drill=danger.drill),
        person=person,
        level=danger.level,
        alert_level=danger.level,
        family=danger.family,
        source=danger.source,
        scam_type=danger.scam_type,
        alert_scam_type=danger.scam_type,
        amount_at_risk_fen=danger.amount_at_risk_fen,
        issued_at=danger.issued_at,
        received_at=at,
        drill=danger.drill,
    )
    case.due_at, case.due_for = loss_clock(case)
    triage_now(case)
    seal_row(case, {"suspects": danger.suspects, "note": danger.note})
    case.save(force_insert=True)
    _place_from_alert(case, danger, at)
    case.save(update_fields=["whereabouts"])

    line = write_line(case, "alert.received", by=CITY, at=at, source=danger.source, level=danger.level)
    _note_history(case, at)
    tell_case(changed, case, "case.opened", at=at, line=line)
    return case


def _attach(changed: Change, case: Case, danger: Danger, at: dt.datetime) -> Case:
    if RANK[Level(danger.level)] < RANK[Level(case.level)]:
        case.level = danger.level
    if danger.amount_at_risk_fen and danger.amount_at_risk_fen > (case.amount_at_risk_fen or 0):
        case.amount_at_risk_fen = danger.amount_at_risk_fen
    case.scam_type = case.scam_type or danger.scam_type
    _add_suspects(case, danger)
    if case.whereabouts is None or case.whereabouts.source == Whereabouts.Source.ALERT:
        _place_from_alert(case, danger, at)  # never over what a call or a crew said since
    _wake_reviewed(case, at)
    follow_triage(case)
    save_case(
        case, "level", "amount_at_risk_fen", "scam_type", "sealed", "whereabouts", "stage", "victim_state",
        "step_due_at", "step_due_for", "triage_channel", "triage_reasons",
    )  # fmt: skip

    line = write_line(case, "alert.attached", by=CITY, at=at, source=danger.source, level=danger.level)
    tell_case(changed, case, "case.changed", at=at, line=line)
    return case


def _add_suspects(case: Case, danger: Danger) -> None:
    """Keep what every alert said of suspects, each once, and every note."""
    held = open_row(case) or {}
    suspects = {kind: list(values) for kind, values in held.get("suspects", {}).items()}
    for kind, values in danger.suspects.items():
        suspects[kind] = list(dict.fromkeys([*suspects.get(kind, []), *values]))
    notes = [note for note in (held.get("note", ""), danger.note) if note]
    seal_row(case, {"suspects": suspects, "note": "\n".join(dict.fromkeys(notes))})


def _wake_reviewed(case: Case, at: dt.datetime) -> None:
    """New danger for somebody whose case only waits for review: he is called, as at a first alert."""
    if case.stage == Stage.TO_REVIEW:
        target = settings.LEVEL_TARGETS_S[case.level]["first_call"]
        case.step_due_at, case.step_due_for = at + dt.timedelta(seconds=target), "first_call"
        # What he had understood was of the danger before; this one he is to be asked about.
        if case.victim_state == VictimState.AWARE:
            case.victim_state = VictimState.UNKNOWN
    case.stage = next_stage(case.stage, "alert")


def _place_from_alert(case: Case, danger: Danger, at: dt.datetime) -> None:
    """Take the alert's place for where he is; the caller saves."""
    now = case.whereabouts
    # A sender's clock that is ahead must not make its word newer than what is learnt next.
    said_at = min(danger.issued_at, at)
    if not danger.place_text or (now and now.said_at >= said_at):
        return
    case.whereabouts = Whereabouts.objects.create(
        case=case,
        text=danger.place_text[:120],
        lng=danger.lng,
        lat=danger.lat,
        source=Whereabouts.Source.ALERT,
        said_at=said_at,
        good_until=said_at + dt.timedelta(seconds=settings.WHEREABOUTS_GOOD_S),
    )


def _note_history(case: Case, at: dt.datetime) -> None:
    """Say on the timeline that the person is known, with the last case's number."""
    his = Case.objects.filter(person__in=case.person.all_ids, closed_at__isnull=False)
    earlier = his.order_by("-received_at").first()
    if earlier:
        write_line(case, "person.history", by=CITY, at=at, number=earlier.number)


def next_number(center_id: uuid.UUID, at: dt.datetime, *, drill: bool = False) -> str:
    """Return the next case number of the day: `261122-004`; drills have their own, `261122-D01`."""
    day = local_day(at, settings.DAY_CUTOFF)
    CaseSerial.objects.bulk_create([CaseSerial(center_id=center_id, day=day)], ignore_conflicts=True)
    serial = locked(CaseSerial.objects).get(center_id=center_id, day=day)
    if drill:
        held = Case.objects.filter(center_id=center_id, number__startswith=f"{day:%y%m%d}-D").count()
        return f"{day:%y%m%d}-D{held + 1:02d}"
    serial.last += 1
    serial.save(update_fields=["last"])
    return f"{day:%y%m%d}-{serial.last:03d}"


def advance_case(
    *,
    case: Case,
    command: str,
    at: dt.datetime,
    step_due_at: dt.datetime | None = None,
    step_due_for: str = "",
    met: bool = False,
) -> None:
    """Move a locked case's stage and promised step, as upper rooms must; publishes one `case.changed`.

    Raises WrongState for a move cases/moves.py does not have.
    """
    with change() as changed:
        case.stage = next_stage(case.stage, command)
        case.step_due_at, case.step_due_for = step_due_at, step_due_for
        if met and not case.met_at:
            case.met_at = at
        save_case(case, "stage", "step_due_at", "step_due_for", "met_at")
        tell_case(changed, case, "case.changed", at=at)


def grade_case(*, case_id: uuid.UUID, by: Actor, at: dt.datetime, reason: str, **values: Any) -> Case:
    """Grade again with a reason; equal values are a noop.

    `values`: level, scam_type, amount_at_risk_fen, next_transfer_at.
    """
    with change() as changed:
        case = lock_case(case_id)
        refuse_closed(case)
        fresh = {name: value for name, value in values.items() if getattr(case, name) != value}
        if not fresh:
            return case

        for name, value in fresh.items():
            setattr(case, name, value)
        follow_triage(case)
        save_case(case, *fresh, "triage_channel", "triage_reasons", "stage")

        line = write_line(
            case, "graded", by=by, at=at, level=case.level, reason=reason, changed=sorted(fresh)
        )
        tell_case(changed, case, "case.changed", at=at, line=line)
        return case


def close_case(*, case_id: uuid.UUID, disposition: str, by: Actor, at: dt.datetime, note: str = "") -> Case:
    """Close a case; closing a closed one again is harmless.

    Raises Invalid (409 `crew_on_it`, `calling`) while a crew is on it or somebody is on the phone.
    """
    with change() as changed:
        case = lock_case(case_id)
        if case.stage == Stage.CLOSED:
            return case
        if case.stage in (Stage.WAITING_ANSWER, Stage.ON_THE_WAY, Stage.WITH_PERSON):
            raise Invalid(
                "crew_on_it", _("A crew is on this case; recall it or wait for its report."), status=409
            )

        refuse_while_calling(case, by)

        case.stage = next_stage(case.stage, "close")
        case.closed_at = at
        case.disposition = Disposition(disposition)
        save_case(case, "stage", "closed_at", "disposition")
        cancel_timers(prefix=f"case:{case.pk}:")
        # Who sends crews is above this room: what it still holds for the case, it ends itself.
        _set_timer(case, f"closed:{case.pk}", "dispatch.case_closed", at)

        append(
            verb="case.close", subject_kind="case", subject_id=case.pk, at=at, actor_id=by.user_id,
            center_id=case.center_id,
        )  # fmt: skip
        line = write_line(case, "closed", by=by, at=at, disposition=disposition, note=note)
        tell_case(changed, case, "case.closed", at=at, line=line)
        _let_go_later(case, at)
        return case


def let_go(*, case_id: uuid.UUID) -> None:
    """Take a closed case out of the reach of whoever worked on it outside the desk."""
    with change():
        case = lock_case(case_id)
        if case.closed_at:
            unfollow(case, case.follower_ids)


def _let_go_later(case: Case, at: dt.datetime) -> None:
    """The crew may correct its report for an hour after its visit; then it reaches the case no more."""
    if not case.follower_ids:
        return
    ended = case.lines.filter(code="concluded").aggregate(at=Max("at"))["at"]
    until = ended + dt.timedelta(seconds=settings.REPORT_GRACE_S) if ended else at
    if until <= at:
        unfollow(case, case.follower_ids)
        return
    _set_timer(case, f"case:{case.pk}:let_go", "cases.let_go", until)


def _set_timer(case: Case, key: str, kind: str, due_at: dt.datetime) -> None:
    payload = {"case_id": str(case.pk), "center_id": str(case.center_id)}
    set_timer(key=key, kind=kind, due_at=due_at, payload=payload)


def confirm_scam_type(*, case: Case, scam_type: str, at: dt.datetime) -> None:
    """Set the confirmed type on a locked case (a report says so)."""
    with change() as changed:
        if case.confirmed_scam_type == scam_type:
            return
        case.confirmed_scam_type = scam_type
        save_case(case, "confirmed_scam_type")
        tell_case(changed, case, "case.changed", at=at)


def write_note(*, case_id: uuid.UUID, text: str, by: Actor, at: dt.datetime) -> Case:
    """Put a written line on the timeline."""
    with change() as changed:
        case = lock_case(case_id)
        line = write_line(case, "note", by=by, at=at, text=text)
        save_case(case)
        tell_case(changed, case, "case.changed", at=at, line=line)
        return case
