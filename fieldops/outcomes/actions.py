"""What came of it: reports, corrections, disputes; a visit concluded."""

import datetime as dt
import uuid
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from fieldops.audit.actions import append
from fieldops.cases.actions import confirm_scam_type, set_victim_state
from fieldops.cases.models import Case
from fieldops.cases.telling import tell, write_line
from fieldops.dispatch.actions import Moved, conclude_assignment
from fieldops.dispatch.models import CALLED_OFF, Assignment
from fieldops.dispatch.telling import crew_recipients, lock_assignment
from fieldops.feed.alarms import raise_alarm, settle_alarms
from fieldops.feed.changes import Change, change
from fieldops.lib.clock import now
from fieldops.lib.errors import Invalid, NotFound, Problem, WrongState
from fieldops.outcomes.models import Effect, FollowUp, ReportRevision, VisitReport
from fieldops.outcomes.wire import ANSWERS, answers_of, report_wire
from fieldops.playbook.models import ScamType
from fieldops.teams.actor import Actor
from fieldops.teams.models import User
from fieldops.timers.actions import set_timer

REQUIRED = ("met", "state_after", "effect", "scam_type")
SUMS = ("lost", "prevented", "stopped")
# Two reports differ when any of these does; words may differ freely.
COMPARED = tuple(name for name in ANSWERS if name != "words")
FOLLOW_UP_S = 24 * 3600


class Incomplete(Problem):
    """A report lacks what is required to conclude (409 `INCOMPLETE`, with the fields)."""

    code = "INCOMPLETE"
    words = _("The report is not complete.")


def missing_fields(report: dict[str, Any]) -> list[str]:
    """Return the names of what a report lacks: the four answers, and a basis for every sum that is not 0."""
    missing = [name for name in REQUIRED if not report.get(name)]
    missing += [
        f"{s}_basis" for s in SUMS if report.get(f"{s}_fen") and report.get(f"{s}_basis", "none") == "none"
    ]
    if report.get("effect") == Effect.INEFFECTIVE and not report.get("ineffective_reason"):
        missing.append("ineffective_reason")
    return missing


def conclude_visit(*, assignment_id: uuid.UUID, report: dict[str, Any], by: Actor, at: dt.datetime) -> Moved:
    """Check and store the report, then conclude the assignment. Raises Incomplete with the fields.

    The report is a fact and stays even where the conclusion loses (recalled, already concluded).
    """
    missing = missing_fields(report)
    if missing:
        raise Incomplete(fields=missing)
    with change():
        file_report(assignment_id=assignment_id, report=report, by=by, at=at)
        moved = conclude_assignment(assignment_id=assignment_id, by=by, at=at, effect=report["effect"])
        if moved.outcome == "applied" and not moved.assignment.drill:
            _plan_follow_up(moved.assignment, report["effect"], at)
        return moved


def file_report(
    *, assignment_id: uuid.UUID, report: dict[str, Any], by: Actor, at: dt.datetime
) -> VisitReport:
    """Store a member's report; his second one corrects the first. Always stored, at worst marked late.

    Raises Incomplete, or Invalid for an unknown scam type.
    """
    missing = missing_fields(report)
    if missing:
        raise Incomplete(fields=missing)
    with change() as changed:
        case, row = lock_assignment(assignment_id)
        mine = VisitReport.objects.filter(assignment=row, author_id=by.user_id).first()
        if mine:
            return _correct(changed, case, row, mine, report, by, at)

        before = is_disputed(row)
        filed = _make(case, row, report, by, at)
        set_victim_state(case_id=case.pk, state=filed.state_after, by=by, at=at)
        case.refresh_from_db()
        confirm_scam_type(case=case, scam_type=filed.scam_type, at=at)
        _alarm_if_called_off(row, by, at)

        line = write_line(case, "report.filed", by=by, at=at, name=by.name, effect=filed.effect)
        _tell(changed, case, filed, "report.filed", at, line)
        _note_dispute(changed, case, row, filed, before, by, at)
        return filed


def correct_report(
    *, assignment_id: uuid.UUID, report: dict[str, Any], by: Actor, at: dt.datetime
) -> VisitReport:
    """Correct one's own report; the version before is kept. Raises NotFound when there is none of his."""
    with change() as changed:
        case, row = lock_assignment(assignment_id)
        mine = VisitReport.objects.filter(assignment=row, author_id=by.user_id).first()
        if mine is None:
            raise NotFound()
        return _correct(changed, case, row, mine, report, by, at)


def decide_report(*, report_id: uuid.UUID, by: Actor, at: dt.datetime) -> VisitReport:
    """Pick one of two different reports: it counts from now on; again is harmless. Raises NotFound."""
    with change() as changed:
        found = VisitReport.objects.filter(pk=report_id).first()
        if found is None:
            raise NotFound()
        case, row = lock_assignment(found.assignment_id)
        picked = VisitReport.objects.get(pk=report_id)
        if picked.decided:
            return picked

        others = list(row.reports.exclude(pk=picked.pk).select_related("author", "assignment"))
        for report in [picked, *others]:
            report.decided = report is picked
            report.version += 1
            report.save(update_fields=["decided", "version"])
        confirm_scam_type(case=case, scam_type=picked.scam_type, at=at)
        settle_alarms(prefix=f"disputed:{row.pk}", at=at, by_name=by.name)

        append(
            verb="report.decide", subject_kind="report", subject_id=picked.pk, at=at, actor_id=by.user_id,
            center_id=case.center_id,
        )  # fmt: skip
        line = write_line(case, "report.decided", by=by, at=at, name=by.name, author=picked.author.name)
        _tell(changed, case, picked, "report.decided", at, line)
        for report in others:
            _tell(changed, case, report, "report.changed", at)
        return picked


def set_report_aside(*, report_id: uuid.UUID, by: Actor, at: dt.datetime) -> VisitReport:
    """Let a report not count (it stays readable); again is harmless. Raises NotFound."""
    with change() as changed:
        found = VisitReport.objects.filter(pk=report_id).first()
        if found is None:
            raise NotFound()
        case, _row = lock_assignment(found.assignment_id)
        report = VisitReport.objects.select_related("author", "assignment").get(pk=report_id)
        if report.decided is False:
            return report

        report.decided = False
        report.version += 1
        report.save(update_fields=["decided", "version"])

        append(
            verb="report.set_aside", subject_kind="report", subject_id=report.pk, at=at, actor_id=by.user_id,
            center_id=case.center_id,
        )  # fmt: skip
        _tell(changed, case, report, "report.changed", at)
        return report


def is_disputed(assignment: Assignment) -> bool:
    """Tell whether the members' reports differ and nobody has picked yet."""
    reports = [report for report in assignment.reports.all() if report.decided is not False]
    if len(reports) < 2 or any(report.decided for report in reports):
        return False
    return len({tuple(getattr(report, name) for name in COMPARED) for report in reports}) > 1


def _make(case: Case, row: Assignment, report: dict[str, Any], by: Actor, at: dt.datetime) -> VisitReport:
    _check_scam_type(report["scam_type"])
    if VisitReport.objects.filter(pk=report["id"]).exists():
        raise WrongState("id_reused")
    answers = {name: report[name] for name in ANSWERS if name in report}
    return VisitReport.objects.create(
        id=report["id"],
        case=case,
        assignment=row,
        author=author_of(by),
        filed_at=at,
        received_at=now(),  # not when it was written: a phone may have held it for hours
        by_voice=by.by_voice,
        late=_is_late(row, at),
        **answers,
    )


def author_of(by: Actor) -> User:
    """Return the person a fact is of; the system files none. Raises NotFound."""
    found = User.objects.filter(pk=by.user_id).first() if by.user_id else None
    if found is None:
        raise NotFound()
    return found


def _is_late(row: Assignment, at: dt.datetime) -> bool:
    if row.status in CALLED_OFF:
        return True
    return bool(row.concluded_at and at > row.concluded_at + dt.timedelta(seconds=settings.REPORT_GRACE_S))


def _correct(
    changed: Change,
    case: Case,
    row: Assignment,
    mine: VisitReport,
    report: dict[str, Any],
    by: Actor,
    at: dt.datetime,
) -> VisitReport:
    """Apply the fields that differ, keeping the version before; no difference is harmless."""
    old = answers_of(mine)
    fresh = {name: report[name] for name in ANSWERS if name in report and old[name] != report[name]}
    if not fresh:
        return mine
    if missing := missing_fields({**old, **fresh}):
        raise Incomplete(fields=missing)
    if "scam_type" in fresh:
        _check_scam_type(fresh["scam_type"])

    before = is_disputed(row)
    ReportRevision.objects.create(report=mine, version=mine.version, body=old, at=at, by_id=by.user_id)
    for name, value in fresh.items():
        setattr(mine, name, value)
    mine.version += 1
    mine.late = mine.late or at > mine.filed_at + dt.timedelta(seconds=settings.REPORT_GRACE_S)
    mine.save(update_fields=[*fresh, "version", "late"])
    if "state_after" in fresh and case.victim_state == old["state_after"]:
        set_victim_state(case_id=case.pk, state=mine.state_after, by=by, at=at)
    case.refresh_from_db()
    confirm_scam_type(case=case, scam_type=mine.scam_type, at=at)

    line = write_line(case, "report.corrected", by=by, at=at, name=by.name, changed=sorted(fresh))
    _tell(changed, case, mine, "report.corrected", at, line)
    _note_dispute(changed, case, row, mine, before, by, at)
    return mine


def _check_scam_type(code: str) -> None:
    if not ScamType.objects.filter(pk=code).exists():
        raise Invalid("unknown_scam_type", errors={"scam_type": ["unknown"]})


def _note_dispute(
    changed: Change,
    case: Case,
    row: Assignment,
    mine: VisitReport,
    before: bool,
    by: Actor,
    at: dt.datetime,
) -> None:
    """Raise or settle a dispute that began or ended, and tell the report of the crew-mate anew."""
    after = is_disputed(row)
    if before == after:
        return
    line = None
    if after:
        line = write_line(case, "report.disputed", by=by, at=at)
        raise_alarm(
            center_id=case.center_id, kind="disputed", key=f"disputed:{row.pk}", at=at,
            params={"team": row.team.call_sign},
            case_id=case.pk, case_number=case.number, assignment_id=row.pk,
        )  # fmt: skip
    else:
        settle_alarms(prefix=f"disputed:{row.pk}", at=at, by_name=by.name)
    for other in row.reports.exclude(pk=mine.pk).select_related("author", "assignment"):
        other.version += 1
        other.save(update_fields=["version"])
        _tell(changed, case, other, "report.changed", at, line)


def _alarm_if_called_off(row: Assignment, by: Actor, at: dt.datetime) -> None:
    """A report for a case no longer theirs is kept and shown to the supervisor."""
    if row.status in CALLED_OFF:
        raise_alarm(
            center_id=row.center_id, kind="late_fact", key=f"late_fact:{row.pk}:{by.user_id}", at=at,
            params={"team": row.team.call_sign, "name": by.name, "what": "report"},
            case_id=row.case_id, case_number=row.case.number, assignment_id=row.pk,
        )  # fmt: skip


def _plan_follow_up(row: Assignment, effect: str, at: dt.datetime) -> None:
    """Ring the person again next day, unless nobody was met."""
    if (
        effect == Effect.INEFFECTIVE
        or FollowUp.objects.filter(case_id=row.case_id, done_at__isnull=True).exists()
    ):
        return
    due = at + dt.timedelta(seconds=FOLLOW_UP_S)
    planned = FollowUp.objects.create(case_id=row.case_id, due_at=due)
    set_timer(
        key=f"follow_up:{planned.pk}",
        kind="outcomes.follow_up",
        due_at=due,
        payload={"follow_up_id": str(planned.pk), "center_id": str(row.center_id)},
    )


def _tell(
    changed: Change,
    case: Case,
    report: VisitReport,
    kind: str,
    at: dt.datetime,
    line: dict[str, Any] | None = None,
) -> None:
    crew = crew_recipients(report.assignment)
    body = report_wire(report, disputed=is_disputed(report.assignment))
    tell(changed, case, kind, ("report", report.pk), report.version, body, at=at, line=line, also=crew)
