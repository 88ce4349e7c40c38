"""Silence is noticed in seconds: real server, real sockets, the ladder scaled down by configuration.

Times are not asserted, only that each step comes, in order, and that the desk is told the truth at each.
"""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from fieldops.lib.clock import iso, now
from tests.linked import LinkedDesk, LinkedPhone, linked, linked_desk, receipts
from tests.servers import Server, run_server, wait_until

pytestmark = pytest.mark.slow

FURNISH = """
from tests import make
import json
town = make.town()
make.charlie(town)
make.user(town.center, "supervisor2", "supervisor")
def ready(**more):
    return str(make.at_bank(town, make.called(town, make.case(town, **more))).pk)
print(json.dumps({
    "patient": ready(), "hasty": ready(level="high"), "third": ready(level="medium"),
    "fourth": ready(level="medium"),
    "alpha": str(town.alpha.team_id), "bravo": str(town.bravo.team_id),
    "charlie": str(make.Team.objects.get(call_sign="Charlie").pk),
}))
"""


def ladder(*steps: tuple[float, str]) -> str:
    return json.dumps([{"after_s": after_s, "do": do} for after_s, do in steps])


ENV = {
    # One where the next crew has all the time it needs, one that runs through; nothing sends itself.
    "FIELDOPS_LADDER_CRITICAL": ladder((1, "ring"), (2, "next_crew"), (900, "supervisor"), (999, "expire")),
    "FIELDOPS_LADDER_HIGH": ladder((1, "ring"), (2, "next_crew"), (3, "supervisor"), (4, "expire")),
    "FIELDOPS_PROMISES_CRITICAL": json.dumps({"stand_down": [{"after_s": 1, "do": "alarm"}]}),
    "FIELDOPS_AUTO_CRITICAL": "manual",
    "FIELDOPS_DESK_ASLEEP_S": "2",
}


@dataclass
class Scene:
    """The server, its desks, and who and what is in it."""

    server: Server
    desk: LinkedDesk
    other: LinkedDesk
    ids: dict[str, str]


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    with run_server(ENV) as server, ExitStack() as stack:
        ids = json.loads(server.manage("shell", "-v0", "-c", FURNISH))
        desks = [stack.enter_context(linked_desk(server, who)) for who in ("supervisor", "supervisor2")]
        yield Scene(server, *desks, ids)


def test_a_silent_crew_then_the_next_then_the_stand_down(scene: Scene) -> None:
    desk, ids = scene.desk, scene.ids
    with linked(scene.server, "alpha1") as alpha1, linked(scene.server, "bravo1") as bravo1:
        first = desk.offer(ids["patient"], ids["alpha"]).json()["id"]

        alpha1.heard("assignment.offered", id=first)
        wait_until(lambda: receipts(desk.assignment(first))["alpha1"][0], "never delivered")
        alpha1.show(first)
        wait_until(lambda: receipts(desk.assignment(first))["alpha1"][1], "never seen")
        # The other phone is off: it is not delivered there, and he is the one who is rung.
        assert receipts(desk.assignment(first))["alpha2"] == (False, False, None)
        assert_rung_who_had_it_not(desk, first)

        second = bravo1.heard("assignment.offered")
        assert (second["round"], second["team"]["call_sign"]) == (1, "Bravo")
        assert desk.assignment(first)["status"] == "offered"
        assert bravo1.command("accept", second["id"])["outcome"] == "applied"

        stand_down(scene, alpha1, first)


def assert_rung_who_had_it_not(desk: LinkedDesk, assignment_id: str) -> None:
    """Rung is who did not have the offer when the step came: the one phone that is off, at least."""
    alarm = desk.alarm("not_delivered", assignment_id=assignment_id)
    members = desk.assignment(assignment_id)["members"]
    without = [
        one["name"] for one in members if not one["delivered_at"] or one["delivered_at"] > alarm["raised_at"]
    ]
    assert [person["name"] for person in alarm["params"]["ring"]] == without
    assert "alpha2" in without


def stand_down(scene: Scene, alpha1: LinkedPhone, first: str) -> None:
    """The first crew lost: told at once, refused if it accepts, asked to confirm on every phone."""
    gone = alpha1.heard("assignment.withdrawn", id=first)
    assert (gone["must_stand_down"], gone["taken_by"]) == (True, "Bravo")
    late = alpha1.command("accept", first)
    assert (late["outcome"], late["code"], late["by"]) == ("conflict", "TAKEN", "Bravo")
    assert alpha1.command("confirm_stand_down", first)["outcome"] == "applied"
    confirmed_at = iso(now())
    alarm = scene.desk.alarm("recall_unconfirmed", assignment_id=first)
    rung = [person["name"] for person in alarm["params"]["ring"]]
    # On a slow machine the second may be over before the first phone has confirmed.
    assert rung == ["alpha2"] or (rung == ["alpha1", "alpha2"] and alarm["raised_at"] < confirmed_at)

    # The phone that was off wakes up to the stand-down, and confirms it too.
    with linked(scene.server, "alpha2", listens=False) as alpha2:
        mine = alpha2.http.get("/api/v1/sync/snapshot").json()["assignments"]
        assert [row["id"] for row in mine if row["must_stand_down"]] == [first]
        assert alpha2.command("confirm_stand_down", first)["outcome"] == "applied"
    body = alpha1.heard("assignment.stood_down", id=first, status="withdrawn")
    scene.desk.line.heard("alarm.acknowledged", id=alarm["id"])
    assert body["members"][0]["stood_down_at"]


def test_nobody_answers(scene: Scene) -> None:
    """Phones dead, every crew silent: rung, next crew, supervisor with the station's number, over."""
    desk, ids = scene.desk, scene.ids
    row = desk.offer(ids["hasty"], ids["charlie"]).json()["id"]

    over = desk.alarm("expired", assignment_id=row)

    assert [person["name"] for person in over["params"]["ring"]] == ["charlie1", "charlie2"]
    lines = desk.timeline(ids["hasty"])
    wanted = ["offered", "ladder.ring", "ladder.next_crew", "ladder.supervisor", "expired"]
    assert [code for code in lines if code in wanted and lines.count(code) == 1] == wanted
    numbers = desk.alarm("not_answered", assignment_id=row)["params"]
    assert numbers["station"][0]["phone"] == "023-0000-9001"
    assert [person["name"] for person in numbers["ring"]] == ["charlie1", "charlie2"]
    assert desk.line.heard("case.changed", id=ids["hasty"])["stage"] == "to_send"


def test_a_sleeping_desk_rings_the_shifts_owner(scene: Scene) -> None:
    """Alarms stand open and nobody touches a key: the owner of the shift is rung."""
    alarm = scene.desk.alarm("desk_asleep")

    assert [person["name"] for person in alarm["params"]["rung"]] == ["duty"]
    assert alarm["params"]["rung"][0]["phone"].startswith("023-")


def test_two_supervisors_one_crew(scene: Scene) -> None:
    """One wins; the other gets 409 and sees why."""
    ids = scene.ids
    wanted = [(scene.desk, ids["third"]), (scene.other, ids["fourth"])]

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda one: one[0].offer(one[1], ids["alpha"]), wanted))

    won, lost = sorted(answers, key=lambda answer: answer.status_code)
    assert (won.status_code, lost.status_code) == (201, 409)
    assert lost.json()["code"] == "crew_taken"
    assert lost.json()["title"] or lost.json()["reasons"]
