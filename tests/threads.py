"""Do several things at once, for real: one thread and one database connection each, all starting together."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection

JOIN_S = 30


def at_once(*works: Callable[[], Any], within_s: float = JOIN_S) -> list[Any]:
    """Run the works in threads that start together; return each one's result, or the exception it raised."""
    results: list[Any] = [None] * len(works)
    start = threading.Barrier(len(works))

    def run(index: int, work: Callable[[], Any]) -> None:
        try:
            start.wait(JOIN_S)
            results[index] = work()
        except Exception as error:
            results[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=item, daemon=True) for item in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(within_s)
    assert not any(thread.is_alive() for thread in threads), "a thread is stuck"
    return results


def raised(results: Sequence[Any]) -> list[Exception]:
    """Return the exceptions among the results."""
    return [result for result in results if isinstance(result, Exception)]
