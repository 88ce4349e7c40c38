"""May an offer be sent by itself? One table of what speaks against it, read top down. Pure."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class AutoFacts:
    """What automation looks at besides the gate."""

    mode: str  # manual, ask, auto
    wanted: bool  # waits to be sent, and triage says mobile team
    duplicate: bool  # the person may be one already known
    place_known: bool
    arrived_lately: int  # cases of this centre within the burst's window
    burst: int  # that many are a burst
    asked_before: bool = False  # some crew was offered it already: from then on a person decides
    held: bool = False
    best: str = ""  # verdict of the gate on the best crew: allow, warn, block, or none on shift
    last_kept: bool = False  # only the last free crew's warning stands against it


# (code, holds)
AGAINST: list[tuple[str, Callable[[AutoFacts], bool]]] = [
    ("not_wanted", lambda f: not f.wanted),
    ("manual", lambda f: f.mode == "manual"),
    ("asked_before", lambda f: f.asked_before),
    ("held", lambda f: f.held),
    ("duplicate", lambda f: f.duplicate),
    ("place_unknown", lambda f: not f.place_known),
    ("burst", lambda f: f.arrived_lately >= f.burst),
    ("last_crew", lambda f: f.best != "allow" and f.last_kept),
    ("gate", lambda f: f.best != "allow"),
]


def against(facts: AutoFacts) -> str:
    """Return the first thing that speaks against sending by itself; "" where nothing does."""
    return next((code for code, holds in AGAINST if holds(facts)), "")
