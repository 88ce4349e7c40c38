"""Tables of the room."""

from fieldops.cases.models.case import Case, CaseFollower, CaseSerial, Disposition, Level, Stage, VictimState
from fieldops.cases.models.person import Person, PersonToken
from fieldops.cases.models.track import CallAttempt, CallResult, CaseEvent, Channel, Notice, Whereabouts

__all__ = [
    "CallAttempt",
    "CallResult",
    "Case",
    "CaseEvent",
    "CaseFollower",
    "CaseSerial",
    "Channel",
    "Disposition",
    "Level",
    "Notice",
    "Person",
    "PersonToken",
    "Stage",
    "VictimState",
    "Whereabouts",
]
