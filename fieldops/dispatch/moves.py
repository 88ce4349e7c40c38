"""The move table of an assignment, as pure data and one pure function; phone and server run the same.

`make contract` writes it, with vectors, to contract/moves.json for the TypeScript side.
"""

from dataclasses import dataclass

RANK = {"offered": 0, "accepted": 1, "en_route": 2, "arrived": 3, "concluded": 4}
CALLED_OFF = {"withdrawn": "TAKEN", "recalled": "RECALLED", "reassigned": "REASSIGNED"}
OVER = ("declined", "expired")

# (from, command, to, by, event); "-" is before the offer.
MOVES: list[tuple[str, str, str, str, str]] = [
    ("-", "offer", "offered", "duty, supervisor, system", "assignment.offered"),
    ("offered", "accept", "accepted", "member, desk by voice", "assignment.accepted"),
    ("accepted", "accept", "accepted", "the other member", "assignment.answered"),
    ("en_route", "accept", "en_route", "the other member", "assignment.answered"),
    ("arrived", "accept", "arrived", "the other member", "assignment.answered"),
    ("offered", "decline", "declined", "all members", "assignment.declined"),
    ("offered", "expire", "expired", "timer", "assignment.expired"),
    ("expired", "accept", "accepted", "member, if untaken and free: late", "assignment.accepted"),
    ("declined", "accept", "accepted", "member, if untaken and free: late", "assignment.accepted"),
    ("offered", "withdraw", "withdrawn", "system", "assignment.withdrawn"),
    ("offered", "set_out", "en_route", "member, desk by voice", "assignment.set_out"),
    ("accepted", "set_out", "en_route", "member, desk by voice", "assignment.set_out"),
    ("offered", "arrive", "arrived", "member, desk by voice", "assignment.arrived"),
    ("accepted", "arrive", "arrived", "member, desk by voice", "assignment.arrived"),
    ("en_route", "arrive", "arrived", "member, desk by voice", "assignment.arrived"),
    ("arrived", "conclude", "concluded", "member, desk by voice", "assignment.concluded"),
    *[
        (status, command, to, "supervisor, shift owner", f"assignment.{to}")
        for status in ("offered", "accepted", "en_route", "arrived")
        for command, to in (("recall", "recalled"), ("reassign", "reassigned"), ("divert", "recalled"))
    ],
]

PROGRESS = {"accept": "accepted", "set_out": "en_route", "arrive": "arrived", "conclude": "concluded"}
_TO = {(status, command): (to, event) for status, command, to, _by, event in MOVES}


@dataclass(frozen=True)
class Facts:
    """What decides besides the status."""

    answered: str = ""  # what this member answered before: "", accept, decline
    voiced: bool = False  # the desk made this very move for the crew
    taken_elsewhere: bool = False  # another crew of the round has the case
    engaged: bool = False  # this crew is on another case
    case_closed: bool = False


@dataclass(frozen=True)
class Verdict:
    """What becomes of a command: outcome, code, and the status after it."""

    outcome: str  # applied, noop, conflict, flagged
    code: str = ""
    to: str = ""


def judge(status: str, command: str, facts: Facts) -> Verdict:
    """Return the verdict on a crew's `command` on an assignment in `status` (phone-protocol.md §6)."""
    if facts.voiced:
        return Verdict("noop", "BY_VOICE", status)
    if command == "decline":
        return _judge_decline(status, facts)
    if status in CALLED_OFF:
        outcome = "conflict" if command == "accept" else "flagged"
        return Verdict(outcome, CALLED_OFF[status], status)
    if status in OVER:
        return _judge_late(status, command, facts)
    return _judge_progress(status, command, facts)


def _judge_progress(status: str, command: str, facts: Facts) -> Verdict:
    """Progress is a join: the further state wins, so duplicates and late arrivals converge."""
    if command == "accept" and RANK[status] in (1, 2, 3) and facts.answered != "accept":
        return Verdict("applied", "JOINED", status)
    if RANK[status] >= RANK[PROGRESS[command]]:
        return Verdict("noop", "STALE", status)
    if command == "conclude" and status != "arrived":
        return Verdict("conflict", "NOT_ARRIVED", status)
    if status == "offered" and facts.engaged:
        return Verdict("conflict" if command == "accept" else "flagged", "ENGAGED", status)
    return Verdict("applied", "", PROGRESS[command])


def _judge_late(status: str, command: str, facts: Facts) -> Verdict:
    """An offer that ran out may still be taken, if nobody else goes and the crew is free."""
    lost = {"TAKEN": facts.taken_elsewhere, "CLOSED": facts.case_closed, "ENGAGED": facts.engaged}
    outcome = "conflict" if command == "accept" else "flagged"
    for code, holds in lost.items():
        if holds:
            return Verdict(outcome, code, status)
    if command == "conclude":
        return Verdict("conflict", "NOT_ARRIVED", status)
    return Verdict("applied", "LATE", PROGRESS[command])


def _judge_decline(status: str, facts: Facts) -> Verdict:
    if status in CALLED_OFF or status in OVER or facts.answered == "decline" or status == "concluded":
        return Verdict("noop", "STALE", status)
    if status == "arrived":
        return Verdict("conflict", "ALREADY_ARRIVED", status)
    if facts.answered == "accept":
        return Verdict("conflict", "ALREADY_ACCEPTED", status)
    return Verdict("applied", "", status)


def target_of(status: str, command: str) -> tuple[str, str]:
    """Return (status after, event) of a move of the desk or the system. Raises LookupError."""
    return _TO[(status, command)]
