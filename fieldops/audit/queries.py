"""Verify the chain."""

from collections.abc import Iterator

from fieldops.audit.actions import GENESIS, digest_of
from fieldops.audit.models import AuditRow, AuditSeal


def broken_seals() -> Iterator[AuditSeal]:
    """Yield every seal whose rows or whose predecessor no longer match it."""
    previous, last_row = GENESIS, 0
    for seal in AuditSeal.objects.order_by("last_row").iterator():
        # Batches leave no number between them, so a row slipped in later falls into one.
        rows = list(AuditRow.objects.filter(id__range=(seal.first_row, seal.last_row)).order_by("id"))
        chained = seal.previous == previous and seal.first_row == last_row + 1
        if not chained or len(rows) != seal.rows or digest_of(previous, rows) != seal.digest:
            yield seal
        previous, last_row = seal.digest, seal.last_row
