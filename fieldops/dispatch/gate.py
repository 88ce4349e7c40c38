"""The gate: may this crew be sent? Allow, warn, block; obeyed by buttons, API and automation alike. Pure.

A button is shown only where the verdict is not *block*; the API refuses a block, and a warn without a typed
reason; automation sends only where the verdict is *allow*.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class CrewFacts:
    """What the gate looks at."""

    same_center: bool
    on_shift: bool
    standby: int  # members on standby
    on_break: int
    size: int
    ringing: int  # members whose phone can ring
    silent: list[dict[str, str]] = field(default_factory=list)  # who cannot, and why
    engaged_on: str = ""  # case number this crew is taken by
    offered_on: str = ""  # case number this crew is being asked about
    on_this_case: bool = False
    free_left: int = 1  # free crews left if this one goes
    resting: list[dict[str, str]] = field(default_factory=list)  # who is owed rest, and until when
    missing_skills: tuple[str, ...] = ()  # what the case needs and this crew was not trained for


def is_free(facts: CrewFacts) -> bool:
    """Tell whether the crew covers the town while it stays."""
    return facts.standby > 0 and not (facts.engaged_on or facts.offered_on)


# (code, verdict, holds); read top down, the worst verdict decides, every code that holds is told.
CHECKS: list[tuple[str, str, Callable[[CrewFacts], bool]]] = [
    ("wrong_center", "block", lambda f: not f.same_center),
    ("not_on_shift", "block", lambda f: not f.on_shift),
    ("on_this_case", "block", lambda f: f.on_this_case),
    ("engaged", "block", lambda f: bool(f.engaged_on) and not f.on_this_case),
    ("offered_elsewhere", "block", lambda f: bool(f.offered_on) and not f.on_this_case),
    ("off_duty", "block", lambda f: f.on_shift and f.standby + f.on_break == 0),
    ("on_break", "warn", lambda f: f.standby == 0 and f.on_break > 0),
    ("resting", "warn", lambda f: bool(f.resting)),
    ("missing_skill", "warn", lambda f: bool(f.missing_skills)),
    ("cannot_ring_any", "warn", lambda f: f.on_shift and f.ringing == 0),
    ("cannot_ring_some", "warn", lambda f: 0 < f.ringing < f.size),
    ("last_free_crew", "warn", lambda f: f.free_left == 0 and is_free(f)),
]
ORDER = {"allow": 0, "warn": 1, "block": 2}


@dataclass(frozen=True)
class GateVerdict:
    """The verdict and its reasons, as codes with parameters."""

    verdict: str
    reasons: list[dict[str, Any]]


def gate(facts: CrewFacts) -> GateVerdict:
    """Return whether this crew may be sent."""
    hit = [(code, verdict) for code, verdict, holds in CHECKS if holds(facts)]
    worst = max((verdict for _, verdict in hit), key=ORDER.__getitem__, default="allow")
    return GateVerdict(worst, [{"code": code, "params": _params(code, facts)} for code, _ in hit])


def _params(code: str, facts: CrewFacts) -> dict[str, Any]:
    params: dict[str, dict[str, Any]] = {
        "engaged": {"case": facts.engaged_on},
        "offered_elsewhere": {"case": facts.offered_on},
        "resting": {"resting": facts.resting},
        "missing_skill": {"skills": list(facts.missing_skills)},
        "cannot_ring_some": {"who": facts.silent},
        "cannot_ring_any": {"who": facts.silent},
    }
    return params.get(code, {})
