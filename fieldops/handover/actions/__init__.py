"""Write handovers, and let work in hand follow the people of a crew."""

from fieldops.handover.actions.following import follow_crew
from fieldops.handover.actions.signing import accept_handover, return_handover, sign_handover
from fieldops.handover.actions.writing import add_note, open_handover, pass_cases_on, write_notes

__all__ = [
    "accept_handover", "add_note", "follow_crew", "open_handover", "pass_cases_on", "return_handover",
    "sign_handover", "write_notes",
]  # fmt: skip
