"""Sums by basis: per person and episode the largest counts once; what was paid later is moved out."""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from fieldops.stats.facts import CaseFact, Report
from fieldops.stats.outcome import settle, visits_of

KINDS = ("prevented", "lost", "stopped")


@dataclass(frozen=True)
class Said:
    """A sum a settled report gives."""

    fen: int
    basis: str
    case_id: uuid.UUID
    at: dt.datetime


@dataclass(frozen=True)
class Sums:
    """The sums that count, one a person at most, and what moved to *prevented, then lost*."""

    by_kind: dict[str, list[Said]]
    then_lost: list[Said]


def sums_of(cases: Iterable[CaseFact], later: Iterable[CaseFact]) -> Sums:
    """Return the sums of the day's episodes: a person's cases of one day are one episode, its largest counts.

    Disputed visits give no sum until the desk picks. A loss that a later visit reports takes its part out of
    what was prevented before it.
    """
    cases = list(cases)
    losses = _by_person([*cases, *later], "lost")
    by_kind: dict[str, list[Said]] = {}
    for kind in KINDS:
        people = _by_person(cases, kind)
        by_kind[kind] = [max(said, key=_largest_first_said) for said in people.values()]
    kept, moved = [], []
    owner = {case.id: case.person for case in cases}
    for said in by_kind["prevented"]:
        gone = _paid_after(said, losses.get(owner[said.case_id], []))
        if gone:
            moved.append(replace(said, fen=gone))
        if said.fen > gone:
            kept.append(replace(said, fen=said.fen - gone))
    return Sums({**by_kind, "prevented": kept}, moved)


def _by_person(cases: Iterable[CaseFact], kind: str) -> dict[uuid.UUID, list[Said]]:
    people: dict[uuid.UUID, list[Said]] = defaultdict(list)
    for case in cases:
        for visit in visits_of(case):
            report = settle(visit).report
            if report and getattr(report, f"{kind}_fen"):
                people[case.person].append(_said(report, kind, case.id))
    return people


def _said(report: Report, kind: str, case_id: uuid.UUID) -> Said:
    fen, basis = getattr(report, f"{kind}_fen"), getattr(report, f"{kind}_basis")
    return Said(fen, basis, case_id, report.filed_at)


def _largest_first_said(said: Said) -> tuple[int, float]:
    return said.fen, -said.at.timestamp()


def _paid_after(said: Said, losses: list[Said]) -> int:
    """Return how much of a prevented sum was lost after all, as a later visit found."""
    after = [loss.fen for loss in losses if loss.at > said.at]
    return min(said.fen, max(after, default=0))
