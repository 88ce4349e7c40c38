"""Empty the tables after tests that commit: the audit's triggers stand aside, what is shipped returns."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from django.apps import apps
from django.db import connection
from django.test import TransactionTestCase

REFUSE = import_module("fieldops.audit.migrations.0002_refuse_rewriting")
ALLOW = import_module("fieldops.audit.migrations.0003_one_chain")
SHIPPED = import_module("fieldops.playbook.migrations.0002_load_shipped")

_flush: Any = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]


class Editor:
    """What a migration needs of a schema editor; the real one does not work inside a test's transaction."""

    connection = connection

    @staticmethod
    def execute(sql: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql)


@contextmanager
def rewritable_audit() -> Iterator[None]:
    """Take the audit's triggers away for a while, as somebody with the database's own password could."""
    ALLOW.drop_triggers(apps, Editor)
    try:
        yield
    finally:
        REFUSE.refuse(apps, Editor)


def empty_tables(test: TransactionTestCase) -> None:
    """Flush as Django does, which deletes row by row on SQLite, and load what the migrations had loaded."""
    with rewritable_audit():
        _flush(test)
    SHIPPED.load(apps, Editor)


def install() -> None:
    """Use `empty_tables` after every test that commits."""
    TransactionTestCase._fixture_teardown = empty_tables  # type: ignore[attr-defined]
