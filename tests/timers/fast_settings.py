"""The product's settings on a host whose clock is five minutes ahead: the whole process is lied to."""

import datetime as dt

import time_machine

from fieldops.settings import *  # noqa: F403

AHEAD = dt.timedelta(minutes=5)
time_machine.travel(dt.datetime.now(dt.UTC) + AHEAD, tick=True).start()
