"""Write the roster: lines, plans, crews, the desk's turns, swaps, calendars, holidays."""

from fieldops.teams.roster.actions.calendars import load_holidays, make_calendar, revoke_calendar
from fieldops.teams.roster.actions.crew import add_turn, change_crew, take_shift_now
from fieldops.teams.roster.actions.deskturns import assign_desk, take_desk_now
from fieldops.teams.roster.actions.gaps import raise_gaps
from fieldops.teams.roster.actions.lines import apply_template, change_line, put_out, retire_line
from fieldops.teams.roster.actions.planning import plan_turns
from fieldops.teams.roster.actions.swaps import (
    agree_swap,
    ask_swap,
    decline_swap,
    swap_directly,
    withdraw_swap,
)

__all__ = [
    "add_turn", "agree_swap", "apply_template", "ask_swap", "assign_desk", "change_crew", "change_line",
    "decline_swap", "load_holidays", "make_calendar", "plan_turns", "put_out", "raise_gaps", "retire_line",
    "revoke_calendar", "swap_directly", "take_desk_now", "take_shift_now", "withdraw_swap",
]  # fmt: skip
