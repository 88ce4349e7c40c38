"""How a case's stage moves: one literal table of from, command, to; upper rooms use `advance_case`."""

from fieldops.cases.models import Stage
from fieldops.lib.errors import WrongState

S = Stage
WORKING = (S.TO_CALL, S.CALLING, S.TO_SEND, S.AT_PARTNER)
VISITING = (S.WAITING_ANSWER, S.ON_THE_WAY, S.WITH_PERSON)
OPEN = (*WORKING, *VISITING, S.TO_REVIEW)

# (from, command, to); a stage not named by a command stays as it is when the command is "quiet".
MOVES: list[tuple[tuple[Stage, ...], str, Stage]] = [
    ((S.TO_CALL,), "call", S.CALLING),
    ((S.CALLING, S.TO_CALL, S.TO_SEND), "call_again", S.TO_CALL),
    ((S.CALLING, S.TO_CALL, S.TO_SEND), "send", S.TO_SEND),
    ((S.CALLING, S.TO_CALL, S.TO_SEND, S.AT_PARTNER), "aware", S.TO_REVIEW),
    ((S.TO_CALL, S.CALLING, S.TO_SEND), "tell", S.AT_PARTNER),
    ((S.AT_PARTNER,), "partner_silent", S.TO_SEND),
    ((S.AT_PARTNER,), "partner_reached", S.TO_REVIEW),
    ((S.TO_REVIEW,), "alert", S.TO_CALL),
    ((*WORKING, S.WAITING_ANSWER, S.TO_REVIEW), "offer", S.WAITING_ANSWER),
    ((S.WAITING_ANSWER, S.TO_SEND, S.TO_CALL, S.CALLING, S.AT_PARTNER, S.TO_REVIEW), "accept", S.ON_THE_WAY),
    ((S.WAITING_ANSWER, S.ON_THE_WAY, S.WITH_PERSON), "nobody_goes", S.TO_SEND),
    ((S.WAITING_ANSWER, S.ON_THE_WAY, S.WITH_PERSON, S.TO_REVIEW), "arrive", S.WITH_PERSON),
    ((S.WAITING_ANSWER, S.ON_THE_WAY, S.WITH_PERSON), "conclude", S.TO_REVIEW),
    (OPEN, "close", S.CLOSED),
]

# Commands that may come while a crew is busy with the case, and then change nothing about whose turn it is.
QUIET = frozenset(
    {
        "call",
        "call_again",
        "send",
        "aware",
        "tell",
        "partner_silent",
        "partner_reached",
        "offer",
        "accept",
        "alert",
        "nobody_goes",
    }
)


def next_stage(stage: str, command: str) -> Stage:
    """Return the stage after `command`. Raises WrongState for a move the table does not have."""
    for froms, name, to in MOVES:
        if name == command and stage in froms:
            return to
    if command in QUIET and stage in OPEN:
        return Stage(stage)
    raise WrongState(stage=stage, command=command)
