"""`manage.py runtimers`: a process that only runs timers (server mode; as many as wanted)."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from fieldops.lib.hostclock import ClockLoop, keep_time
from fieldops.timers.loop import TimerLoop


class Command(BaseCommand):
    help = "Run due timers until stopped."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        keep_time()
        threading.Thread(target=ClockLoop(stop).run, name="clock", daemon=True).start()
        TimerLoop(stop).run()
