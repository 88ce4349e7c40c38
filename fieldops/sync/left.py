"""A command from somebody who has left the crew (docs/decisions/0045): facts stay, claims lose."""

import uuid
from collections.abc import Callable

from fieldops.dispatch.actions import note_late_move
from fieldops.outcomes.actions import file_report
from fieldops.sync.commands import COMMANDS, Done, Order, has_left

CODE = "NOT_ASSIGNED"


def run_for(user_id: uuid.UUID, type: str, order: Order) -> Done:
    """Carry a command out as its sender may: one who left the crew moves it no more."""
    command = COMMANDS[type]
    left = LEFT.get(type)
    if left and command.subject == "assignment" and has_left(order.subject_id, user_id):
        return left(order)
    return command.run(order)


def _lost(order: Order) -> Done:
    return Done("conflict", CODE)


def _moot(order: Order) -> Done:
    return Done("noop", CODE)


def _report(order: Order) -> Done:
    """What he found is stored; whether the visit is over is for those to say who are there."""
    report = dict(order.args["report"])
    filed = file_report(assignment_id=order.subject_id, report=report, by=order.by, at=order.at)
    return Done("flagged", CODE, None, filed.version)


def _move(command: str) -> Callable[[Order], Done]:
    def keep(order: Order) -> Done:
        row = note_late_move(
            assignment_id=order.subject_id, command=command, verdict=CODE, by=order.by, at=order.at
        )
        return Done("flagged", CODE, None, row.version)

    return keep


# Not named here: what anybody may say who knows the case (words, stop payment, ring him, help).
LEFT: dict[str, Callable[[Order], Done]] = {
    "accept": _lost,
    "decline": _moot,
    "confirm_stand_down": _moot,
    "check_in": _moot,
    "set_out": _move("set_out"),
    "arrive": _move("arrive"),
    "conclude": _report,
    "report": _report,
}
