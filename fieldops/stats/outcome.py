"""What came of a visit and of a case, derived from independent answers; the label is never typed in."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from fieldops.cases.models import Channel, Disposition, Stage, VictimState
from fieldops.dispatch.models import Status
from fieldops.stats.facts import ANSWERS, CaseFact, Report, Visit

PARTNERS = frozenset({Channel.SCHOOL, Channel.STATION, Channel.BEAT_OFFICER, Channel.COMMUNITY_WORKER})
# Someone in this state before the call and aware after it was talked out of it; any other knew himself.
TAKEN_IN = frozenset(
    {
        VictimState.DOUBTFUL,
        VictimState.DENIES,
        VictimState.HANGS_UP,
        VictimState.CONVINCED,
        VictimState.TRANSFERRING,
    }
)
NOT_AT_RISK = frozenset({Disposition.FALSE_ALARM, Disposition.NOT_THE_PERSON, Disposition.TRANSFERRED})


@dataclass(frozen=True)
class Settled:
    """A visit's counted report, or the fields in which undecided reports differ."""

    report: Report | None
    differs: tuple[str, ...] = ()

    @property
    def disputed(self) -> bool:
        return bool(self.differs)


def settle(visit: Visit) -> Settled:
    """Return what counts of a visit: the picked report, else the first filed unless they differ."""
    reports = kept(visit)
    picked = next((report for report in reports if report.decided), None)
    if picked or not reports:
        return Settled(picked)
    differs = tuple(name for name in ANSWERS if len({getattr(report, name) for report in reports}) > 1)
    return Settled(None, differs) if differs else Settled(reports[0])


def kept(visit: Visit) -> list[Report]:
    """Return the reports of a visit that the desk has not set aside."""
    return [report for report in visit.reports if report.decided is not False]


def is_visit(visit: Visit) -> bool:
    """Tell whether this is a visit with an outcome: the crew was there and reported, or the desk picked one.

    A report of a crew that was called off on its way is kept, but is no visit until the desk picks it.
    """
    was_there = visit.arrived_at is not None or visit.status == Status.CONCLUDED
    return bool(kept(visit)) and (was_there or any(report.decided for report in visit.reports))


def visits_of(case: CaseFact) -> list[Visit]:
    """Return the case's visits that have an outcome."""
    return [visit for visit in case.visits if is_visit(visit)]


def is_disputed(case: CaseFact) -> bool:
    """Tell whether a visit's reports differ and nobody has picked."""
    return any(settle(visit).disputed for visit in visits_of(case))


def visit_effect(case: CaseFact) -> str:
    """Return the effect of the last visit that met somebody; empty without one."""
    reports = [settled.report for settled in map(settle, visits_of(case)) if settled.report]
    met = [report for report in reports if report.effect != "ineffective"]
    return max(met, key=lambda report: report.filed_at).effect if met else ""


def phone_effect(case: CaseFact) -> str:
    """Return what the duty officer recorded, else what the last call's states show."""
    if case.effect:
        return case.effect
    spoken = [call for call in case.calls if call.result == "connected" and call.target == "person"]
    if not spoken or spoken[-1].state_after != VictimState.AWARE:
        return ""
    return "dissuaded" if any(call.state_before in TAKEN_IN for call in spoken) else "self_aware"


def met_at(case: CaseFact) -> dt.datetime | None:
    """Return when a crew first stood before the person himself; all its reports must say so."""
    seen = [v for v in visits_of(case) if all(r.met == "person" for r in v.reports) or _picked_met(v)]
    return min((v.arrived_at for v in seen if v.arrived_at), default=None)


def partner_reached_at(case: CaseFact) -> dt.datetime | None:
    """Return when somebody of the school, the station or the community reached the person."""
    return min((t.reached_at for t in case.told if t.reached_at and t.channel in PARTNERS), default=None)


def met_person(case: CaseFact) -> bool:
    """Tell whether a crew met the person himself."""
    return any(all(r.met == "person" for r in v.reports) or _picked_met(v) for v in visits_of(case))


def is_reached(case: CaseFact) -> bool:
    """Tell whether the person was reached: by phone, by a crew, or by somebody told."""
    return bool(case.reached_at or any(told.reached_at for told in case.told)) or met_person(case)


def first_step_at(case: CaseFact) -> dt.datetime | None:
    """Return when something was first done: a call, somebody told, a crew asked."""
    steps = [told.told_at for told in case.told] + [visit.offered_at for visit in case.visits]
    return min([*steps, case.first_call_at] if case.first_call_at else steps, default=None)


def _picked_met(visit: Visit) -> bool:
    report = settle(visit).report
    return bool(report and report.met == "person")


def _in_work(case: CaseFact) -> bool:
    return case.stage not in (Stage.TO_REVIEW, Stage.CLOSED) or any(
        visit.is_under_way for visit in case.visits
    )


# The column of a case on the sheet: read from the top, the first that holds. Every case has exactly one.
RULES: list[tuple[str, Callable[[CaseFact], bool]]] = [
    ("disputed", is_disputed),
    ("open", _in_work),
    ("visit", lambda case: visit_effect(case) == "dissuaded"),
    ("self_aware", lambda case: visit_effect(case) == "self_aware"),
    ("deceived", lambda case: visit_effect(case) == "not_dissuaded"),
    ("phone", lambda case: phone_effect(case) == "dissuaded"),
    ("self_aware", lambda case: phone_effect(case) == "self_aware"),
    ("deceived", lambda case: phone_effect(case) == "not_dissuaded"),
    ("deceived", lambda case: case.victim_state == VictimState.ALREADY_PAID),
    ("partner", lambda case: partner_reached_at(case) is not None),
    ("open", lambda case: case.stage != Stage.CLOSED),
    ("other", lambda case: case.disposition in NOT_AT_RISK),
    ("unreachable", lambda case: not is_reached(case)),
    ("other", lambda case: True),
]
EFFECTS = ("phone", "visit", "partner", "self_aware", "deceived", "unreachable", "other", "open", "disputed")


def effect_of(case: CaseFact) -> str:
    """Return the case's column."""
    return next(effect for effect, holds in RULES if holds(case))
