"""Facts into figures, with no database: what a clerk could add by hand.

A figure's key (`type.SD.visit`, `team.<id>.visits`, `sum.lost.bank_says`) also names the cases behind it.
Durations are whole seconds, money is fen: no fractions, so the same facts give the same bytes.
"""

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import Any

from fieldops.cases.models import Channel, Level, Stage
from fieldops.lib.clock import iso, local
from fieldops.stats.arithmetic import percentiles, permille
from fieldops.stats.book import Book
from fieldops.stats.facts import REJECTED, CaseFact, Day, Visit
from fieldops.stats.money import KINDS, Said, sums_of
from fieldops.stats.outcome import (
    EFFECTS,
    effect_of,
    first_step_at,
    is_reached,
    is_visit,
    met_at,
    met_person,
    partner_reached_at,
    settle,
    visits_of,
)

TIME_BASIS = "issued"
VISIT_EFFECTS = ("dissuaded", "self_aware", "not_dissuaded", "ineffective", "disputed")
UNKNOWN_TYPE = "-"


@dataclass(frozen=True)
class Figures:
    """A day's body (without the comparison) and the cases behind its figures."""

    body: dict[str, Any]
    refs: dict[str, Any]


def figures_of(day: Day) -> Figures:
    """Count the day. Drills, rejected alerts and accomplices count in their own line only."""
    book = Book()
    cases, left_out = _counted(day, book)
    effects = {case.id: effect_of(case) for case in cases}
    sums = sums_of(cases, day.later)
    body: dict[str, Any] = {
        "center": day.center,
        "date": day.date.isoformat(),
        "cutoff": day.cutoff,
        "time_basis": TIME_BASIS,
        "from": iso(day.start),
        "to": iso(day.end),
        "funnel": _funnel(day, cases, effects, book),
        **_types(day, cases, effects, sums.by_kind["prevented"], book),
        "confirmed": _confirmed(day, cases, book),
        **_teams(day, cases, book),
        "sums": _sums(sums.by_kind, sums.then_lost, cases, book),
        "response": _response(cases, book),
        "hours": _hours(cases, book),
        "levels": {level: book.put(f"level.{level}", _of(cases, "level", level)) for level in Level.values},
        "schools": _schools(cases, book),
        "schools_month": _schools_month(day, book),
        "calls": dict(
            sorted(Counter(call.result or "open" for case in cases for call in case.calls).items())
        ),
        "told": _told(cases, book),
        "not_settled": _not_settled(day, cases, effects, book),
        "left_out": left_out,
        "warned": {"days": 30, "people": day.warned, "filed": book.put_pairs("warned.filed", day.filed)},
    }
    return Figures(body, book.refs())


def _of(cases: list[CaseFact], name: str, value: object) -> list[CaseFact]:
    return [case for case in cases if getattr(case, name) == value]


def _counted(day: Day, book: Book) -> tuple[list[CaseFact], dict[str, int]]:
    """Return the cases that count, and how many were left out by reason; a case has one reason, the first."""
    counted: list[CaseFact] = []
    out: dict[str, list[CaseFact]] = {"duplicate": [], "not_ours": [], "drill": [], "accomplice": []}
    for case in day.cases:
        reason = _reason_left_out(day, case)
        out[reason].append(case) if reason else counted.append(case)
    book.put_pairs("left_out.duplicate", day.attached)
    return counted, {reason: book.put(f"left_out.{reason}", found) for reason, found in out.items()}


def _reason_left_out(day: Day, case: CaseFact) -> str:
    if case.drill:
        return "drill"
    if case.disposition in REJECTED:
        return case.disposition
    kind = day.types.get(case.scam_type)
    return "accomplice" if kind and kind.accomplice else ""


def _funnel(day: Day, cases: list[CaseFact], effects: dict[Any, str], book: Book) -> dict[str, int]:
    """Count the steps from alert to dissuasion; each is a share of what was issued, they are not nested."""
    pace = {case.id: _pace(day, case) for case in cases}
    steps = {
        "issued": cases,
        "reached": [case for case in cases if is_reached(case)],
        "visited": [case for case in cases if visits_of(case)],
        "met": [case for case in cases if met_person(case)],
        "dissuaded": [case for case in cases if effects[case.id] in ("phone", "visit")],
        "phone": [case for case in cases if effects[case.id] == "phone"],
        "visit": [case for case in cases if effects[case.id] == "visit"],
        "on_time": [case for case in cases if pace[case.id] == "on_time"],
        "overdue": [case for case in cases if pace[case.id] == "overdue"],
        "not_due": [case for case in cases if pace[case.id] == "not_due"],
        "unfinished": [case for case in cases if effects[case.id] == "open"],
        "closed": [case for case in cases if case.stage == Stage.CLOSED],
    }
    return {step: book.put(f"funnel.{step}", found) for step, found in steps.items()}


def _pace(day: Day, case: CaseFact) -> str:
    """Tell whether the first step (call, notice, crew) came within the target of the alert's own level."""
    due = case.issued_at + dt.timedelta(seconds=day.first_step_s.get(case.alert_level, 24 * 3600))
    step = first_step_at(case)
    if step:
        return "on_time" if step <= due else "overdue"
    return "not_due" if day.as_of and day.as_of <= due else "overdue"


def _types(
    day: Day, cases: list[CaseFact], effects: dict[Any, str], prevented: list[Said], book: Book
) -> dict[str, Any]:
    """Count scam type × effect: every class of victims has its row, also with nothing in it."""
    classes = {
        code: kind.position for code, kind in day.types.items() if not kind.parent and not kind.accomplice
    }
    found = {case.id: _class_of(day, case.scam_type) for case in cases}
    codes = sorted({*classes, *found.values()}, key=lambda code: (classes.get(code, 10_000), code))
    rows = []
    for code in codes:
        mine = [case for case in cases if found[case.id] == code]
        fen = sum(said.fen for said in prevented if found[said.case_id] == code)
        rows.append({"type": code, **_effect_row(f"type.{code}", mine, effects, book), "prevented_fen": fen})
    total = {
        **_effect_row("type.all", cases, effects, book),
        "prevented_fen": sum(said.fen for said in prevented),
    }
    return {"types": rows, "types_total": total}


def _effect_row(prefix: str, cases: list[CaseFact], effects: dict[Any, str], book: Book) -> dict[str, int]:
    row = {
        effect: book.put(f"{prefix}.{effect}", [c for c in cases if effects[c.id] == effect])
        for effect in EFFECTS
    }
    return {**row, "total": book.put(f"{prefix}.total", cases)}


def _class_of(day: Day, code: str) -> str:
    kind = day.types.get(code)
    return (kind.parent or code) if kind else (code or UNKNOWN_TYPE)


def _confirmed(day: Day, cases: list[CaseFact], book: Book) -> list[dict[str, Any]]:
    """Count alert type × confirmed type, by class, for the cases whose type somebody confirmed."""
    pairs: dict[tuple[str, str], list[CaseFact]] = {}
    for case in cases:
        if case.confirmed_type:
            pair = _class_of(day, case.alert_type), _class_of(day, case.confirmed_type)
            pairs.setdefault(pair, []).append(case)
    rows = []
    for (alert, confirmed), found in sorted(pairs.items()):
        count = book.put(f"confirmed.{alert}.{confirmed}", found)
        rows.append({"alert": alert, "confirmed": confirmed, "cases": count})
        if alert != confirmed:
            book.put("confirmed.changed", found)
    return rows


def _teams(day: Day, cases: list[CaseFact], book: Book) -> dict[str, Any]:
    """Count team × effect, visits with an outcome only: visits = effects + disputed."""
    pairs = [(case, visit) for case in cases for visit in case.visits]
    names = {**{v.team_id: v.call_sign for _c, v in pairs if is_visit(v)}, **day.teams}
    rows = []
    for team_id in sorted(names, key=lambda team_id: (names[team_id], str(team_id))):
        mine = [pair for pair in pairs if pair[1].team_id == team_id]
        row = _visit_row(f"team.{team_id}", mine, book)
        rows.append({"team": str(team_id), "call_sign": names[team_id], **row})
    return {"teams": rows, "teams_total": _visit_row("team.all", pairs, book)}


def _visit_row(prefix: str, pairs: list[tuple[CaseFact, Visit]], book: Book) -> dict[str, Any]:
    done = [(case, visit) for case, visit in pairs if is_visit(visit)]
    row: dict[str, Any] = {"visits": book.put(f"{prefix}.visits", [case for case, _visit in done])}
    for effect in VISIT_EFFECTS:
        mine = [case for case, visit in done if _of_visit(visit) == effect]
        row[effect] = book.put(f"{prefix}.{effect}", mine)
    arrivals = [_seconds(v.accepted_at, v.arrived_at) for _case, v in pairs if v.accepted_at and v.arrived_at]
    return {**row, "arrive": percentiles(arrivals)}


def _of_visit(visit: Visit) -> str:
    report = settle(visit).report
    return report.effect if report else "disputed"


def _sums(
    by_kind: dict[str, list[Said]], then_lost: list[Said], cases: list[CaseFact], book: Book
) -> dict[str, Any]:
    by_id = {case.id: case for case in cases}
    sums: dict[str, Any] = {}
    for kind in KINDS:
        said = by_kind[kind]
        bases = sorted({one.basis for one in said})
        sums[kind] = {
            **_sum(f"sum.{kind}", said, by_id, book),
            "basis": {
                b: _sum(f"sum.{kind}.{b}", [s for s in said if s.basis == b], by_id, book) for b in bases
            },
        }
    return {**sums, "then_lost": _sum("sum.then_lost", then_lost, by_id, book)}


def _sum(figure: str, said: list[Said], by_id: dict[Any, CaseFact], book: Book) -> dict[str, int]:
    return {
        "cases": book.put(figure, [by_id[one.case_id] for one in said]),
        "fen": sum(one.fen for one in said),
    }


def _response(cases: list[CaseFact], book: Book) -> dict[str, Any]:
    """Measure how fast: a case counts once it has both ends."""
    first = [(case, _seconds(case.issued_at, case.first_call_at)) for case in cases if case.first_call_at]
    taken = [(c, v) for c in cases for v in c.visits if v.accepted_at]
    met = [(c, at) for c in cases if (at := _somebody_there_at(c))]
    measured = {
        "first_call": first,
        "accept": [(case, _seconds(v.offered_at, v.accepted_at)) for case, v in taken],
        "arrive": [(case, _seconds(v.accepted_at, v.arrived_at)) for case, v in taken if v.arrived_at],
        "met": [(case, _seconds(case.issued_at, at)) for case, at in met],
    }
    for name, pairs in measured.items():
        book.put(f"response.{name}", [case for case, _s in pairs])
    return {name: percentiles([seconds for _case, seconds in pairs]) for name, pairs in measured.items()}


def _somebody_there_at(case: CaseFact) -> dt.datetime | None:
    times = [at for at in (met_at(case), partner_reached_at(case)) if at]
    return min(times, default=None)


def _seconds(start: dt.datetime | None, end: dt.datetime | None) -> int:
    """Return whole seconds from start to end; a phone's clock may put an end before its start: that is 0."""
    if start is None or end is None:
        return 0
    return max(0, int((end - start).total_seconds()))


def _hours(cases: list[CaseFact], book: Book) -> list[int]:
    by_hour = [[case for case in cases if local(case.issued_at).hour == hour] for hour in range(24)]
    return [book.put(f"hour.{hour:02d}", found) for hour, found in enumerate(by_hour)]


def _schools(cases: list[CaseFact], book: Book) -> list[dict[str, Any]]:
    names = {case.school_id: case.school_name for case in cases if case.school_id}
    order = sorted(names, key=lambda school_id: (names[school_id], str(school_id)))
    return [
        {"school": str(i), "name": names[i], "cases": book.put(f"school.{i}", _of(cases, "school_id", i))}
        for i in order
    ]


def _schools_month(day: Day, book: Book) -> dict[str, Any]:
    rows = [
        {
            "school": str(row.id),
            "name": row.name,
            "cases": book.put_pairs(f"school_month.{row.id}", row.cases),
            "last_year": row.last_year,
        }
        for row in sorted(
            day.schools, key=lambda row: (-row.last_year - len(row.cases), row.name, str(row.id))
        )
    ]
    return {"from": day.date.replace(day=1).isoformat(), "to": day.date.isoformat(), "rows": rows}


def _told(cases: list[CaseFact], book: Book) -> dict[str, int]:
    """Count the cases on which each kind of outsider was told."""
    told = {
        channel: [c for c in cases if any(t.channel == channel for t in c.told)] for channel in Channel.values
    }
    return {channel: book.put(f"told.{channel}", found) for channel, found in told.items() if found}


def _not_settled(day: Day, cases: list[CaseFact], effects: dict[Any, str], book: Book) -> dict[str, Any]:
    """Count what may still change the sheet, with what a reader asks next."""
    still_open = [case for case in cases if effects[case.id] == "open"]
    disputed = [case for case in cases if effects[case.id] == "disputed"]
    silent = [case for case in cases if any(v.status == "arrived" and not v.reports for v in case.visits)]
    called_off = [case for case in cases if any(v.reports and not is_visit(v) for v in case.visits)]
    return {
        "open": book.put("open", still_open),
        "open_levels": {level: n for level in Level.values if (n := len(_of(still_open, "level", level)))},
        "open_oldest_s": max(
            (_seconds(case.issued_at, day.as_of or day.end) for case in still_open), default=0
        ),
        "disputed": book.put("disputed", disputed),
        "disputes": [{"number": case.number, "fields": _differing(case)} for case in disputed],
        "unreported": book.put("unreported", silent),
        "called_off_reports": book.put("called_off_reports", called_off),
    }


def _differing(case: CaseFact) -> list[str]:
    return sorted({name for visit in visits_of(case) for name in settle(visit).differs})


def on_time_permille(body: dict[str, Any]) -> int | None:
    """Return the share of issued cases whose first step came in time; those not due yet are left aside."""
    funnel = body["funnel"]
    return permille(funnel["on_time"], funnel["issued"] - funnel["not_due"])
