"""Protocol §8 where it needs the real server: cuts, silence, clocks, sessions, photos, revocation."""

import datetime as dt

import pytest

from tests.chaos import FAULTS
from tests.engine.conftest import Rig
from tests.engine.swarm import picture

pytestmark = pytest.mark.slow

DAY_MS = 86_400_000


def test_a_cut_anywhere_leaves_one_row_and_one_effect(rig: Rig) -> None:
    """§8.2: before it is sent, mid-body, after the commit, mid-answer, truncated, never answered."""
    crew = rig.crew().sent()
    saved = {}
    for fault in FAULTS:
        rig.net.next("sync/commands", fault)
        saved[fault] = crew.note(f"cut {fault}")
        crew.settle()

    held = rig.facts()

    assert rig.net.waiting == 0
    rows = [row["cmd_id"] for row in held["commands"]]
    assert {fault: rows.count(cmd_id) for fault, cmd_id in saved.items()} == dict.fromkeys(FAULTS, 1)
    assert {fault: held["lines"][f"cut {fault}"] for fault in FAULTS} == dict.fromkeys(FAULTS, 1)


def test_without_a_socket_the_phone_still_hears(rig: Rig) -> None:
    """§8.16: every push is lost; the phone converges by asking."""
    crew = rig.crew().sent()
    rig.net.next("/ws/sync", *["silent"] * 20)
    rig.net.silence()
    before = crew.ask("state")["cursor"]

    told = rig.desk.post(f"/api/v1/assignments/{crew.visit['id']}/messages", json={"text": "unheard"})

    assert told.status_code == 201, told.text
    rig.phones.until(crew.phone, lambda state: state["cursor"] > before, "heard nothing")


def test_a_visit_never_steps_back(rig: Rig) -> None:
    """§8.26: every picture the phone draws, from offer to conclusion, on a slow and lossy network."""
    crew = rig.crew().sent()
    rig.net.delay_s, rig.net.rate = (0.0, 0.15), 0.2
    rig.net.faults = ("before", "unanswered", "mid_answer")
    for kind in ("accept", "set_out", "arrive"):
        crew.act(kind)
        crew.note(f"after {kind}")
    crew.settle()
    rig.net.faults = FAULTS

    state = crew.ask("state")

    assert crew.status() == "arrived"
    assert state["backward"] == []
    assert state["renders"] > 10


@pytest.mark.parametrize("off_days", [3, -5 * 365])
def test_a_clock_days_off_says_when_it_was(rig: Rig, off_days: int) -> None:
    """§8.22: `occurred_est` within two seconds, order right; also when the clock is set back on the way."""
    crew = rig.crew().sent()
    crew.ask("clock", off_ms=off_days * DAY_MS)
    crew.ask("wake")
    rig.phones.until(crew.phone, lambda state: state["socket"], "no socket")
    crew.ask("offline", on=True)
    began = dt.datetime.now(dt.UTC)
    crew.note(f"clock {off_days} a")
    crew.ask("clock", off_ms=(off_days - 1) * DAY_MS)
    crew.note(f"clock {off_days} b")
    ended = dt.datetime.now(dt.UTC)
    crew.ask("offline", on=False)
    crew.settle()

    at = rig.facts()["at"]

    slack = dt.timedelta(seconds=2)
    first, second = (dt.datetime.fromisoformat(at[f"clock {off_days} {name}"]) for name in "ab")
    assert began - slack <= first <= ended + slack
    assert began - slack <= second <= ended + slack


def test_an_expired_session_burns_nothing(rig: Rig) -> None:
    """§8.23: work goes on, and goes up after signing in."""
    crew = rig.crew().sent()
    crew.ask("session", session="gone")
    assert crew.note("while signed out")
    crew.ask("wake")
    rig.phones.until(crew.phone, lambda state: state["trouble"] == "signed_out", "not told")
    assert crew.ask("state")["unsettled"] == 1

    crew.ask("session", session=rig.world["phones"][crew.phone]["session"])
    crew.ask("signed_in")
    crew.settle()

    assert rig.facts()["lines"]["while signed out"] == 1


def test_a_photo_cut_at_every_part_arrives_whole(rig: Rig) -> None:
    """§8.24: resumed where the server stands; the hash is checked there."""
    crew = rig.crew().sent()
    crew.act("accept")
    rig.net.next("sync/blobs", "mid_body", "unanswered", "before", "mid_answer", "unanswered", "mid_body")
    taken = {"base64": picture(7, 480), "case_id": crew.visit["case_id"]}
    crew.act("photo", {"id": "new", "caption": "in parts"}, photo=taken)
    crew.settle()

    held = rig.facts()

    assert rig.net.waiting == 0
    assert held["lines"]["in parts"] == 1
    assert held["photos"] == {crew.phone: 1}


def test_a_phone_taken_off_the_list_hands_in_and_forgets(rig: Rig) -> None:
    """§8.14: what was unsent is kept for review; nothing readable stays on the phone."""
    crew = rig.crew().sent()
    crew.ask("offline", on=True)
    for number in range(3):
        crew.note(f"from a lost phone {number}")
    device = rig.facts()["devices"][crew.phone]
    told = rig.desk.post(f"/api/v1/devices/{device}/revoke", json={"reason": "lost in a taxi"})
    assert told.status_code == 200, told.text

    crew.ask("offline", on=False)
    rig.phones.until(crew.phone, lambda state: state["wiped"], "not wiped")

    held = rig.facts()
    assert held["quarantined"] == {crew.phone: 3}
    assert held["wiped"] == [crew.phone]
    base = crew.ask("world")["base"]
    assert not any(base.values())


def test_both_sides_count_the_same(rig: Rig) -> None:
    """§7's check at the end of a shift: number and xor agree; nothing has to be sent again."""
    crew = rig.crew().sent()
    crew.act("accept")
    crew.note("counted")
    crew.settle()

    assert crew.ask("check") is True


def test_a_storage_thrown_away_is_known_to_the_desk(rig: Rig) -> None:
    """§8.19: the browser deleted everything; the same phone comes back with a new epoch."""
    crew = rig.crew().sent()
    crew.note("before")
    crew.settle()
    crew.ask("offline", on=True)
    crew.note("lost with the storage")

    crew.ask("lose")
    crew.ask("offline", on=False)
    rig.phones.until(crew.phone, lambda state: state["known"], "did not come back")

    held = rig.facts()
    assert crew.phone in held["lost"]
    crew.note("after")
    crew.settle()
    assert rig.facts()["lines"]["after"] == 1
