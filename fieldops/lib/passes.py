"""A pass over many rows: one that cannot be done is logged by its id, and the others have their turn."""

import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

from django.db import connection

log = logging.getLogger(__name__)
Item = TypeVar("Item")


def each(items: Iterable[Item], act: Callable[[Item], object]) -> None:
    """Do `act` with every item, whatever becomes of the one before.

    Raises what a lost database raises: then nothing more can be done this time, and nothing is known.
    """
    for item in items:
        try:
            act(item)
        except Exception:
            if not connection.is_usable():
                raise
            log.exception("%s failed for %s", act.__qualname__, item)
