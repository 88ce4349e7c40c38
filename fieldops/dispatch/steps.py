"""What silence does and after how many seconds: frozen on the assignment at the offer. Pure."""

import copy
import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from fieldops.lib.clock import iso

Steps = list[dict[str, Any]]


@dataclass(frozen=True)
class Promise:
    """What a crew owes next while in one of `statuses`; the kind of its timer and alarm, a reason to ring."""

    statuses: tuple[str, ...]
    timer: str
    alarm: str
    why: str


PROMISES: dict[str, Promise] = {
    "set_out": Promise(("accepted",), "dispatch.set_out_late", "set_out_late", "set_out_late"),
    "arrive": Promise(("en_route",), "dispatch.arrive_late", "arrive_late", "arrive_late"),
    "check_in": Promise(("arrived",), "dispatch.check_in", "check_in", "check_in"),
    "stand_down": Promise(
        ("withdrawn", "recalled", "reassigned"), "dispatch.stand_down_late", "recall_unconfirmed", "recalled"
    ),
}


def answer_steps(level: str, at: dt.datetime) -> Steps:
    """Return the ladder of an offer made at `at`, each step with its moment."""
    return [
        {**step, "at": iso(at + dt.timedelta(seconds=step["after_s"])), "next_team": None}
        for step in settings.LADDER_S[level]
    ]


def with_next_team(ladder: Steps, call_sign: str) -> Steps:
    """Return the ladder with the crew that would be asked next, so that countdowns can name it."""
    named = {"next_team": call_sign or None}
    return [{**step, **named} if step["do"] == "next_crew" else step for step in ladder]


def promise_steps(level: str) -> dict[str, Steps]:
    """Return what follows each promise of the crew, to be frozen with the offer."""
    return copy.deepcopy(settings.PROMISES_S[level])


def steps_of(level: str, frozen: dict[str, Steps], promise: str) -> Steps:
    """Return the steps of one promise; an offer older than they are goes by the present settings."""
    return frozen.get(promise) or settings.PROMISES_S[level][promise]


def step_at(steps: Steps, do: str) -> int:
    """Return the place of the first step that does `do`; the last one where none does."""
    return next((number for number, step in enumerate(steps) if step["do"] == do), len(steps) - 1)
