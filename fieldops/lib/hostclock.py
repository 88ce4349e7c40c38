"""Several hosts, one time: the database's. How far a host's own clock is off is measured and corrected.

Two hosts five minutes apart would otherwise expire each other's offers and take each other's leases. SQLite
has one host, whose clock is the only one there is.
"""

import datetime as dt
import logging
import threading
import time

from django.db import connection
from django.utils import timezone

from fieldops.lib import clock

log = logging.getLogger(__name__)

EVERY_S = 10.0
# Less is the network's doing, or a clock that is being kept; to correct it would only make time jitter.
LEAST = dt.timedelta(seconds=1)


def keep_time() -> None:
    """Measure how far this host is off and correct `clock.now` by it."""
    off = _measured()
    if off is None or abs(off - clock.correction()) < LEAST:
        return
    kept = off if abs(off) >= LEAST else dt.timedelta(0)
    log.warning("this host's clock is %.1f s off the database's, which counts", -off.total_seconds())
    clock.correct(kept)


def _measured() -> dt.timedelta | None:
    """Return by how much the database is ahead; None where the answer took too long to tell."""
    if connection.vendor != "postgresql":
        return dt.timedelta(0)
    connection.ensure_connection()
    begun = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (theirs,) = cursor.fetchone()
    ours, trip = timezone.now(), dt.timedelta(seconds=time.monotonic() - begun)
    off: dt.timedelta = theirs + trip / 2 - ours
    return off if trip < LEAST or abs(off) > 10 * trip else None


class ClockLoop:
    """Measures again and again until stopped, in a thread of its own."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop

    def run(self) -> None:
        """Go on whatever the database does: while it is away, what was measured last holds."""
        while not self._stop.wait(EVERY_S):
            try:
                keep_time()
            except Exception:
                log.warning("the database's time could not be read", exc_info=True)
            finally:
                connection.close()
