"""Keeps one background thread alive: the timers of an embedded installation."""

import logging
import threading
from collections.abc import Callable
from typing import Protocol

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 2
JOIN_WITHIN_S = 15


class Loop(Protocol):
    """What is kept alive: runs until the event given to its maker is set."""

    def run(self) -> None: ...


class KeptAlive:
    """A thread running `make_loop(stop).run()`, started again within seconds when it dies."""

    def __init__(self, name: str, make_loop: Callable[[threading.Event], Loop]) -> None:
        self.name = name
        self.make_loop = make_loop
        self.stopping = threading.Event()
        self.starts = 0
        self.thread = self._started()
        self.watcher = threading.Thread(target=self._watch, name=f"{name}-watchdog", daemon=True)
        self.watcher.start()

    def stop(self) -> None:
        """Ask both threads to end and wait for them."""
        self.stopping.set()
        self.watcher.join(JOIN_WITHIN_S)
        self.thread.join(JOIN_WITHIN_S)

    def _started(self) -> threading.Thread:
        self.starts += 1
        thread = threading.Thread(target=self._run, name=self.name, daemon=True)
        thread.start()
        return thread

    def _run(self) -> None:
        try:
            self.make_loop(self.stopping).run()
        except Exception:
            # The handler itself must not touch the database: it may be what has just gone away.
            logger.exception("%s died", self.name)

    def _watch(self) -> None:
        while not self.stopping.wait(LOOK_EVERY_S):
            if not self.thread.is_alive():
                self._start_again()

    def _start_again(self) -> None:
        logger.error("%s is not running; starting it again", self.name)
        try:
            self.thread = self._started()
        except RuntimeError:
            # The machine is out of threads: the next look tries again.
            logger.exception("%s could not be started", self.name)
