"""Other facts of a visit: indicators, notes, photos, follow-ups. Always stored; a repeated id is harmless."""

import datetime as dt
import uuid
from collections.abc import Callable
from typing import TypeVar

from fieldops.audit.actions import append
from fieldops.cases.models import Case
from fieldops.cases.numbers import normal_phone
from fieldops.cases.telling import lock_case, tell, write_line
from fieldops.dispatch.models import Assignment
from fieldops.dispatch.queries import of_crew
from fieldops.feed.alarms import raise_alarm, settle_alarms
from fieldops.feed.changes import Change, change
from fieldops.lib.db import locked
from fieldops.lib.errors import NotFound, WrongState
from fieldops.lib.masks import mask_middle, mask_phone, mask_tail
from fieldops.lib.sealed import blind, seal_row
from fieldops.outcomes.models import FollowUp, Indicator, Note
from fieldops.outcomes.wire import indicator_wire, note_wire
from fieldops.teams.actor import Actor
from fieldops.timers.actions import cancel_timer, set_timer

MASKS: dict[str, Callable[[str], str]] = {
    "account": mask_tail,
    "phone": mask_phone,
    "app": mask_middle,
    "site": mask_middle,
    "chat": mask_middle,
}
PHOTO_WAIT_S = 24 * 3600
Fact = TypeVar("Fact", Indicator, Note)


def add_indicator(
    *,
    case_id: uuid.UUID,
    indicator_id: uuid.UUID,
    kind: str,
    value: str,
    by: Actor,
    at: dt.datetime,
    bank: str = "",
    holder: str = "",
    note: str = "",
    source: str = "crew",
) -> Indicator:
    """Add an account, phone, app or site; the same id again is harmless."""
    with change() as changed:
        case = lock_case(case_id)
        if again := Indicator.objects.filter(pk=indicator_id).first():
            return same_case(again, case_id)

        indicator = Indicator(
            id=indicator_id,
            case=case,
            assignment=last_assignment(case_id, by),
            kind=kind,
            mask=MASKS[kind](value),
            value_index=index_of(kind, value),
            bank=bank,
            source=source,
            by_id=by.user_id,
            added_at=at,
        )
        seal_row(indicator, {"value": value, "holder": holder, "note": note})
        indicator.save(force_insert=True)

        line = write_line(case, "indicator.added", by=by, at=at, kind=kind, mask=indicator.mask)
        subject = ("indicator", indicator.pk)
        tell(changed, case, "indicator.added", subject, 1, indicator_wire(indicator), at=at, line=line)
        return indicator


def index_of(kind: str, value: str) -> str:
    """Return the blind index by which an indicator is met again in another case."""
    normal = normal_phone(value) if kind == "phone" else "".join(value.split()).lower()
    return blind(f"indicator.{kind}", normal)


def add_note(
    *,
    case_id: uuid.UUID,
    note_id: uuid.UUID,
    by: Actor,
    at: dt.datetime,
    text: str = "",
    sha256: str = "",
    mime: str = "",
    size: int = 0,
) -> Note:
    """Add a written note, or a photo by its hash; the same id again is harmless."""
    with change() as changed:
        case = lock_case(case_id)
        if again := Note.objects.filter(pk=note_id).first():
            return same_case(again, case_id)

        kind = Note.Kind.PHOTO if sha256 else Note.Kind.NOTE
        note = Note.objects.create(
            id=note_id, case=case, kind=kind, text=text, sha256=sha256, mime=mime, size=size,
            by_id=by.user_id, at=at,
        )  # fmt: skip
        if sha256:
            set_timer(
                key=f"photo:{note.pk}",
                kind="outcomes.photo_missing",
                due_at=at + dt.timedelta(seconds=PHOTO_WAIT_S),
                payload={"note_id": str(note.pk), "center_id": str(case.center_id)},
            )

        line = write_line(case, "photo.added" if sha256 else "note", by=by, at=at, text=text)
        tell(changed, case, "note.added", ("note", note.pk), note.version, note_wire(note), at=at, line=line)
        return note


def drop_photo(*, case_id: uuid.UUID, sha256: str, by: Actor, at: dt.datetime) -> list[Note]:
    """Give up a photo this person announced on the case and whose bytes will not come; again is harmless.

    By its hash, as its file goes up: announced twice, it is given up twice. Its words stay, and so does the
    note. Raises NotFound for one nobody announced here, WrongState `not_yours`, and `photo_here` once its
    bytes have come: what the desk can look at is no longer the phone's to take away.
    """
    with change() as changed:
        case = lock_case(case_id)
        announced = Note.objects.filter(case=case, kind=Note.Kind.PHOTO, sha256=sha256).select_related("by")
        notes = list(announced.filter(by_id=by.user_id).order_by("at", "pk"))
        if not notes:
            raise WrongState("not_yours") if announced.exists() else NotFound()
        if any(note.arrived_at for note in notes):
            raise WrongState("photo_here")

        for note in notes:
            if note.dropped_at is None:
                _drop(changed, case, note, by, at)
        return notes


def _drop(changed: Change, case: Case, note: Note, by: Actor, at: dt.datetime) -> None:
    note.dropped_at = at
    note.version += 1
    note.save(update_fields=["dropped_at", "version"])
    cancel_timer(key=f"photo:{note.pk}")
    settle_alarms(prefix=f"photo:{note.pk}", at=at, by_name=by.name)

    line = write_line(case, "photo.dropped", by=by, at=at, name=by.name)
    tell(changed, case, "note.dropped", ("note", note.pk), note.version, note_wire(note), at=at, line=line)


def is_dropped(*, sha256: str, by_id: uuid.UUID) -> bool:
    """Tell whether this person gave this file up, wherever it was announced."""
    announced = Note.objects.filter(sha256=sha256, by_id=by_id)
    return announced.exists() and not announced.filter(dropped_at__isnull=True).exists()


def photo_arrived(*, sha256: str, by_id: uuid.UUID, at: dt.datetime) -> None:
    """Mark this person's photos of this hash as here; again is harmless.

    One that was dropped stays dropped: its member was told that the picture is gone, and crew-mate and desk
    read so; a file that came after all must not undo it behind their backs. Announced anew, it counts anew.
    """
    waiting = Note.objects.filter(
        sha256=sha256, by_id=by_id, arrived_at__isnull=True, dropped_at__isnull=True
    )
    for note_id, case_id in list(waiting.values_list("pk", "case_id")):
        with change() as changed:
            case = lock_case(case_id)
            note = Note.objects.select_related("by").get(pk=note_id)
            if note.arrived_at or note.dropped_at:
                continue
            note.arrived_at = at
            note.version += 1
            note.save(update_fields=["arrived_at", "version"])
            cancel_timer(key=f"photo:{note.pk}")
            settle_alarms(prefix=f"photo:{note.pk}", at=at)
            tell(changed, case, "note.added", ("note", note.pk), note.version, note_wire(note), at=at)


def finish_follow_up(
    *, follow_up_id: uuid.UUID, valid: bool, remark: str, by: Actor, at: dt.datetime
) -> FollowUp:
    """Record what the return call found; again is harmless. Raises NotFound."""
    with change():
        follow_up = locked(FollowUp.objects).filter(pk=follow_up_id).first()
        if follow_up is None:
            raise NotFound()
        if follow_up.done_at:
            return follow_up

        follow_up.done_at = at
        follow_up.done_by_id = by.user_id
        follow_up.valid = valid
        follow_up.remark = remark
        follow_up.save()
        settle_alarms(prefix=f"follow_up:{follow_up.pk}", at=at, by_name=by.name)

        append(
            verb="follow_up.done", subject_kind="case", subject_id=follow_up.case_id, at=at,
            actor_id=by.user_id, center_id=follow_up.case.center_id,
        )  # fmt: skip
        return follow_up


def raise_follow_up(*, follow_up_id: uuid.UUID, at: dt.datetime) -> None:
    """A return visit is due: it enters the duty queue as an alarm until somebody rings."""
    follow_up = FollowUp.objects.filter(pk=follow_up_id, done_at__isnull=True).select_related("case").first()
    if follow_up:
        case = follow_up.case
        raise_alarm(
            center_id=case.center_id, kind="follow_up", key=f"follow_up:{follow_up.pk}", at=at,
            case_id=case.pk, case_number=case.number,
        )  # fmt: skip


def raise_photo_missing(*, note_id: uuid.UUID, at: dt.datetime) -> None:
    """A photo was announced a day ago and its bytes never came."""
    missing = Note.objects.filter(pk=note_id, arrived_at__isnull=True, dropped_at__isnull=True)
    with change():
        # Under the case's lock: one that arrives or is dropped just now settles this alarm, or forestalls it.
        case_id = missing.values_list("case_id", flat=True).first()
        note = missing.select_related("case", "by").first() if case_id and lock_case(case_id) else None
        if note is None:
            return
        raise_alarm(
            center_id=note.case.center_id, kind="photo_missing", key=f"photo:{note.pk}", at=at,
            params={"name": note.by.name if note.by else ""},
            case_id=note.case_id, case_number=note.case.number,
        )  # fmt: skip


def same_case(again: Fact, case_id: uuid.UUID) -> Fact:
    """Return a fact sent again; its id on another case is refused. Raises WrongState `id_reused`."""
    if again.case_id != case_id:
        raise WrongState("id_reused")
    return again


def last_assignment(case_id: uuid.UUID, by: Actor) -> Assignment | None:
    """Return the newest assignment of this person on the case, so that a fact is counted with its crew."""
    if by.user_id is None:
        return None
    return of_crew(by.user_id, case_id=case_id).order_by("-offered_at").first()
