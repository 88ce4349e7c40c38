"""Writes of the room, one file a noun."""

from fieldops.cases.actions.calls import close_call, forget_call, open_call, opens_person
from fieldops.cases.actions.life import (
    advance_case,
    close_case,
    confirm_scam_type,
    grade_case,
    let_go,
    open_case,
    write_note,
)
from fieldops.cases.actions.merge import merge_people, unmerge_person
from fieldops.cases.actions.notices import silence_notice, tell_partner, update_notice
from fieldops.cases.actions.people import find_or_add_person
from fieldops.cases.actions.reveal import keep_looking, look_at_case, open_person, reveal_person
from fieldops.cases.actions.triage import override_triage, set_victim_state
from fieldops.cases.actions.where import say_whereabouts

__all__ = [
    "advance_case",
    "close_call",
    "close_case",
    "confirm_scam_type",
    "find_or_add_person",
    "forget_call",
    "grade_case",
    "keep_looking",
    "let_go",
    "look_at_case",
    "merge_people",
    "open_call",
    "open_case",
    "open_person",
    "opens_person",
    "override_triage",
    "reveal_person",
    "say_whereabouts",
    "set_victim_state",
    "silence_notice",
    "tell_partner",
    "unmerge_person",
    "update_notice",
    "write_note",
]
