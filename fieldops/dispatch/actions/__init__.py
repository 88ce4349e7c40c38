"""Writes of the room, one file a beat of the work."""

from fieldops.dispatch.actions.answers import accept_assignment, decline_assignment
from fieldops.dispatch.actions.asleep import find_sleeping_desks, note_desk_awake
from fieldops.dispatch.actions.auto import find_cases_to_send, hold_offer, plan_offer, run_planned_offer
from fieldops.dispatch.actions.calloff import (
    confirm_stand_down,
)
from fieldops.dispatch.actions.closing import end_what_waits
from fieldops.dispatch.actions.divert import divert_crew
from fieldops.dispatch.actions.drills import end_drill, start_drill
from fieldops.dispatch.actions.duty import set_crew_duty
from fieldops.dispatch.actions.ladder import expire_assignment, run_ladder_step
from fieldops.dispatch.actions.lineup import leave_line, line_up_case, offer_lined_up
from fieldops.dispatch.actions.messages import send_message
from fieldops.dispatch.actions.moved import Moved
from fieldops.dispatch.actions.offer import offer_assignment
from fieldops.dispatch.actions.progress import arrive, conclude_assignment, note_late_move, set_out
from fieldops.dispatch.actions.promises import run_promise_step
from fieldops.dispatch.actions.recall import reassign_assignment, recall_assignment
from fieldops.dispatch.actions.receipts import mark_delivered, mark_seen
from fieldops.dispatch.actions.safety import ask_call, ask_stop, call_for_help, check_in

__all__ = [
    "Moved",
    "accept_assignment",
    "arrive",
    "ask_call",
    "ask_stop",
    "call_for_help",
    "check_in",
    "conclude_assignment",
    "confirm_stand_down",
    "decline_assignment",
    "divert_crew",
    "end_drill",
    "end_what_waits",
    "expire_assignment",
    "find_cases_to_send",
    "find_sleeping_desks",
    "hold_offer",
    "leave_line",
    "line_up_case",
    "mark_delivered",
    "mark_seen",
    "note_desk_awake",
    "note_late_move",
    "offer_assignment",
    "offer_lined_up",
    "plan_offer",
    "reassign_assignment",
    "recall_assignment",
    "run_ladder_step",
    "run_planned_offer",
    "run_promise_step",
    "send_message",
    "set_crew_duty",
    "set_out",
    "start_drill",
]
