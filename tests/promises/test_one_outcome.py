"""Accept against expire, withdraw and recall: exactly one outcome, whoever comes first, a thousand times."""

import datetime as dt
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from fieldops.cases.models import Case, CaseEvent, Person
from fieldops.dispatch.actions import Moved, accept_assignment, expire_assignment, recall_assignment
from fieldops.dispatch.models import Assignment, AssignmentMember
from fieldops.lib.clock import now
from fieldops.lib.errors import WrongState
from fieldops.lib.ids import new_id
from fieldops.lib.sealed import seal_row
from fieldops.teams.models import Shift, ShiftMember, Team
from tests import make
from tests.threads import at_once, raised

pytestmark = pytest.mark.slow

ROUNDS = 1000
RIVALS = ("expire", "recall", "withdraw")
SEED = 20261122


@pytest.mark.django_db(transaction=True)
def test_a_thousand_interleavings():
    town = make.town()
    dice = random.Random(SEED)
    rivals = [dice.choice(RIVALS) for _ in range(ROUNDS)]
    pairs = offers(town, rivals)

    results = race(town, rivals, pairs, dice)

    wrong = [
        f"{number} {rival}: {said}"
        for number, (rival, pair) in enumerate(zip(rivals, pairs, strict=True))
        if (said := fault(rival, pair, results[number]))
    ]
    assert wrong == []
    # Both orders did happen, or the test proves nothing.
    orders = Counter((rival, results[n][0].code) for n, rival in enumerate(rivals))
    assert len(orders) >= 5, orders


def race(
    town: make.Town, rivals: list[str], pairs: list[list[Assignment]], dice: random.Random
) -> list[tuple[Any, Any]]:
    """Let the two sides of each pair meet, each a moment after the start by chance; return what each got."""
    found: list[list[Any]] = [[None, None] for _ in rivals]
    waits = [(dice.random() * 0.003, dice.random() * 0.003) for _ in rivals]
    gate = threading.Barrier(2)
    alpha, bravo = town.by("alpha1"), town.by("bravo1")
    against: dict[str, Callable[[list[Assignment]], Any]] = {
        "expire": lambda pair: expire_assignment(assignment_id=pair[0].pk, at=now()),
        "recall": lambda pair: recall_assignment(
            assignment_id=pair[0].pk, by=town.by("supervisor"), at=now(), reason="false alarm"
        ),
        "withdraw": lambda pair: accept_assignment(assignment_id=pair[1].pk, by=bravo, at=now()),
    }

    def side(number: int) -> None:
        for index, pair in enumerate(pairs):
            gate.wait(600)
            time.sleep(waits[index][number])
            if number == 0:
                found[index][0] = accept_assignment(assignment_id=pair[0].pk, by=alpha, at=now())
            else:
                found[index][1] = attempt(lambda p=pair, i=index: against[rivals[i]](p))

    assert raised(at_once(lambda: side(0), lambda: side(1), within_s=1800)) == []
    return [(one, other) for one, other in found]


def attempt(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except WrongState as error:
        return error


def fault(rival: str, pair: list[Assignment], result: tuple[Moved, Any]) -> str:
    """Return what is wrong with what became of a pair; "" where it has exactly one outcome."""
    rows = [Assignment.objects.get(pk=row.pk) for row in pair]
    lines = Counter(CaseEvent.objects.filter(case=rows[0].case_id).values_list("code", flat=True))
    accepted, other = result
    status = [row.status for row in rows]
    if lines["accepted"] != (accepted.outcome == "applied") + (
        rival == "withdraw" and other.outcome == "applied"
    ):
        return f"accepted {lines['accepted']} times"
    return FAULTS[rival](status, rows, lines, accepted, other)


def _expire(status: Any, rows: Any, lines: Any, accepted: Moved, other: Any) -> str:
    """The crew has it either way; after the deadline it is marked late."""
    if status != ["accepted"] or accepted.outcome != "applied":
        return f"{status} {accepted.outcome}"
    late = lines["expired"] == 1
    return "" if rows[0].late == late == (accepted.code == "LATE") else f"late {rows[0].late} {lines}"


def _recall(status: Any, rows: Any, lines: Any, accepted: Moved, other: Any) -> str:
    """Called off either way; an accept that came after is told so."""
    if status != ["recalled"] or lines["recalled"] != 1:
        return f"{status} {lines}"
    return "" if (accepted.outcome, accepted.code) in {("applied", ""), ("conflict", "RECALLED")} else "code"


def _withdraw(status: Any, rows: Any, lines: Any, accepted: Moved, other: Moved) -> str:
    """One crew has the case, the other stands down and knows who has it."""
    if sorted(status) != ["accepted", "withdrawn"] or lines["withdrawn"] != 1:
        return f"{status} {lines}"
    lost = other if status[0] == "accepted" else accepted
    return "" if (lost.outcome, lost.code) == ("conflict", "TAKEN") else f"{lost.outcome} {lost.code}"


FAULTS: dict[str, Callable[..., str]] = {"expire": _expire, "recall": _recall, "withdraw": _withdraw}


def offers(town: make.Town, rivals: list[str]) -> list[list[Assignment]]:
    """Make a case with its offers for each race; two crews are asked where one is to lose to the other."""
    at = now()
    people = [Person(id=new_id(), center=town.center, made_at=at) for _ in rivals]
    for row in people:
        seal_row(row, {"name": "", "phone": "", "id_number": "", "address": ""})
    Person.objects.bulk_create(people)
    cases = [
        Case(
            id=new_id(), center=town.center, number=f"R{n:05}", person=person, level="critical",
            alert_level="critical", stage="waiting_answer", due_at=at, due_for="visit", issued_at=at,
            received_at=at,
        )
        for n, person in enumerate(people)
    ]  # fmt: skip
    for case in cases:
        seal_row(case, {"suspects": {}, "note": ""})
    Case.objects.bulk_create(cases)
    pairs = [
        [_offer(town, case, who, at) for who in (["alpha1", "bravo1"] if rival == "withdraw" else ["alpha1"])]
        for case, rival in zip(cases, rivals, strict=True)
    ]
    rows = [row for pair in pairs for row in pair]
    Team.objects.bulk_create(row.team for row in rows)
    Shift.objects.bulk_create(row.shift for row in rows)
    Assignment.objects.bulk_create(rows)
    for kind, owner in ((ShiftMember, "shift"), (AssignmentMember, "assignment")):
        kind.objects.bulk_create(_member(kind, owner, row) for row in rows)
    return pairs


def _offer(town: make.Town, case: Case, who: str, at: dt.datetime) -> Assignment:
    team = Team(id=new_id(), center=town.center, call_sign=f"{who} {case.number}", lng=107.4, lat=29.7)
    hour = dt.timedelta(hours=1)
    shift = Shift(id=new_id(), center=town.center, team=team, starts_at=at - hour, ends_at=at + hour)
    row = Assignment(
        id=new_id(), center=town.center, case=case, shift=shift, team=team, level="critical", told={},
        expires_at=at + hour, offered_at=at,
    )  # fmt: skip
    row.who = town.users[who]  # type: ignore[attr-defined]
    return row


def _member(kind: Any, owner: str, row: Assignment) -> Any:
    who = row.who  # type: ignore[attr-defined]
    names = {"name": who.name} if owner == "assignment" else {"duty": "standby"}
    return kind(**{owner: row if owner == "assignment" else row.shift}, user=who, **names)
