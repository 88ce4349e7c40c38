"""Database helpers that mean the same on SQLite and PostgreSQL."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import connection, transaction
from django.db.models import Manager, Model, QuerySet

log = logging.getLogger(__name__)
Row = TypeVar("Row", bound=Model)


def rows_are_locked() -> bool:
    """Tell whether rows have locks of their own; on SQLite the open transaction already holds every write."""
    return connection.features.has_select_for_update


def locked(rows: Manager[Row] | QuerySet[Row], *, nowait: bool = False) -> QuerySet[Row]:
    """Return the rows, to be held until the change is over; what is joined to them stays free.

    The weaker of PostgreSQL's two locks: no key ever changes here, and the stronger one makes whoever adds a
    row that points here wait, at commit, holding feed heads: an alert and an offer met in a deadlock.
    """
    return rows.select_for_update(of=("self",), no_key=True, nowait=nowait)


def give_up_connection() -> None:
    """Drop this thread's connection, and have the pool replace what broke with it; never raises.

    A database that was restarted took all of the pool's connections, and each of them would fail once more.
    """
    try:
        connection.close()
        if pool := getattr(connection, "pool", None):
            pool.check()
    except Exception:
        log.debug("the broken connection could not be given back", exc_info=True)


@contextmanager
def read_snapshot() -> Iterator[None]:
    """Read several tables as of one instant, without taking the write lock.

    SQLite: BEGIN DEFERRED (a plain `atomic` would be IMMEDIATE and wait for every writer).
    PostgreSQL: REPEATABLE READ. Inside a transaction already open it only joins.
    """
    if connection.in_atomic_block:
        yield
        return
    if connection.vendor == "sqlite":
        with _deferred():
            yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


@contextmanager
def _deferred() -> Iterator[None]:
    mode = getattr(connection, "transaction_mode", None)
    connection.ensure_connection()
    connection.transaction_mode = "DEFERRED"  # type: ignore[attr-defined]
    try:
        with transaction.atomic():
            yield
    finally:
        connection.transaction_mode = mode  # type: ignore[attr-defined]
