"""Load a day's rows into facts: a fixed number of queries, however many cases."""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, TypeVar

from django.conf import settings
from django.db.models import Count, F, QuerySet
from django.db.models.functions import Coalesce

from fieldops.cases.models import CallAttempt, Case, Disposition, Notice
from fieldops.dispatch.models import Assignment
from fieldops.intake.models import Alert
from fieldops.lib.clock import day_bounds
from fieldops.outcomes.models import VisitReport
from fieldops.playbook.models import ScamKind as Kind
from fieldops.playbook.models import ScamType
from fieldops.stats.facts import (
    ANSWERS,
    REJECTED,
    Call,
    CaseFact,
    Day,
    Report,
    ScamKind,
    SchoolMonth,
    Told,
    Visit,
)
from fieldops.teams.models import Center, Shift

Fact = TypeVar("Fact")
# How long after the warning a case of the same person still belongs to it (domain.md, assumed).
AFTERMATH = dt.timedelta(days=30)


def load_day(center: Center, date: dt.date, *, as_of: dt.datetime) -> Day:
    """Return the facts of the working day `date`; the caller opens the snapshot or transaction."""
    start, end = day_bounds(date, settings.DAY_CUTOFF)
    types = _types()
    # A drill is in no number, not even among what was left out: the sheet is as if it had not been.
    cases = _cases(Case.objects.filter(center=center, issued_at__gte=start, issued_at__lt=end, drill=False))
    return Day(
        center=center.code,
        date=date,
        cutoff=settings.DAY_CUTOFF,
        start=start,
        end=end,
        as_of=as_of if as_of < end else None,
        cases=cases,
        types=types,
        teams=_teams(center, start, end),
        attached=_attached(center, start, end),
        later=_later(center, cases, end),
        first_step_s={level: targets["first_call"] for level, targets in settings.LEVEL_TARGETS_S.items()},
        warned=_warned(center, end, types).values("person").distinct().count(),
        filed=_filed(center, end, types),
        schools=_schools(center, date, types),
    )


def same_day_last_year(date: dt.date) -> dt.date:
    """Return the day a year before; 29 February is compared with the 28th."""
    try:
        return date.replace(year=date.year - 1)
    except ValueError:
        return date.replace(year=date.year - 1, day=28)


CASE_COLUMNS = (
    "id",
    "number",
    "issued_at",
    "level",
    "alert_level",
    "stage",
    "disposition",
    "effect",
    "victim_state",
    "first_call_at",
    "reached_at",
    "drill",
)


def _cases(rows: QuerySet[Case]) -> tuple[CaseFact, ...]:
    found = list(
        rows.order_by("issued_at", "pk").values(
            *CASE_COLUMNS,
            "scam_type",
            "alert_scam_type",
            "confirmed_scam_type",
            who=Coalesce("person__merged_into_id", "person_id"),
            at_school=F("person__school_id"),
            school_name=F("person__school__name"),
        )
    )
    ids = [row["id"] for row in found]
    visits, calls, told = _visits(ids), _calls(ids), _told(ids)
    return tuple(
        CaseFact(
            **{name: row[name] for name in CASE_COLUMNS},
            person=row["who"],
            scam_type=row["confirmed_scam_type"] or row["scam_type"] or row["alert_scam_type"],
            alert_type=row["alert_scam_type"],
            confirmed_type=row["confirmed_scam_type"] or _graded(row),
            school_id=row["at_school"],
            school_name=row["school_name"] or "",
            visits=tuple(visits[row["id"]]),
            calls=tuple(calls[row["id"]]),
            told=tuple(told[row["id"]]),
        )
        for row in found
    )


def _graded(row: dict[str, Any]) -> str:
    """Return the handler's own type, where it is not simply the alert's."""
    graded: str = row["scam_type"]
    return graded if graded != row["alert_scam_type"] else ""


def _visits(case_ids: list[uuid.UUID]) -> dict[uuid.UUID, list[Visit]]:
    reports = _reports(case_ids)
    rows = Assignment.objects.filter(case__in=case_ids).order_by("offered_at", "pk")
    columns = ("case_id", "id", "team_id", "status", "offered_at", "accepted_at", "arrived_at")
    grouped = _grouped(rows.values(*columns, call_sign=F("team__call_sign")), "case_id")
    return _lists(
        {
            case: [Visit(**row, reports=tuple(reports[row["id"]])) for row in mine]
            for case, mine in grouped.items()
        }
    )


def _reports(case_ids: list[uuid.UUID]) -> dict[uuid.UUID, list[Report]]:
    rows = VisitReport.objects.filter(case__in=case_ids).order_by("filed_at", "pk")
    grouped = _grouped(rows.values("assignment_id", "filed_at", "decided", *ANSWERS), "assignment_id")
    return _lists({visit: [Report(**row) for row in mine] for visit, mine in grouped.items()})


def _calls(case_ids: list[uuid.UUID]) -> dict[uuid.UUID, list[Call]]:
    rows = CallAttempt.objects.filter(case__in=case_ids).order_by("opened_at", "pk")
    columns = ("case_id", "opened_at", "target", "result", "state_before", "state_after")
    grouped = _grouped(rows.values(*columns), "case_id")
    return _lists({case: [Call(**row) for row in mine] for case, mine in grouped.items()})


def _told(case_ids: list[uuid.UUID]) -> dict[uuid.UUID, list[Told]]:
    rows = Notice.objects.filter(case__in=case_ids).order_by("told_at", "pk")
    grouped = _grouped(rows.values("case_id", "channel", "told_at", "reached_at"), "case_id")
    return _lists({case: [Told(**row) for row in mine] for case, mine in grouped.items()})


def _grouped(rows: Iterable[Any], by: str) -> dict[uuid.UUID, list[dict[str, Any]]]:
    """Return the rows by one of their columns, in their order, without that column."""
    groups: dict[uuid.UUID, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        groups[row[by]].append({name: value for name, value in row.items() if name != by})
    return groups


def _lists(groups: dict[uuid.UUID, list[Fact]]) -> dict[uuid.UUID, list[Fact]]:
    """Return the groups with an empty list for whom there is none."""
    return defaultdict(list, groups)


def _types() -> dict[str, ScamKind]:
    """Return all types, retired ones too: old cases still name them."""
    rows = ScamType.objects.values_list("code", "parent_id", "kind", "position")
    return {
        code: ScamKind(parent or "", kind == Kind.ACCOMPLICE, position)
        for code, parent, kind, position in rows
    }


def _teams(center: Center, start: dt.datetime, end: dt.datetime) -> dict[uuid.UUID, str]:
    rows = Shift.objects.filter(center=center, starts_at__lt=end, ends_at__gt=start)
    return dict(rows.values_list("team_id", "team__call_sign").distinct())


def _attached(center: Center, start: dt.datetime, end: dt.datetime) -> tuple[tuple[uuid.UUID, str], ...]:
    """Return the open cases that further alerts of the day joined: no second line on the sheet."""
    rows = Alert.objects.filter(center=center, issued_at__gte=start, issued_at__lt=end, attached=True)
    return tuple(rows.order_by("issued_at", "pk").values_list("case_id", "case__number"))


def _later(center: Center, cases: tuple[CaseFact, ...], end: dt.datetime) -> tuple[CaseFact, ...]:
    """Return the cases the same people had in the days after, for what was prevented and then lost."""
    people = {case.person for case in cases if any(visit.reports for visit in case.visits)}
    if not people:
        return ()
    rows = Case.objects.filter(center=center, issued_at__gte=end, issued_at__lt=end + AFTERMATH, drill=False)
    known = rows.filter(person__in=people) | rows.filter(person__merged_into__in=people)
    return _cases(known)


def _warned(center: Center, end: dt.datetime, types: dict[str, ScamKind]) -> QuerySet[Case]:
    rows = Case.objects.filter(center=center, issued_at__gte=end - AFTERMATH, issued_at__lt=end)
    return _countable(rows, types)


def _filed(center: Center, end: dt.datetime, types: dict[str, ScamKind]) -> tuple[tuple[uuid.UUID, str], ...]:
    """Return one case each of those warned who became a case by the day's end."""
    rows = _warned(center, end, types).filter(disposition=Disposition.CASE_FILED, closed_at__lt=end)
    found = rows.order_by("issued_at", "pk").values_list("person", "pk", "number")
    return tuple({person: (pk, number) for person, pk, number in found}.values())


def _schools(center: Center, date: dt.date, types: dict[str, ScamKind]) -> tuple[SchoolMonth, ...]:
    """Return each school's cases of the month so far beside the same days last year."""
    now = _in_month(center, date, types).order_by("issued_at", "pk")
    before = _in_month(center, same_day_last_year(date), types).order_by()
    cases: dict[uuid.UUID, list[tuple[uuid.UUID, str]]] = defaultdict(list)
    names: dict[uuid.UUID, str] = {}
    last_year: dict[uuid.UUID, int] = {}
    for school, name, pk, number in now.values_list("person__school", "person__school__name", "pk", "number"):
        names[school] = name
        cases[school].append((pk, number))
    for school, name, count in before.values_list("person__school", "person__school__name").annotate(
        n=Count("pk")
    ):
        names[school] = name
        last_year[school] = count
    return tuple(
        SchoolMonth(
            id=school, name=names[school], cases=tuple(cases[school]), last_year=last_year.get(school, 0)
        )
        for school in sorted(names, key=str)
    )


def _in_month(center: Center, date: dt.date, types: dict[str, ScamKind]) -> QuerySet[Case]:
    start, _ = day_bounds(date.replace(day=1), settings.DAY_CUTOFF)
    _, end = day_bounds(date, settings.DAY_CUTOFF)
    rows = Case.objects.filter(center=center, issued_at__gte=start, issued_at__lt=end)
    return _countable(rows, types).filter(person__school__isnull=False)


def _countable(rows: QuerySet[Case], types: dict[str, ScamKind]) -> QuerySet[Case]:
    """Leave out, in the database, what figures.py leaves out."""
    accomplice = [code for code, kind in types.items() if kind.accomplice]
    rows = rows.filter(drill=False).exclude(disposition__in=REJECTED)
    mules = rows.filter(confirmed_scam_type__in=accomplice) | rows.filter(
        confirmed_scam_type="", scam_type__in=accomplice
    )
    return rows.exclude(pk__in=mules.order_by().values("pk"))
