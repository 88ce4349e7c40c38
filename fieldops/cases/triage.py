"""Triage: a pure rule table that says which channel, and why, in codes.

Rules are read top down; the first that holds decides. Source: design.md §5, domain.md "Alerts".
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

UNREACHED_LIMIT = 3
BUSY_LIMIT = 2
HIGH_RISK = ("critical", "high")
REFUSES = ("denies", "hangs_up")


@dataclass(frozen=True)
class Facts:
    """What triage looks at; nothing else."""

    level: str
    victim_state: str
    student: bool
    attempts: int
    unreached_rounds: int
    busy_rounds: int


@dataclass(frozen=True)
class Verdict:
    """The channel and the reasons, as codes with parameters."""

    channel: str
    reasons: list[dict[str, Any]]


def _unreached(facts: Facts) -> bool:
    return facts.unreached_rounds >= UNREACHED_LIMIT


RULES: list[tuple[str, Callable[[Facts], bool], str]] = [
    ("already_paid", lambda f: f.victim_state == "already_paid", "mobile_team"),
    ("transferring", lambda f: f.victim_state == "transferring", "mobile_team"),
    ("convinced", lambda f: f.victim_state == "convinced", "mobile_team"),
    ("aware", lambda f: f.victim_state == "aware", "phone"),
    ("refuses_high_risk", lambda f: f.victim_state in REFUSES and f.level in HIGH_RISK, "mobile_team"),
    ("line_busy_critical", lambda f: f.level == "critical" and f.busy_rounds >= BUSY_LIMIT, "mobile_team"),
    ("refuses_student", lambda f: f.victim_state in REFUSES and f.student, "school"),
    ("unreached_student", lambda f: _unreached(f) and f.student, "school"),
    ("unreached_high_risk", lambda f: _unreached(f) and f.level in HIGH_RISK, "mobile_team"),
    ("refuses", lambda f: f.victim_state in REFUSES, "station"),
    ("unreached", _unreached, "station"),
    ("doubtful", lambda f: f.victim_state == "doubtful", "phone"),
    ("not_called_yet", lambda f: f.attempts == 0, "phone"),
    ("try_again", lambda f: True, "phone"),
]


def triage(facts: Facts) -> Verdict:
    """Return the channel for these facts, with the deciding reason first and the facts that back it."""
    code, channel = next((code, channel) for code, holds, channel in RULES if holds(facts))
    reasons: list[dict[str, Any]] = [{"code": code, "params": {}}]
    if channel == "mobile_team" and facts.level in HIGH_RISK:
        reasons.append({"code": "level", "params": {"level": facts.level}})
    if facts.attempts:
        reasons.append({"code": "attempts", "params": {"count": facts.attempts}})
    return Verdict(channel, reasons)
