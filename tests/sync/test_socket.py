"""`/ws/sync` against a real server: who may open it, what comes down, what going up means."""

import asyncio
import json
import uuid
from collections.abc import Iterator
from contextlib import asynccontextmanager

import httpx
import pytest
import websockets
from websockets.asyncio.client import connect

from tests.servers import Server, cookie_header, manage, run_server, sign_in

pytestmark = pytest.mark.slow

PASSWORD = "correct-horse-battery"
MAKE_TOWN = """
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from fieldops.lib.clock import now
from fieldops.teams.actions import open_installation
from tests import make
open_installation(at=now())
PBKDF2PasswordHasher.iterations = 1
town = make.town()
row = make.at_bank(town, make.called(town, make.case(town)))
other = make.at_bank(town, make.called(town, make.case(town)))
print("ids", row.pk, other.pk, town.alpha.team_id, town.bravo.team_id)
"""
DISABLE = (
    "from fieldops.teams.models import User; User.objects.filter(username='{name}').update(is_active=False)"
)
REVOKE = (
    "from fieldops.teams.models import Device; from fieldops.lib.clock import now; "
    "Device.objects.filter(pk='{device}').update(revoked_at=now())"
)


@pytest.fixture(scope="module")
def ids() -> list[str]:
    return []


@pytest.fixture(scope="module")
def server(ids: list[str]) -> Iterator[Server]:
    def prepare(env: dict[str, str]) -> None:
        said = manage(env, "shell", "-v0", "-c", MAKE_TOWN)
        ids.extend(said.split("ids ")[1].split())

    with run_server(prepare=prepare) as running:
        yield running


@pytest.fixture(scope="module")
def alpha1(server: Server) -> Iterator[httpx.Client]:
    with sign_in(server, "alpha1", PASSWORD) as client:
        yield client


@pytest.fixture(scope="module")
def bravo1(server: Server) -> Iterator[httpx.Client]:
    with sign_in(server, "bravo1", PASSWORD) as client:
        yield client


@pytest.fixture(scope="module")
def duty(server: Server) -> Iterator[httpx.Client]:
    with sign_in(server, "duty", PASSWORD) as client:
        yield client


def hello_of(client: httpx.Client) -> dict[str, object]:
    """Register a phone and take the snapshot, as the app does; a phone known by its session keeps its id."""
    ids = {"device_id": str(uuid.uuid4()), "epoch": str(uuid.uuid4())}
    ids["device_id"] = client.post("/api/v1/sync/devices", json=ids).raise_for_status().json()["device_id"]
    seen = client.get("/api/v1/sync/snapshot", params={"device_id": ids["device_id"]}).json()
    return {**ids, "gen": seen["gen"], "cursor": seen["cursor"]}


@asynccontextmanager
async def line(server: Server, client: httpx.Client, hello: dict | None = None, origin: str | None = None):
    """Open the socket as the app does, and say hello."""
    headers = {"Cookie": cookie_header(client)}
    opening = connect(
        server.ws_url + "/ws/sync", origin=origin or server.url, additional_headers=headers, max_size=None
    )
    async with opening as socket:
        if hello is not None:
            await socket.send(json.dumps({"hello": hello}))
        yield socket


async def receive(socket, seconds: float = 5) -> dict:
    async with asyncio.timeout(seconds):
        return json.loads(await socket.recv())


async def events_until(socket, kind: str) -> list[dict]:
    """Collect events until one of this kind."""
    found: list[dict] = []
    async with asyncio.timeout(10):
        while not any(event["kind"] == kind for event in found):
            found += json.loads(await socket.recv()).get("ev", [])
    return found


async def close_code(socket, seconds: float = 10) -> int | None:
    async with asyncio.timeout(seconds):
        await socket.wait_closed()
    return socket.close_code


def offer(duty: httpx.Client, case: str, team: str) -> str:
    answer = duty.post(f"/api/v1/cases/{case}/offer", json={"team": team, "reason": "nobody else"})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def test_an_offer_comes_down_in_order_and_receipts_go_up(server, ids, alpha1, duty):
    case, _, team, _ = ids
    hello = hello_of(alpha1)

    async with line(server, alpha1, hello) as socket:
        row = await asyncio.to_thread(offer, duty, case, team)
        events = await events_until(socket, "assignment.offered")
        top = events[-1]["seq"]
        await socket.send(json.dumps({"ack": top}))
        receipt = await events_until(socket, "assignment.receipt")
        await socket.send(json.dumps({"seen": [row]}))
        seen = await events_until(socket, "assignment.receipt")

    numbers = [event["seq"] for event in [*events, *receipt, *seen]]
    assert numbers == list(range(int(hello["cursor"]) + 1, numbers[-1] + 1))
    me = next(one for one in receipt[-1]["body"]["members"] if one["name"] == "alpha1")
    assert me["delivered_at"] and me["seen_at"] is None
    me = next(one for one in seen[-1]["body"]["members"] if one["name"] == "alpha1")
    assert me["seen_at"]


async def test_what_came_while_away_comes_after_the_hello(server, ids, bravo1, duty):
    _, other, _, team = ids
    hello = hello_of(bravo1)
    await asyncio.to_thread(offer, duty, other, team)

    async with line(server, bravo1, hello) as socket:
        events = await events_until(socket, "assignment.offered")

    assert events[0]["seq"] == int(hello["cursor"]) + 1


async def test_an_ack_beyond_what_was_sent_delivers_nothing_more(server, ids, bravo1):
    hello = hello_of(bravo1)

    async with line(server, bravo1, hello) as socket:
        await socket.send(json.dumps({"ack": 10**9, "ping": 1}))
        while "pong" not in (answer := await receive(socket)):
            pass

    assert answer["pong"].endswith("Z")


async def test_a_ping_is_answered(server, alpha1):
    async with line(server, alpha1, hello_of(alpha1)) as socket:
        await socket.send(json.dumps({"ping": 1}))
        while "pong" not in (answer := await receive(socket)):
            pass

    assert answer["pong"].endswith("Z")


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"gen": "0"}, "gen_changed"), ({"cursor": 10**6}, "gap"), ({"cursor": -1}, "too_old")],
)
async def test_a_place_that_is_gone_is_said_so(server, alpha1, change, reason):
    async with line(server, alpha1, {**hello_of(alpha1), **change}) as socket:
        assert await receive(socket) == {"gone": {"reason": reason}}


async def test_a_foreign_page_is_refused(server, alpha1):
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with line(server, alpha1, origin="https://evil.example"):
            pass

    assert refused.value.response.status_code == 403


async def test_the_desk_has_no_phone(server, duty):
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with line(server, duty):
            pass

    assert refused.value.response.status_code == 403


async def test_anothers_phone_is_refused(server, alpha1, bravo1):
    theirs, mine = hello_of(bravo1), hello_of(alpha1)

    async with line(server, alpha1, {**mine, "device_id": theirs["device_id"]}) as socket:
        assert await close_code(socket) == 4400


@pytest.mark.parametrize("hello", [{}, {"gen": "x"}, {"cursor": "7"}, {"cursor": 0, "device_id": "x"}])
async def test_a_hello_that_says_too_little_is_refused(server, alpha1, hello):
    async with line(server, alpha1, hello) as socket:
        assert await close_code(socket) == 4400


@pytest.mark.parametrize("frame", ["{not json", "[]", b"\x00"])
async def test_nonsense_closes_without_a_traceback(server, alpha1, frame):
    before = server.log.count("Traceback")

    async with line(server, alpha1, hello_of(alpha1)) as socket:
        await socket.send(frame)
        code = await close_code(socket)

    assert code is not None and 4000 <= code < 5000
    assert server.log.count("Traceback") == before


async def test_a_flood_is_closed(server, alpha1):
    async with line(server, alpha1, hello_of(alpha1)) as socket:
        try:
            for _ in range(2000):
                await socket.send(json.dumps({"ping": 1}))
        except websockets.ConnectionClosed:
            pass

        assert await close_code(socket) in (4429, 1008, 1006)


async def test_a_phone_taken_off_the_list_is_closed_at_its_next_word(server, alpha1):
    hello = hello_of(alpha1)

    async with line(server, alpha1, hello) as socket:
        await asyncio.to_thread(
            manage, server.env, "shell", "-v0", "-c", REVOKE.format(device=hello["device_id"])
        )
        await socket.send(json.dumps({"seen": [str(hello["device_id"])]}))

        assert await close_code(socket) == 4403


async def test_a_phone_taken_off_the_list_is_told_and_closed_at_once(server, bravo1):
    hello = hello_of(bravo1)

    with sign_in(server, "supervisor", PASSWORD) as supervisor:
        async with line(server, bravo1, hello) as socket:
            await socket.send(json.dumps({"ping": 1}))
            await receive(socket)
            path = f"/api/v1/devices/{hello['device_id']}/revoke"
            answer = await asyncio.to_thread(supervisor.post, path, json={"reason": "lost"})
            while "gone" not in (last := await receive(socket)):
                pass
            code = await close_code(socket)

    assert answer.status_code == 200
    assert (last["gone"]["reason"], code) == ("device_revoked", 4403)
    assert bravo1.get("/api/v1/sync/snapshot").json()["code"] == "device_revoked"


async def test_a_disabled_user_is_cut_off_within_five_seconds(server):
    with sign_in(server, "alpha2", PASSWORD) as alpha2:
        async with line(server, alpha2, hello_of(alpha2)) as socket:
            change = DISABLE.format(name="alpha2")
            await asyncio.to_thread(manage, server.env, "shell", "-v0", "-c", change)

            code = await close_code(socket, 5)

    assert code == 4401
