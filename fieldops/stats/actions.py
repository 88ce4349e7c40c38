"""Store a day: a new revision where something changed, the same one where nothing did."""

import datetime as dt
import uuid
from typing import Any

from django.conf import settings

from fieldops.audit.actions import append
from fieldops.cases.models import Case
from fieldops.feed.changes import change
from fieldops.feed.models import desk
from fieldops.lib.clock import day_bounds
from fieldops.lib.db import locked
from fieldops.lib.ids import new_id
from fieldops.outcomes.models import VisitReport
from fieldops.stats.body import canonical_of, difference, sha256_of
from fieldops.stats.figures import TIME_BASIS
from fieldops.stats.models import DaySheet
from fieldops.stats.queries import DayNotOver, count_day, is_over, on_phones
from fieldops.stats.wire import sheet_wire
from fieldops.teams.actor import Actor
from fieldops.teams.models import Center


def store_day_sheet(*, center_id: uuid.UUID, date: dt.date, by: Actor, at: dt.datetime) -> DaySheet:
    """Store the day as the rows are now; unchanged rows give the revision that is already there.

    Raises DayNotOver before the day's cut-off.
    """
    with change() as changed:
        # The centre's row lock: two who store at once meet here, and the second finds nothing new.
        center = locked(Center.objects).get(pk=center_id)
        if not is_over(date, at):
            raise DayNotOver(date=date.isoformat())
        last = DaySheet.objects.filter(center=center, date=date).order_by("-revision").first()
        counted = count_day(center, date, at)
        canonical = canonical_of(counted.body)
        if last and last.sha256 == sha256_of(canonical):
            return last

        sheet = DaySheet.objects.create(
            id=new_id(),
            center=center,
            date=date,
            revision=last.revision + 1 if last else 1,
            cutoff=settings.DAY_CUTOFF,
            time_basis=TIME_BASIS,
            canonical=canonical,
            sha256=sha256_of(canonical),
            refs=counted.refs,
            changes=difference(last.body, counted.body) if last else {},
            late_reports=_reports_since(last) if last else 0,
            on_phones=on_phones(center, date),
            stored_at=at,
            stored_by_id=by.user_id,
        )

        _audit(sheet, by, at)
        changed.publish(
            "sheet.stored",
            subject=("sheet", sheet.pk),
            version=sheet.revision,
            at=at,
            body=sheet_wire(sheet),
            recipients=[desk(center.pk)],
        )
        return sheet


def record_export(
    *, center_id: uuid.UUID, dates: list[dt.date], form: str, by: Actor, at: dt.datetime, **extra: Any
) -> None:
    """Write down who took which days away in which form."""
    with change():
        append(
            verb="sheet.export",
            subject_kind="sheet",
            subject_id=dates[0].isoformat(),
            at=at,
            actor_id=by.user_id,
            actor_kind=by.kind,
            center_id=center_id,
            extra={"to": dates[-1].isoformat(), "format": form, **extra},
        )


def _reports_since(last: DaySheet) -> int:
    """Count the reports on the day's cases that came after the last revision."""
    start, end = day_bounds(last.date, last.cutoff)
    cases = Case.objects.filter(center_id=last.center_id, issued_at__gte=start, issued_at__lt=end)
    return VisitReport.objects.filter(case__in=cases, received_at__gt=last.stored_at).count()


def _audit(sheet: DaySheet, by: Actor, at: dt.datetime) -> None:
    append(
        verb="sheet.store",
        subject_kind="sheet",
        subject_id=sheet.pk,
        at=at,
        actor_id=by.user_id,
        actor_kind=by.kind,
        center_id=sheet.center_id,
        extra={"date": sheet.date.isoformat(), "revision": sheet.revision, "sha256": sheet.sha256},
    )
