"""Wire shapes of this room."""

from typing import Any

from fieldops.lib.clock import iso
from fieldops.sync.models import ReviewItem


def item_wire(item: ReviewItem) -> dict[str, Any]:
    """Return something to be judged, without what it says: that is opened by a reason."""
    return {
        "id": str(item.pk),
        "version": item.version,
        "kind": item.kind,
        "code": item.code,
        "type": item.type,
        "user_id": str(item.user_id),
        "user_name": item.user.name,
        "device_id": str(item.device_id) if item.device_id else None,
        "case_id": str(item.case_id) if item.case_id else None,
        "assignment_id": str(item.assignment_id) if item.assignment_id else None,
        "received_at": iso(item.received_at),
        "decision": item.decision or None,
        "decided_at": iso(item.decided_at),
        "decided_by_name": item.decided_by.name if item.decided_by else "",
        "reason": item.reason,
    }
