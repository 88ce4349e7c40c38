"""Carry a ring out: the timer hands it to a pool after its commit; the gateway is called in no transaction.

At least once outside (the gateway knows a ring by its id), exactly once in the database: the timer
`ring:<id>` stays until an outcome is written. A process that dies with a call in hand leaves it there, and
the next run calls again.
"""

import datetime as dt
import logging
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.conf import settings
from django.db import connections, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from fieldops.dispatch.models import AssignmentMember, RingAttempt, RingOutcome
from fieldops.dispatch.ring import PUSH, lock_ring, record_ring, record_unreachable, set_ring_timer
from fieldops.dispatch.ring_moves import WHY, still_wanted
from fieldops.dispatch.ring_port import ADAPTERS, Ring
from fieldops.dispatch.ring_push import ring_by_push
from fieldops.dispatch.ring_said import GatewayDown
from fieldops.lib.clock import now

log = logging.getLogger(__name__)

_pool = ThreadPoolExecutor(max_workers=8, thread_name_prefix="ring")


def ring_due(payload: dict[str, Any], at: dt.datetime) -> None:
    """Send a ring that waits, again if the last try left no word; give up on one nobody reports about."""
    ring_id = uuid.UUID(payload["ring_id"])
    _, attempt = lock_ring(ring_id)
    if attempt.outcome == RingOutcome.WAITING:
        if over := _over_before(attempt):
            record_ring(ring_id=ring_id, outcome=over, at=at)
        else:
            _hand_over(attempt, at)
    elif attempt.outcome == RingOutcome.SENT:
        record_ring(ring_id=ring_id, outcome=RingOutcome.NO_WORD, at=at)


def _over_before(attempt: RingAttempt) -> RingOutcome | None:
    """Return why this ring need not, or cannot, go out (any more)."""
    member = AssignmentMember.objects.filter(assignment=attempt.assignment, user=attempt.user).first()
    if attempt.adapter != PUSH and not attempt.user.phone:
        return RingOutcome.NO_NUMBER
    if not still_wanted(attempt.why, attempt.assignment, member):
        return RingOutcome.MOOT
    return RingOutcome.FAILED if attempt.tries >= settings.RING_TRIES else None


def _hand_over(attempt: RingAttempt, at: dt.datetime) -> None:
    """Count the try, watch over it, and call once this is committed."""
    attempt.tries += 1
    attempt.save(update_fields=["tries"])
    set_ring_timer(attempt, at + dt.timedelta(seconds=settings.RING_LEASE_S))
    ring_id, turn = attempt.pk, attempt.tries
    transaction.on_commit(lambda: _pool.submit(call_out, ring_id, turn), robust=True)


def call_out(ring_id: uuid.UUID, turn: int) -> None:
    """Call the gateway and write down what it said; in a thread of the pool, in no transaction."""
    try:
        attempt = RingAttempt.objects.select_related("user", "assignment").get(pk=ring_id)
        if attempt.outcome == RingOutcome.WAITING and attempt.tries == turn:
            _call(attempt)
    except Exception:
        # The timer is still there and comes back to it.
        log.exception("ring %s failed", ring_id)
    finally:
        connections.close_all()


def _call(attempt: RingAttempt) -> None:
    try:
        said = (
            ring_by_push(attempt) if attempt.adapter == PUSH else ADAPTERS[attempt.adapter](ring_of(attempt))
        )
    except GatewayDown as error:
        log.warning("ring %s: the gateway does not answer: %s", attempt.pk, error)
        record_unreachable(ring_id=attempt.pk, at=now(), detail=str(error))
    else:
        record_ring(ring_id=attempt.pk, outcome=said.outcome, at=now(), detail=said.detail)


def ring_of(attempt: RingAttempt) -> Ring:
    """Return what the gateway is told: a number, a sentence without personal data, and ids."""
    with translation.override(settings.RING_LANG):
        text = str(WHY[attempt.why][1])
        if attempt.assignment and attempt.assignment.drill:
            text = _("This is a drill. %(text)s") % {"text": text}
    callback = f"{settings.RING_CALLBACK_BASE}/api/v1/ring/{attempt.pk}/status"
    return Ring(
        ring_id=attempt.pk,
        to=attempt.user.phone,
        kind=settings.RING_KIND,
        lang=settings.RING_LANG,
        text=text,
        assignment=str(attempt.assignment_id) if attempt.assignment_id else None,
        callback_url=callback if settings.RING_CALLBACK_BASE else None,
    )
