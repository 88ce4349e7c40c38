"""Several waiting cases and the free crews, assigned together so that all of them wait least. Pure.

A case's cost counts by its level, so that nobody critical waits for somebody who can. Where there are more
cases than crews, the assignment also decides who is left to wait.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fieldops.dispatch.score import WORTH
from fieldops.dispatch.travel import Array

LEFT_WAITING_S = 2 * 3600  # what it costs to leave a case waiting for a crew to come free
WAITED = 0.5  # … and half of what it has waited already: nobody is put off for ever
ALLOWED, WARNED, BLOCKED = 0, 1, 2


@dataclass(frozen=True)
class Plan:
    """Which crew (column) each case (row) is given; -1: it waits."""

    crews: list[int]
    total_s: float


def costs(seconds: Array, share: Array, waited_s: Array, verdicts: Array | None = None) -> Array:
    """Return what each pairing saves against leaving the case waiting, by level: negative, or 0 for nothing.

    `seconds`, `share` and `waited_s` as in `score.Scores`; `verdicts` by case and crew.
    """
    gain = seconds - (LEFT_WAITING_S + WAITED * waited_s).astype(seconds.dtype)[:, None]
    if verdicts is not None:
        gain += WORTH["warned"] * (verdicts == WARNED)
        gain[verdicts == BLOCKED] = 0.0
    np.minimum(gain, 0.0, out=gain)
    gain *= (1 / share).astype(gain.dtype)[:, None]
    return gain.astype(float)


def solve(gain: Array) -> Plan:
    """Return the assignment whose sum is least; a pairing that gains nothing is none."""
    # Here and not above: half a second of every start, for what the first plan needs.
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(gain)
    chosen = gain[rows, columns]
    crews = np.full(len(gain), -1)
    crews[rows] = np.where(chosen < 0, columns, -1)
    return Plan(crews.tolist(), float(chosen.sum()))


def solve_with(gain: Array, case: int, crew: int) -> Plan:
    """Return the best assignment in which this case is given this crew: what insisting on it would cost."""
    rest = np.delete(np.delete(gain, case, axis=0), crew, axis=1)
    found = solve(rest)
    crews = [column + (column >= crew) if column >= 0 else -1 for column in found.crews]
    crews.insert(case, crew)
    return Plan(crews, found.total_s + float(gain[case, crew]))


def greedy(gain: Array, order: Sequence[int]) -> Plan:
    """Return what taking the cases one after the other gives: each the best crew that is left."""
    left = np.array(gain)
    crews, total = [-1] * len(gain), 0.0
    for case in order:
        if left.shape[1] and (crew := int(left[case].argmin())) >= 0 and left[case, crew] < 0:
            crews[case], total = crew, total + float(left[case, crew])
            left[:, crew] = 0.0
    return Plan(crews, total)
