"""Someone outside is told: told, answered, reached, coming; silence brings the case back."""

import datetime as dt
import uuid
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from fieldops.audit.actions import append
from fieldops.cases.models import Case, Channel, Notice, Stage
from fieldops.cases.moves import next_stage
from fieldops.cases.telling import lock_case, refuse_closed, save_case, tell, tell_case, write_line
from fieldops.cases.wire import notice_wire
from fieldops.feed.alarms import raise_alarm, settle_alarms
from fieldops.feed.changes import Change, change
from fieldops.lib.errors import Invalid, NotFound
from fieldops.lib.ids import new_id
from fieldops.lib.masks import mask_name, mask_phone
from fieldops.lib.sealed import open_row, seal_row
from fieldops.places.models import Contact
from fieldops.teams.actor import SYSTEM, Actor, user_of
from fieldops.teams.models import User
from fieldops.timers.actions import cancel_timer, set_timer


def tell_partner(
    *,
    case_id: uuid.UUID,
    channel: str,
    by: Actor,
    at: dt.datetime,
    contact: Contact | None = None,
    contact_name: str = "",
    contact_phone: str = "",
    shared: str = "",
    notice_id: uuid.UUID | None = None,
) -> Notice:
    """Record that a school, station, beat officer, community worker, relative or bank was told now.

    The same `notice_id` again is harmless. Silence for settings.NOTICE_SILENT_S brings the case back.
    """
    with change() as changed:
        case = lock_case(case_id)
        if notice_id and (again := Notice.objects.filter(pk=notice_id).first()):
            if again.case_id != case.pk:
                raise Invalid("id_reused", _("This id belongs to another notice."), status=409)
            return again
        refuse_closed(case)

        notice = Notice(
            id=notice_id or new_id(),
            case=case,
            channel=channel,
            shared=shared,
            told_by=User.objects.get(pk=user_of(by)),
            told_at=at,
        )
        _name(notice, contact, contact_name, contact_phone)
        notice.save(force_insert=True)
        _await_answer(case, notice, at)

        append(
            verb="notice.told", subject_kind="case", subject_id=case.pk, at=at, actor_id=by.user_id,
            center_id=case.center_id, extra={"channel": channel},
        )  # fmt: skip
        line = write_line(case, "notice.told", by=by, at=at, who=who_of(notice), channel=channel)
        _tell_notice(changed, case, notice, at=at, line=line)
        return notice


def _name(notice: Notice, contact: Contact | None, name: str, phone: str) -> None:
    """Say whom the notice names: a contact of the register as he is now, else what was typed, sealed."""
    if contact:
        notice.place, notice.contact_role = contact.place, contact.role
        notice.contact_name, notice.contact_phone = contact.name, contact.phone
    elif name or phone:
        seal_row(notice, {"name": name, "phone": phone})
        notice.contact_name, notice.contact_phone = mask_name(name), mask_phone(phone)


def told_relatives(case: Case) -> list[dict[str, str]]:
    """Return who was told besides the register's contacts, in clear; the caller has audited why."""
    rows = case.notices.filter(sealed__isnull=False).order_by("told_at")
    return [{"relation": row.channel, **open_row(row)} for row in rows]


def _await_answer(case: Case, notice: Notice, at: dt.datetime) -> None:
    """The case is theirs until they are silent for too long."""
    silent_at = at + dt.timedelta(seconds=settings.NOTICE_SILENT_S)
    case.stage = next_stage(case.stage, "tell")
    if case.stage == Stage.AT_PARTNER:
        case.step_due_at, case.step_due_for = silent_at, "notice"
    save_case(case, "stage", "step_due_at", "step_due_for")
    set_timer(
        key=f"case:{case.pk}:notice:{notice.pk}",
        kind="cases.notice_silent",
        due_at=silent_at,
        payload={"notice_id": str(notice.pk), "center_id": str(case.center_id)},
    )


# What a tap records: field set once, timeline code.
STEPS: dict[str, tuple[str, str]] = {
    "answered": ("answered_at", "notice.answered"),
    "reached": ("reached_at", "notice.reached"),
    "coming": ("coming_at", "notice.coming"),
    "not_coming": ("coming_at", "notice.not_coming"),
}


def update_notice(*, notice_id: uuid.UUID, step: str, by: Actor, at: dt.datetime, name: str = "") -> Notice:
    """Record one of answered, reached, coming, not_coming; a step already recorded is left as it was."""
    with change() as changed:
        case, notice = _lock_notice(notice_id)
        column, code = STEPS[step]
        if _is_recorded(notice, step):
            return notice
        if notice.sealed or notice.channel == Channel.RELATIVE:
            name = mask_name(name)  # a relative is nobody's colleague

        setattr(notice, column, at)
        notice.answered_at = notice.answered_at or at
        if step in ("coming", "not_coming"):
            notice.coming = step
        if name and step == "reached":
            notice.reached_by_name = name
        notice.version += 1
        notice.save(
            update_fields=["answered_at", "reached_at", "coming", "coming_at", "reached_by_name", "version"]
        )
        _case_after_step(case, notice, step, at)
        cancel_timer(key=f"case:{case.pk}:notice:{notice.pk}")
        settle_alarms(prefix=f"notice_silent:{notice.pk}", at=at, by_name=by.name)

        line = write_line(case, code, by=by, at=at, who=name or who_of(notice), channel=notice.channel)
        _tell_notice(changed, case, notice, at=at, line=line)
        return notice


def _is_recorded(notice: Notice, step: str) -> bool:
    """Tell whether the step stands; who was coming may still say that he is not, and back."""
    if step in ("coming", "not_coming"):
        return notice.coming == step
    return getattr(notice, STEPS[step][0]) is not None


def silence_notice(*, notice_id: uuid.UUID, at: dt.datetime) -> None:
    """Nobody answered: raise it and bring the case back to the queue."""
    with change() as changed:
        case, notice = _lock_notice(notice_id)
        if notice.answered_at or notice.silent_at or case.closed_at:
            return

        notice.silent_at = at
        notice.version += 1
        notice.save(update_fields=["silent_at", "version"])
        case.stage = next_stage(case.stage, "partner_silent")
        save_case(case, "stage")
        raise_alarm(
            center_id=case.center_id,
            kind="notice_silent",
            key=f"notice_silent:{notice.pk}",
            at=at,
            params={"who": who_of(notice), "channel": notice.channel},
            case_id=case.pk,
            case_number=case.number,
        )

        line = write_line(case, "notice.silent", by=SYSTEM, at=at, who=who_of(notice), channel=notice.channel)
        _tell_notice(changed, case, notice, at=at, line=line)


def who_of(notice: Notice) -> str:
    """Return how the timeline names who was told: place and contact."""
    place = notice.place.name if notice.place else ""
    return " ".join(part for part in (place, notice.contact_name) if part)


def _case_after_step(case: Case, notice: Notice, step: str, at: dt.datetime) -> None:
    """Answered and coming promise a next step; reached hands the case to review."""
    if case.stage != Stage.AT_PARTNER:
        return
    if step == "reached":
        case.stage = next_stage(case.stage, "partner_reached")
        case.met_at = case.met_at or at
        case.step_due_at, case.step_due_for = None, ""
    elif step == "not_coming":
        case.stage = next_stage(case.stage, "partner_silent")
    else:
        case.step_due_at, case.step_due_for = at + dt.timedelta(seconds=settings.ARRIVE_TARGET_S), "notice"
    save_case(case, "stage", "met_at", "step_due_at", "step_due_for")


def _tell_notice(
    changed: Change, case: Case, notice: Notice, *, at: dt.datetime, line: dict[str, Any]
) -> None:
    subject = ("notice", notice.pk)
    tell(changed, case, "notice.changed", subject, notice.version, notice_wire(notice), at=at, line=line)
    tell_case(changed, case, "case.changed", at=at)


def _lock_notice(notice_id: uuid.UUID) -> tuple[Case, Notice]:
    case_id = Notice.objects.filter(pk=notice_id).values_list("case_id", flat=True).first()
    if case_id is None:
        raise NotFound()
    case = lock_case(case_id)
    return case, Notice.objects.select_related("place").get(pk=notice_id)
