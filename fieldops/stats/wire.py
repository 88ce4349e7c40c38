"""Wire shapes of the room."""

from typing import Any

from fieldops.lib.clock import iso
from fieldops.stats.models import DaySheet
from fieldops.stats.queries import Shown


def sheet_wire(sheet: DaySheet) -> dict[str, Any]:
    """Return what the desk learns of a stored sheet: which it is, not its figures."""
    return {
        "id": str(sheet.pk),
        "version": sheet.revision,
        "center": str(sheet.center_id),
        "date": sheet.date.isoformat(),
        "revision": sheet.revision,
        "sha256": sheet.sha256,
        "stored_at": iso(sheet.stored_at),
    }


def shown_wire(shown: Shown) -> dict[str, Any]:
    """Return a day with its figures.

    `sha256` is of `body` alone, written as canonical JSON (sorted keys, no blanks, UTF-8): anybody can check
    it. A preview has no revision and no hash.
    """
    sheet = shown.sheet
    return {
        "center": shown.center.code,
        "center_name": shown.center.name,
        "date": shown.date.isoformat(),
        "revision": sheet.revision if sheet else None,
        "revisions": shown.revisions,
        "preview": sheet is None,
        "day_over": shown.over,
        "signable": shown.signable,
        "sha256": sheet.sha256 if sheet else None,
        "stored_at": iso(sheet.stored_at) if sheet else None,
        "changes": sheet.changes if sheet else {},
        "late_reports": sheet.late_reports if sheet else 0,
        # A stored sheet's export must not change from one day to the next, so not what is on phones now.
        "on_phones": sheet.on_phones if sheet else shown.on_phones,
        "body": shown.body,
    }
