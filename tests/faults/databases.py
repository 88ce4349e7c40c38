"""The databases a part is tried on: SQLite always, PostgreSQL where it is installed."""

import os
from collections.abc import Iterator

from tests.servers import postgres_bin, run_postgres


def rounds(default: int = 20) -> int:
    """Return how many rounds to run."""
    return int(os.environ.get("FAULTS_ROUNDS", default))


def each_database() -> Iterator[tuple[str, str | None]]:
    """Yield (title, URL or None for SQLite); `FAULTS_ON=sqlite` or `postgres` keeps to one."""
    only = os.environ.get("FAULTS_ON", "")
    if only in ("", "sqlite"):
        yield "SQLite", None
    if only in ("", "postgres") and postgres_bin():
        with run_postgres(("-c", "fsync=on")) as url:
            yield "PostgreSQL", url


def env_of(url: str | None) -> dict[str, str]:
    """Return what a server needs to run on it."""
    return {"DATABASE_URL": url} if url else {}
