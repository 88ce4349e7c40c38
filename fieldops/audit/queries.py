"""Verify the chain."""

from collections.abc import Iterator

from fieldops.audit.actions import GENESIS, digest_of
from fieldops.audit.models import AuditRow, AuditSeal


def broken_seals() -> Iterator[AuditSeal]:
    """Yield every seal whose rows or whose predecessor no longer match it."""
    previous = GENESIS
    for seal in AuditSeal.objects.order_by("last_row").iterator():
        rows = list(AuditRow.objects.filter(id__range=(seal.first_row, seal.last_row)).order_by("id"))
        if seal.previous != previous or len(rows) != seal.rows or digest_of(previous, rows) != seal.digest:
            yield seal
        previous = seal.digest
