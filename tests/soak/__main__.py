"""Run the soak's parts; end with 1 when one of them found something.

python -m tests.soak                                 every part, on SQLite
SOAK_MINUTES=5 python -m tests.soak phones           this part
DATABASE_URL=… python -m tests.soak                  on PostgreSQL
"""

import os
import sys
import time
from collections.abc import Callable

from tests.soak.lives import many_phones, many_steps

PARTS: dict[str, Callable[[str | None], list[str]]] = {"steps": many_steps, "phones": many_phones}


def main(*names: str) -> int:
    """Run the named parts, or all."""
    found: list[str] = []
    for name in names or tuple(PARTS):
        print(f"== {name}: {(PARTS[name].__doc__ or '').strip()}", flush=True)
        started = time.monotonic()
        wrong = PARTS[name](os.environ.get("DATABASE_URL"))
        print(f"   {'; '.join(wrong) or 'held'} ({time.monotonic() - started:.0f} s)", flush=True)
        found += wrong
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
