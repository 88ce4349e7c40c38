"""Run the fault parts, each on every database that is here; end with 1 when one of them found something.

python -m tests.faults                  every part
python -m tests.faults storm disk       these
FAULTS_ROUNDS=100 python -m tests.faults storm
"""

import sys
import time
from collections.abc import Callable

from tests.faults import api, disk, ladder, postgres, redis, restart, storm
from tests.faults.databases import each_database

# Part → what is done to one database (None: SQLite, else the server's URL); returns findings, none is good.
PARTS: dict[str, Callable[[str | None], list[str]]] = {
    "storm": storm.part,
    "ladder": ladder.part,
    "restart": restart.part,
    "postgres": postgres.part,
    "disk": disk.part,
    "redis": redis.part,
    "api": api.part,
}


def main(*names: str) -> int:
    """Run the named parts, or all."""
    found: list[str] = []
    for name in names or tuple(PARTS):
        for title, url in each_database():
            print(f"== {name} on {title}", flush=True)
            started = time.monotonic()
            wrong = PARTS[name](url)
            print(f"   {'; '.join(wrong) or 'held'} ({time.monotonic() - started:.0f} s)", flush=True)
            found += [f"{name} on {title}: {line}" for line in wrong]
    print("\n".join(found) if found else "all held")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
