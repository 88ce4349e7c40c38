"""Codes of phones and of what they sent, in words."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

# What a phone can send, as a thing.
SENT: dict[str, Any] = {
    "accept": pgettext_lazy("from a phone", "acceptance"),
    "decline": pgettext_lazy("from a phone", "refusal"),
    "set_out": pgettext_lazy("from a phone", "setting out"),
    "arrive": pgettext_lazy("from a phone", "arrival"),
    "conclude": pgettext_lazy("from a phone", "outcome"),
    "report": pgettext_lazy("from a phone", "visit report"),
    "correct": pgettext_lazy("from a phone", "correction"),
    "confirm_stand_down": pgettext_lazy("from a phone", "stand-down"),
    "say": pgettext_lazy("from a phone", "message"),
    "note": pgettext_lazy("from a phone", "note"),
    "photo": pgettext_lazy("from a phone", "photo"),
    "drop_photo": pgettext_lazy("from a phone", "photo dropped"),
    "state": pgettext_lazy("from a phone", "his state"),
    "indicator": pgettext_lazy("from a phone", "account or number"),
    "ask_stop": pgettext_lazy("from a phone", "stop payment"),
    "ask_call": pgettext_lazy("from a phone", "call asked for"),
    "check_in": pgettext_lazy("from a phone", "check-in"),
    "help": pgettext_lazy("from a phone", "help"),
    "duty": pgettext_lazy("from a phone", "duty"),
}
WHY: dict[str, Any] = {
    "NOT_ASSIGNED": _("sent when the case was no longer theirs"),
    "LATE": _("sent more than an hour after the visit"),
    "RECALLED": _("sent after the crew was recalled"),
    "REASSIGNED": _("sent after another crew had it"),
    "WITHDRAWN": _("sent after another crew had it"),
    "TAKEN": _("sent after another crew had it"),
    "ENGAGED": _("the crew was with another case"),
    "CLOSED": _("the case was closed"),
    "INVALID": _("cannot be read"),
    "ID_REUSED": _("other words under a number already used"),
    "SEQ_REUSED": _("from a copied storage"),
    "NOT_THERE": _("its case never appeared"),
    "FAULT": _("failed here; it is kept"),
    "QUARANTINED": _("from a phone taken off the list"),
}
ARGS: dict[str, Any] = {
    "text": pgettext_lazy("field", "text"),
    "words": pgettext_lazy("field", "words"),
    "caption": pgettext_lazy("field", "caption"),
    "reason": pgettext_lazy("field", "reason"),
    "value": pgettext_lazy("field", "value"),
    "bank": pgettext_lazy("field", "bank"),
    "holder": pgettext_lazy("field", "holder"),
    "note": pgettext_lazy("field", "note"),
    "kind": pgettext_lazy("field", "kind"),
    "victim_state": pgettext_lazy("field", "state"),
    "amount_fen": pgettext_lazy("field", "amount (fen)"),
    "account_tail": pgettext_lazy("field", "account ends"),
}


def sent_word(code: str) -> str:
    """Return what was sent, in words."""
    return str(SENT.get(code, code))


def why_words(code: str) -> str:
    """Return why it must be judged, in words."""
    return str(WHY.get(code, code))
