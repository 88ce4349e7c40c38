"""The gate: which crew may be sent, with every reason in codes."""

from dataclasses import replace

import pytest

from fieldops.dispatch.gate import CHECKS, CrewFacts, gate

READY = CrewFacts(same_center=True, on_shift=True, standby=2, on_break=0, size=2, ringing=2)

ROWS = [
    ("wrong_center", "block", {"same_center": False}),
    ("not_on_shift", "block", {"on_shift": False}),
    ("on_this_case", "block", {"on_this_case": True, "engaged_on": "261122-001"}),
    ("engaged", "block", {"engaged_on": "261122-001"}),
    ("offered_elsewhere", "block", {"offered_on": "261122-001"}),
    ("off_duty", "block", {"standby": 0}),
    ("on_break", "warn", {"standby": 0, "on_break": 2}),
    ("resting", "warn", {"resting": [{"name": "Li", "until": "2026-11-22T10:43:00Z"}]}),
    ("missing_skill", "warn", {"missing_skills": ("brushing",)}),
    ("cannot_ring_any", "warn", {"ringing": 0}),
    ("cannot_ring_some", "warn", {"ringing": 1}),
    ("last_free_crew", "warn", {"free_left": 0}),
]


def test_a_ready_crew_is_allowed():
    assert gate(READY).verdict == "allow"
    assert gate(READY).reasons == []


@pytest.mark.parametrize(("code", "verdict", "change"), ROWS)
def test_it_says_why(code, verdict, change):
    found = gate(replace(READY, **change))

    assert found.verdict == verdict
    assert code in [reason["code"] for reason in found.reasons]


def test_every_row_of_the_table_is_walked():
    assert [(code, verdict) for code, verdict, _holds in CHECKS] == [
        (code, verdict) for code, verdict, _ in ROWS
    ]


def test_the_worst_decides_and_all_are_told():
    found = gate(
        replace(READY, engaged_on="261122-001", ringing=1, silent=[{"name": "Li", "problem": "locked"}])
    )

    assert found.verdict == "block"
    assert {reason["code"]: reason["params"] for reason in found.reasons} == {
        "engaged": {"case": "261122-001"},
        "cannot_ring_some": {"who": [{"name": "Li", "problem": "locked"}]},
    }
