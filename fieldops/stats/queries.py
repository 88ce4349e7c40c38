"""Read sheets: stored ones, a live preview, the cases behind a figure."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from fieldops.cases.models import Case
from fieldops.lib.clock import day_bounds, iso, local_day
from fieldops.lib.db import read_snapshot
from fieldops.lib.errors import Invalid, NotFound, Problem
from fieldops.stats.body import base_of, canonical_of, complete, sha256_of
from fieldops.stats.figures import Figures, figures_of
from fieldops.stats.loading import load_day, same_day_last_year
from fieldops.stats.models import DaySheet
from fieldops.teams.access import may, visible
from fieldops.teams.models import Center, ShiftMember, User

NUMBER_ROLES = frozenset({"duty", "supervisor", "analyst"})
MAX_DAYS = 62
OPENED = ("level", "scam_type", "stage")


class DayNotOver(Problem):
    """A day is stored once it is over; before, there is only the preview (409)."""

    code = "day_not_over"
    words = _("This day is not over yet; it can be seen, but not stored.")


def count_day(center: Center, date: dt.date, at: dt.datetime) -> Figures:
    """Return the day's complete body and refs, counted from the rows.

    The days compared with are read from their stored sheets, so that a signed figure is compared with a
    signed one; a day never stored is counted. The caller opens the snapshot or transaction.
    """
    counted = figures_of(load_day(center, date, as_of=at))
    previous = _base(center, date - dt.timedelta(days=1), at)
    last_year = _base(center, same_day_last_year(date), at)
    return Figures(complete(counted.body, previous, last_year), counted.refs)


def preview(center: Center, date: dt.date, at: dt.datetime) -> Figures:
    """Return the day as the rows are now, storing nothing."""
    with read_snapshot():
        return count_day(center, date, at)


def differs_from_stored(center: Center, date: dt.date, at: dt.datetime) -> bool:
    """Tell whether storing the day would make a revision; reads only, so that looking takes no lock."""
    last = DaySheet.objects.filter(center=center, date=date).order_by("-revision").first()
    return last is None or last.sha256 != sha256_of(canonical_of(preview(center, date, at).body))


def _base(center: Center, date: dt.date, at: dt.datetime) -> dict[str, Any]:
    stored = DaySheet.objects.filter(center=center, date=date).order_by("-revision").first()
    body = stored.body if stored and stored.cutoff == settings.DAY_CUTOFF else None
    return base_of(body or figures_of(load_day(center, date, as_of=at)).body)


def today(at: dt.datetime) -> dt.date:
    """Return the working day that is running."""
    return local_day(at, settings.DAY_CUTOFF)


def is_over(date: dt.date, at: dt.datetime) -> bool:
    """Tell whether the working day has ended."""
    return at >= day_bounds(date, settings.DAY_CUTOFF)[1]


@dataclass(frozen=True)
class Shown:
    """A day as somebody looks at it: a stored revision, or the preview of what would be stored."""

    center: Center
    date: dt.date
    body: dict[str, Any]
    refs: dict[str, Any]
    sheet: DaySheet | None
    revisions: list[int]
    over: bool
    on_phones: list[dict[str, Any]]

    @property
    def signable(self) -> bool:
        """Only a stored sheet whose totals close may be signed."""
        return self.sheet is not None and bool(self.body["signable"])


def sheets_for(user: User) -> QuerySet[DaySheet]:
    """Return the stored sheets within this person's reach."""
    return visible(DaySheet.objects.all(), user, roles=NUMBER_ROLES)


def show_day(
    rows: QuerySet[DaySheet], center: Center, date: dt.date, *, at: dt.datetime, revision: int | None = None
) -> Shown:
    """Return a revision (the newest without a number), or a preview of a day nobody stored. Raises NotFound.

    The preview shows what lies on phones now; a stored revision what lay there when it was stored, except the
    newest: for that one, what may still come is what matters.
    """
    sheets = list(rows.filter(center=center, date=date).order_by("-revision"))
    sheet = _pick(sheets, revision)
    newest = sheet is None or sheet is sheets[0]
    figures = Figures(sheet.body, sheet.refs) if sheet else preview(center, date, at)
    return Shown(
        center=center,
        date=date,
        body=figures.body,
        refs=figures.refs,
        sheet=sheet,
        revisions=[each.revision for each in sheets],
        over=is_over(date, at),
        on_phones=on_phones(center, date) if newest or sheet is None else sheet.on_phones,
    )


def _pick(sheets: list[DaySheet], revision: int | None) -> DaySheet | None:
    if revision is None:
        return sheets[0] if sheets else None
    for sheet in sheets:
        if sheet.revision == revision:
            return sheet
    raise NotFound()


def center_of(user: User) -> Center:
    """Return the centre whose numbers this person sees. Raises NotFound for one who has no post."""
    if user.post is None:
        raise NotFound()
    return user.post.center


def days_between(first: dt.date, last: dt.date) -> list[dt.date]:
    """Return the days of a range. Raises Invalid for a range turned round or longer than two months."""
    if last < first or (last - first).days >= MAX_DAYS:
        raise Invalid(errors={"to": [{"message": "out of range", "code": "range"}]})
    return [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]


def cases_behind(user: User, refs: dict[str, Any], figure: str) -> list[dict[str, str]]:
    """Return the cases behind a figure: numbers, and of those this person may open id, level, type, stage.

    An analyst gets numbers only. A figure nobody counted has no cases.
    """
    places = refs.get("figures", {}).get(figure, [])
    behind = [refs["cases"][place] for place in places]
    if not may(user, "cases.see"):
        return [{"number": number} for _id, number in behind]
    rows = visible(Case.objects.filter(pk__in={case_id for case_id, _number in behind}), user)
    within = {str(row.pop("pk")): row for row in rows.values("pk", *OPENED)}
    return [
        {"number": number, "id": case_id, **within[case_id]} if case_id in within else {"number": number}
        for case_id, number in behind
    ]


def issued_so_far(center: Center, at: dt.datetime) -> int:
    """Return how many cases were issued in the day that is running."""
    start, _end = day_bounds(today(at), settings.DAY_CUTOFF)
    return Case.objects.filter(center=center, issued_at__gte=start, drill=False).count()


def on_phones(center: Center, date: dt.date) -> list[dict[str, Any]]:
    """Return what lies unsent on the phones of the crews of that day: per person, without a name."""
    start, end = day_bounds(date, settings.DAY_CUTOFF)
    rows = ShiftMember.objects.filter(
        shift__center=center,
        shift__starts_at__lt=end,
        shift__ends_at__gt=start,
        user__devices__revoked_at__isnull=True,
        user__devices__pending__gt=0,
    )
    found = rows.order_by("shift__team__call_sign", "user__devices__pk").values(
        team=F("shift__team_id"),
        call_sign=F("shift__team__call_sign"),
        device=F("user__devices__pk"),
        pending=F("user__devices__pending"),
        oldest_at=F("user__devices__oldest_pending_at"),
    )
    # Somebody on two of the day's shifts holds one phone: it counts once, with the crew named last.
    phones = {row["device"]: row for row in found}
    return [
        {
            "team": str(row["team"]),
            "call_sign": row["call_sign"],
            "pending": row["pending"],
            "oldest_at": iso(row["oldest_at"]),
        }
        for row in phones.values()
    ]
