"""Settings of the timers' measurement: one kind more, whose effect is the moment it ran."""

from tests.bench.settings import *  # noqa: F403
from tests.bench.settings import TIMER_HANDLERS as HOUSE

TIMER_HANDLERS = {**HOUSE, "bench.note": "tests.bench.late.note"}
