"""`make bench`."""

import sys
from collections.abc import Callable

from tests.bench.hub import measure_hub
from tests.bench.ranking import measure_ranking
from tests.bench.send import measure_send
from tests.bench.start import measure_start
from tests.bench.timers import measure_timers

PARTS: dict[str, Callable[[], bool]] = {
    "Hub writing frames to 1,000 sockets": measure_hub,
    "From Send to the phone": measure_send,
    "Timers under load": measure_timers,
    "Ranking and the joint plan": measure_ranking,
    "The phone app's start": measure_start,
}


def main() -> int:
    """Run every part; a missed goal is said and makes the exit code 1."""
    held = []
    for title, measure in PARTS.items():
        print(title, flush=True)
        held.append(measure())
        print(flush=True)
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
