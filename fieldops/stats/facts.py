"""The day's rows as plain facts: what figures.py counts, and nothing of who the people are."""

import datetime as dt
import uuid
from dataclasses import dataclass, field

from fieldops.cases.models import Disposition, Stage
from fieldops.dispatch.models import Status

REJECTED = frozenset({Disposition.NOT_OURS.value, Disposition.DUPLICATE.value})
# Two reports differ when any of these does (outcomes.actions.COMPARED); words may differ freely.
ANSWERS = (
    "met",
    "state_after",
    "effect",
    "ineffective_reason",
    "scam_type",
    "lost_fen",
    "lost_basis",
    "prevented_fen",
    "prevented_basis",
    "stopped_fen",
    "stopped_basis",
)


@dataclass(frozen=True, kw_only=True)
class Report:
    """One member's answers about a visit."""

    filed_at: dt.datetime
    met: str = "person"
    state_after: str = "aware"
    effect: str = "dissuaded"
    ineffective_reason: str = ""
    scam_type: str = ""
    lost_fen: int = 0
    lost_basis: str = "none"
    prevented_fen: int = 0
    prevented_basis: str = "none"
    stopped_fen: int = 0
    stopped_basis: str = "none"
    decided: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One crew's assignment on the case, with its members' reports, the first filed first."""

    id: uuid.UUID
    team_id: uuid.UUID
    call_sign: str
    status: str
    offered_at: dt.datetime
    accepted_at: dt.datetime | None = None
    arrived_at: dt.datetime | None = None
    reports: tuple[Report, ...] = ()

    @property
    def is_under_way(self) -> bool:
        return self.status in (Status.ACCEPTED, Status.EN_ROUTE, Status.ARRIVED)


@dataclass(frozen=True, kw_only=True)
class Call:
    """One attempt by phone, in the order of opening."""

    opened_at: dt.datetime
    target: str = "person"
    result: str = "connected"
    state_before: str = "unknown"
    state_after: str = ""


@dataclass(frozen=True, kw_only=True)
class Told:
    """Someone outside was told, and when the person was reached by them, if at all."""

    channel: str
    told_at: dt.datetime
    reached_at: dt.datetime | None = None


@dataclass(frozen=True, kw_only=True)
class CaseFact:
    """One case. `person` is only for counting a person once; `scam_type` is confirmed, else the handler's."""

    id: uuid.UUID
    number: str
    person: uuid.UUID
    issued_at: dt.datetime
    level: str = "high"
    alert_level: str = "high"
    scam_type: str = ""
    alert_type: str = ""
    confirmed_type: str = ""
    stage: str = Stage.CLOSED.value
    disposition: str = Disposition.HANDLED.value
    effect: str = ""
    victim_state: str = "unknown"
    first_call_at: dt.datetime | None = None
    reached_at: dt.datetime | None = None
    school_id: uuid.UUID | None = None
    school_name: str = ""
    drill: bool = False
    visits: tuple[Visit, ...] = ()
    calls: tuple[Call, ...] = ()
    told: tuple[Told, ...] = ()


@dataclass(frozen=True)
class ScamKind:
    """Where a type stands in the list: the class it is a variant of, and whether it is about accomplices."""

    parent: str
    accomplice: bool
    position: int


@dataclass(frozen=True, kw_only=True)
class SchoolMonth:
    """A school's cases from the first of the month to the day, and how many in the same days last year."""

    id: uuid.UUID
    name: str
    cases: tuple[tuple[uuid.UUID, str], ...]  # id, number
    last_year: int


@dataclass(frozen=True, kw_only=True)
class Day:
    """Everything a sheet is made of. `as_of` is None once the day is over."""

    center: str
    date: dt.date
    cutoff: str
    start: dt.datetime
    end: dt.datetime
    as_of: dt.datetime | None = None
    cases: tuple[CaseFact, ...] = ()
    types: dict[str, ScamKind] = field(default_factory=dict)
    teams: dict[uuid.UUID, str] = field(default_factory=dict)  # on shift that day
    attached: tuple[tuple[uuid.UUID, str], ...] = ()  # alerts that joined an open case: its id, number
    later: tuple[CaseFact, ...] = ()  # the same people's cases of the following days
    first_step_s: dict[str, int] = field(default_factory=dict)  # level → seconds to the first step
    warned: int = 0  # people warned in the 30 days up to the day's end
    filed: tuple[tuple[uuid.UUID, str], ...] = ()  # … whose case was filed since
    schools: tuple[SchoolMonth, ...] = ()
