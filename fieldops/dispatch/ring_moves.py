"""Why a phone is rung and what may become of a ring: two tables. Pure."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext_lazy as _

from fieldops.dispatch.models import CALLED_OFF, LIVE, Assignment, AssignmentMember, RingOutcome

R = RingOutcome
OPEN = (R.WAITING, R.SENT)
# A later word never undoes an earlier one; `no_word` was only our own impatience.
REACHED = (R.ANSWERED, R.DELIVERED, R.NO_ANSWER, R.BUSY, R.REFUSED, R.FAILED)
MOVES: dict[str, tuple[str, ...]] = {
    R.WAITING: (R.SENT, *REACHED, R.NO_WORD, R.NO_GATEWAY, R.NO_NUMBER, R.MOOT),
    R.SENT: (*REACHED, R.NO_WORD),
    R.NO_WORD: REACHED,
}
# The gateway took it: somebody's phone rang, or should have.
WENT_OUT = (R.SENT, R.ANSWERED, R.DELIVERED, R.NO_ANSWER, R.BUSY)
# The timeline's line for an outcome; one no longer needed left no trace that matters.
LINE_OF: dict[str, str] = {
    **dict.fromkeys((R.ANSWERED, R.DELIVERED, R.NO_ANSWER, R.BUSY, R.NO_WORD), "rung"),
    **dict.fromkeys((R.REFUSED, R.FAILED, R.NO_NUMBER, R.NO_GATEWAY), "not_rung"),
}
# What a gateway may say of a ring, by its word: `accepted` and `ringing` are no outcome yet.
GATEWAY_SAYS: dict[str, RingOutcome] = {
    "accepted": R.SENT,
    "ringing": R.SENT,
    "answered": R.ANSWERED,
    "delivered": R.DELIVERED,
    "no_answer": R.NO_ANSWER,
    "busy": R.BUSY,
    "refused": R.REFUSED,
    "failed": R.FAILED,
}

# HTTP answers after which nothing is known.
AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})

Wanted = Callable[[Assignment, AssignmentMember], bool]


def _offer_waits(row: Assignment, member: AssignmentMember) -> bool:
    return row.status == "offered" and not member.answered_at


def _on_it(row: Assignment, member: AssignmentMember) -> bool:
    return row.status in LIVE


def _must_stand_down(row: Assignment, member: AssignmentMember) -> bool:
    return row.status in CALLED_OFF and not member.stood_down_at


OFFER_TEXT = _("Fieldops: a new assignment is waiting for you. Open Fieldops now.")
# why: (is it still wanted, what the voice or the message says: never a name, a place or a number)
WHY: dict[str, tuple[Wanted | None, Any]] = {
    "cannot_ring": (_offer_waits, OFFER_TEXT),
    "not_delivered": (_offer_waits, OFFER_TEXT),
    "not_answered": (_offer_waits, OFFER_TEXT),
    "recalled": (_must_stand_down, _("Fieldops: you are called off. Open Fieldops and confirm.")),
    "set_out_late": (_on_it, _("Fieldops: the centre asks whether you have set out. Open Fieldops.")),
    "arrive_late": (_on_it, _("Fieldops: the centre asks whether you have arrived. Open Fieldops.")),
    "check_in": (_on_it, _("Fieldops: the centre asks whether you are safe. Open Fieldops now.")),
    "help": (None, _("Fieldops: a colleague needs help. Ring the centre at once.")),
    "supervisor": (None, _("Fieldops: nobody has answered an assignment. Open Fieldops now.")),
    "desk_asleep": (None, _("Fieldops: an alarm is waiting and nobody is at the desk. Open Fieldops now.")),
}


def may_become(outcome: str, then: str) -> bool:
    """Tell whether a ring may go from one outcome to another."""
    return then in MOVES.get(outcome, ())


def says_the_same(why: str) -> list[str]:
    """Return the reasons whose ring says the same words as this one's."""
    return [code for code, (_wanted, text) in WHY.items() if text is WHY[why][1]]


def still_wanted(why: str, assignment: Assignment | None, member: AssignmentMember | None) -> bool:
    """Tell whether a ring still has a reason, now that some time has passed."""
    wanted = WHY[why][0]
    return wanted is None or assignment is None or member is None or wanted(assignment, member)
