"""The move table: what becomes of each command in each state, as phone-protocol's table says it."""

import itertools
from dataclasses import replace

import pytest

from fieldops.dispatch.models import Status
from fieldops.dispatch.moves import MOVES, PROGRESS, RANK, Facts, judge, target_of

COMMANDS = (*PROGRESS, "decline")
PLAIN = Facts()
MATE = Facts(answered="")
MINE = Facts(answered="accept")

# (status, command, facts, outcome, code, status after)
ROWS = [
    ("offered", "accept", PLAIN, "applied", "", "accepted"),
    ("accepted", "accept", MATE, "applied", "JOINED", "accepted"),
    ("en_route", "accept", MATE, "applied", "JOINED", "en_route"),
    ("arrived", "accept", MATE, "applied", "JOINED", "arrived"),
    ("accepted", "accept", MINE, "noop", "STALE", "accepted"),
    ("concluded", "accept", MATE, "noop", "STALE", "concluded"),
    ("withdrawn", "accept", PLAIN, "conflict", "TAKEN", "withdrawn"),
    ("recalled", "accept", PLAIN, "conflict", "RECALLED", "recalled"),
    ("reassigned", "accept", PLAIN, "conflict", "REASSIGNED", "reassigned"),
    ("expired", "accept", PLAIN, "applied", "LATE", "accepted"),
    ("expired", "accept", Facts(taken_elsewhere=True), "conflict", "TAKEN", "expired"),
    ("expired", "accept", Facts(engaged=True), "conflict", "ENGAGED", "expired"),
    ("expired", "accept", Facts(case_closed=True), "conflict", "CLOSED", "expired"),
    ("declined", "accept", Facts(answered="decline"), "applied", "LATE", "accepted"),
    ("offered", "accept", Facts(engaged=True), "conflict", "ENGAGED", "offered"),
    ("offered", "set_out", PLAIN, "applied", "", "en_route"),
    ("offered", "set_out", Facts(engaged=True), "flagged", "ENGAGED", "offered"),
    ("accepted", "set_out", MINE, "applied", "", "en_route"),
    ("en_route", "set_out", MINE, "noop", "STALE", "en_route"),
    ("arrived", "set_out", MINE, "noop", "STALE", "arrived"),
    ("recalled", "set_out", MINE, "flagged", "RECALLED", "recalled"),
    ("reassigned", "arrive", MINE, "flagged", "REASSIGNED", "reassigned"),
    ("withdrawn", "arrive", MINE, "flagged", "TAKEN", "withdrawn"),
    ("expired", "arrive", PLAIN, "applied", "LATE", "arrived"),
    ("expired", "arrive", Facts(taken_elsewhere=True), "flagged", "TAKEN", "expired"),
    ("offered", "arrive", PLAIN, "applied", "", "arrived"),
    ("accepted", "arrive", MINE, "applied", "", "arrived"),
    ("en_route", "arrive", MINE, "applied", "", "arrived"),
    ("arrived", "arrive", MINE, "noop", "STALE", "arrived"),
    ("arrived", "conclude", MINE, "applied", "", "concluded"),
    ("concluded", "conclude", MINE, "noop", "STALE", "concluded"),
    ("en_route", "conclude", MINE, "conflict", "NOT_ARRIVED", "en_route"),
    ("offered", "conclude", PLAIN, "conflict", "NOT_ARRIVED", "offered"),
    ("expired", "conclude", PLAIN, "conflict", "NOT_ARRIVED", "expired"),
    ("recalled", "conclude", MINE, "flagged", "RECALLED", "recalled"),
    ("offered", "decline", PLAIN, "applied", "", "offered"),
    ("offered", "decline", Facts(answered="decline"), "noop", "STALE", "offered"),
    ("accepted", "decline", MATE, "applied", "", "accepted"),
    ("accepted", "decline", MINE, "conflict", "ALREADY_ACCEPTED", "accepted"),
    ("arrived", "decline", MATE, "conflict", "ALREADY_ARRIVED", "arrived"),
    ("expired", "decline", PLAIN, "noop", "STALE", "expired"),
    ("recalled", "decline", PLAIN, "noop", "STALE", "recalled"),
    ("concluded", "decline", PLAIN, "noop", "STALE", "concluded"),
]


@pytest.mark.parametrize(("status", "command", "facts", "outcome", "code", "to"), ROWS)
def test_it_judges(status, command, facts, outcome, code, to):
    verdict = judge(status, command, facts)

    assert (verdict.outcome, verdict.code, verdict.to) == (outcome, code, to)


EVERYTHING = [
    (status, command, Facts(answered, *flags))
    for status, command, answered in itertools.product(Status.values, COMMANDS, ("", "accept", "decline"))
    for flags in itertools.product((False, True), repeat=4)
]


def test_what_the_desk_did_by_voice_is_a_noop_everywhere():
    for status, command, facts in EVERYTHING:
        verdict = judge(status, command, replace(facts, voiced=True))
        assert (verdict.outcome, verdict.code, verdict.to) == ("noop", "BY_VOICE", status)


def test_nothing_ever_moves_back():
    for status, command, facts in EVERYTHING:
        verdict = judge(status, command, facts)
        if status in RANK:
            assert RANK[verdict.to] >= RANK[status], (status, command, facts)


def test_what_is_not_applied_changes_nothing():
    for status, command, facts in EVERYTHING:
        verdict = judge(status, command, facts)
        assert verdict.outcome in ("applied", "noop", "conflict", "flagged")
        if verdict.outcome != "applied":
            assert verdict.to == status
            assert verdict.code


def test_a_repeated_move_is_never_applied_twice():
    for status, command, facts in EVERYTHING:
        verdict = judge(status, command, facts)
        if verdict.outcome == "applied" and command != "decline":
            again = judge(verdict.to, command, replace(facts, answered="accept"))
            assert again.outcome == "noop", (status, command, facts)


def test_every_applied_step_of_a_crew_is_in_the_table():
    table = {(status, command, to) for status, command, to, _by, _event in MOVES}
    for status, command, facts in EVERYTHING:
        verdict = judge(status, command, facts)
        steps = command in ("accept", "set_out", "arrive", "conclude") and verdict.outcome == "applied"
        if steps and status in RANK and verdict.code != "JOINED":
            assert (status, command, verdict.to) in table


@pytest.mark.parametrize("status", ["offered", "accepted", "en_route", "arrived"])
@pytest.mark.parametrize(("command", "to"), [("recall", "recalled"), ("reassign", "reassigned")])
def test_the_desk_may_call_off_until_it_is_over(status, command, to):
    assert target_of(status, command) == (to, f"assignment.{to}")


@pytest.mark.parametrize(
    "status", ["concluded", "declined", "expired", "withdrawn", "recalled", "reassigned"]
)
def test_what_is_over_cannot_be_called_off(status):
    with pytest.raises(LookupError):
        target_of(status, "recall")
