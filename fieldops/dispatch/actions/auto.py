"""The automatic offer: planned where nothing speaks against it, sent when its countdown ends, held by a word.

It obeys the gate like everyone, and never passes a warning: that takes a person with a reason.
"""

import datetime as dt
import logging
import uuid
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db.models import Count

from fieldops.audit.actions import append
from fieldops.cases.models import Case, Stage
from fieldops.cases.telling import lock_case, save_case, tell_case, write_line
from fieldops.dispatch.actions.offer import offer_assignment
from fieldops.dispatch.auto import AutoFacts, against
from fieldops.dispatch.models import Assignment, PlannedOffer
from fieldops.dispatch.picture import read_picture
from fieldops.dispatch.recommend import Candidate, candidates, recommend
from fieldops.feed.alarms import raise_alarm, settle_alarms
from fieldops.feed.changes import Change, change, savepoint
from fieldops.lib.db import locked
from fieldops.lib.errors import Problem, WrongState
from fieldops.lib.passes import each
from fieldops.teams.actor import SYSTEM, Actor
from fieldops.teams.models import Shift
from fieldops.timers.actions import cancel_timer, set_timer

log = logging.getLogger(__name__)

State = PlannedOffer.State
# Nothing to tell: the desk sees it anyway, or did it itself.
SILENT = frozenset({"asked_before", "held", "not_wanted", "manual"})


def find_cases_to_send(*, at: dt.datetime) -> None:
    """Plan the offers nothing speaks against; end the countdowns that were overtaken."""
    each(sorted(_worth_planning(at)), lambda pk: plan_offer(case_id=pk, at=at))
    overtaken = PlannedOffer.objects.filter(state=State.WAITING).exclude(case__stage=Stage.TO_SEND)
    each(sorted(overtaken.values_list("case_id", flat=True)), lambda pk: run_planned_offer(case_id=pk, at=at))


def _worth_planning(at: dt.datetime) -> list[uuid.UUID]:
    """Return the waiting cases nothing seems to speak against.

    Read without a lock, and the crews of a centre once: where nobody is free, many cases wait for long, and
    looking at each under its lock every few seconds would keep everybody else from writing.
    """
    modes = [level for level, rule in settings.AUTO_OFFER.items() if rule["mode"] != "manual"]
    unasked = Case.objects.filter(planned_offer__isnull=True, assignments__isnull=True)
    waiting = unasked.filter(stage=Stage.TO_SEND, level__in=modes, drill=False)
    lately = _arrived_lately(at)
    found: dict[uuid.UUID, list[uuid.UUID]] = defaultdict(list)

    def look(case: Case) -> None:
        facts = AutoFacts(**_own_facts(case, at), arrived_lately=lately[case.center_id], best="allow")
        if not against(facts):
            found[case.center_id].append(case.pk)

    each(waiting.select_related("person", "whereabouts"), look)
    return [pk for center_id, cases in found.items() for pk in _with_a_crew(center_id, cases, at)]


def _with_a_crew(center_id: uuid.UUID, cases: Sequence[uuid.UUID], at: dt.datetime) -> Sequence[uuid.UUID]:
    """Return those whose best crew may go."""
    try:
        picture = read_picture(center_id, cases, at)
        best = {asked.pk: candidates(picture, row)[:1] for row, asked in enumerate(picture.cases)}
    except Exception:
        # One of them cannot be read: tried one by one, it fails alone.
        log.exception("the waiting cases of centre %s cannot be ranked together", center_id)
        return cases
    return [pk for pk, crews in best.items() if crews and crews[0].verdict.verdict == "allow"]


def plan_offer(*, case_id: uuid.UUID, at: dt.datetime) -> PlannedOffer | None:
    """Begin the countdown of a case, if it may be sent by itself; None where something speaks against it."""
    with change() as changed:
        case = lock_case(case_id)
        if PlannedOffer.objects.filter(case=case).exists():
            return None
        ranked = recommend(case, at=at) if _wanted(case) else []
        if against(facts_of(case, ranked, at)):
            return None

        rule = settings.AUTO_OFFER[case.level]
        wait_s = rule["after_s"] if rule["mode"] == "ask" else 0
        team = ranked[0].crew.team.call_sign
        plan = PlannedOffer.objects.create(
            center_id=case.center_id, case=case, call_sign=team, made_at=at,
            due_at=at + dt.timedelta(seconds=wait_s),
        )  # fmt: skip
        if not wait_s:
            _send(changed, case, plan, ranked, at)
            return plan
        set_timer(
            key=timer_key(case), kind="dispatch.planned_offer", due_at=plan.due_at,
            payload={"case_id": str(case.pk), "center_id": str(case.center_id)},
        )  # fmt: skip
        raise_alarm(
            center_id=case.center_id, kind="auto_offer", key=f"auto:{plan.pk}", at=at,
            params={"team": team, "seconds": wait_s}, case_id=case.pk, case_number=case.number,
        )  # fmt: skip
        _tell(changed, case, "auto.planned", SYSTEM, at, team=team, seconds=wait_s)
        return plan


def hold_offer(*, case_id: uuid.UUID, by: Actor, at: dt.datetime) -> PlannedOffer:
    """Stop the countdown: from now on a person sends. Again is harmless; WrongState once it is sent."""
    with change() as changed:
        case = lock_case(case_id)
        plan = locked(PlannedOffer.objects).filter(case=case).first()
        if plan and plan.state == State.HELD:
            return plan
        if plan is None or plan.state != State.WAITING:
            raise WrongState("nothing_to_hold")

        plan.held_by_name = by.name
        _end(plan, State.HELD, at)
        cancel_timer(key=timer_key(case))

        append(
            verb="offer.hold", subject_kind="case", subject_id=case.pk, at=at, actor_id=by.user_id,
            center_id=case.center_id,
        )  # fmt: skip
        _tell(changed, case, "auto.held", by, at, name=by.name)
        return plan


def run_planned_offer(*, case_id: uuid.UUID, at: dt.datetime) -> None:
    """The countdown is over: look again at everything, then send or say why not."""
    with change() as changed:
        case = lock_case(case_id)
        plan = locked(PlannedOffer.objects).filter(case=case).first()
        if plan and plan.state == State.WAITING:
            _send(changed, case, plan, recommend(case, at=at), at)


def _send(changed: Change, case: Case, plan: PlannedOffer, ranked: list[Candidate], at: dt.datetime) -> None:
    why = against(facts_of(case, ranked, at)) or _offer(case, ranked[0], at)
    plan.why = why
    _end(plan, State.SKIPPED if why else State.SENT, at)
    cancel_timer(key=timer_key(case))
    if why and why not in SILENT:
        _tell(changed, case, "auto.skipped", SYSTEM, at, why=why)


def _offer(case: Case, candidate: Candidate, at: dt.datetime) -> str:
    """Offer; return the code of the refusal where somebody was faster, else nothing."""
    shift = Shift.objects.select_related("team").get(pk=candidate.crew.pk)
    try:
        with savepoint():
            offer_assignment(case_id=case.pk, shift=shift, by=SYSTEM, at=at, automatic=True)
    except Problem as problem:
        return problem.code
    return ""


def _end(plan: PlannedOffer, state: PlannedOffer.State, at: dt.datetime) -> None:
    plan.state, plan.ended_at = state, at
    plan.save(update_fields=["state", "ended_at", "held_by_name", "why"])
    settle_alarms(prefix=f"auto:{plan.pk}", at=at, by_name=plan.held_by_name)


def _tell(changed: Change, case: Case, code: str, by: Actor, at: dt.datetime, **params: object) -> None:
    line = write_line(case, code, by=by, at=at, **params)
    save_case(case)
    tell_case(changed, case, "case.changed", at=at, line=line)


def timer_key(case: Case) -> str:
    """Return the key of the case's countdown; it dies with the case."""
    return f"case:{case.pk}:auto"


def _wanted(case: Case) -> bool:
    channel = case.triage_override["channel"] if case.triage_override else case.triage_channel
    return case.stage == Stage.TO_SEND and channel == "mobile_team" and case.closed_at is None


def facts_of(case: Case, ranked: list[Candidate], at: dt.datetime) -> AutoFacts:
    """Return what automation looks at, read now."""
    plan = PlannedOffer.objects.filter(case=case).first()
    best = ranked[0].verdict if ranked else None
    return AutoFacts(
        **_own_facts(case, at),
        asked_before=Assignment.objects.filter(case=case).exists(),
        held=plan is not None and plan.state == State.HELD,
        arrived_lately=_arrived_lately(at)[case.center_id],
        best=best.verdict if best else "",
        last_kept=best is not None and {row["code"] for row in best.reasons} == {"last_free_crew"},
    )


def _own_facts(case: Case, at: dt.datetime) -> dict[str, Any]:
    """Return what the case itself says."""
    where = case.whereabouts
    return {
        "mode": settings.AUTO_OFFER[case.level]["mode"],
        "wanted": _wanted(case),
        "duplicate": case.person.possible_duplicate_of_id is not None,
        "place_known": where is not None and where.lng_lat is not None and where.good_until >= at,
        "burst": settings.AUTO_BURST,
    }


def _arrived_lately(at: dt.datetime) -> Counter[uuid.UUID]:
    """Return how many cases each centre had within the burst's window."""
    since = at - dt.timedelta(seconds=settings.AUTO_BURST_S)
    rows = Case.objects.filter(received_at__gt=since, drill=False).order_by().values_list("center_id")
    return Counter(dict(rows.annotate(count=Count("pk"))))
