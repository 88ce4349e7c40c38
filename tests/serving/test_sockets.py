"""Sockets: who may open one, how large a frame may be, how fast they may come."""

import asyncio
import contextlib
import json
import time

import httpx
import pytest
import websockets
from websockets.asyncio.client import ClientConnection, connect

from tests.servers import Server, cookie_header

PATH = "/ws/desk"


def open_socket(server: Server, *, origin: str | None = "", cookie: str = "", path: str = PATH) -> connect:
    """Open a socket from a page of `origin` (by default our own)."""
    headers = {"Cookie": cookie} if cookie else {}
    from_page = server.url if origin == "" else origin
    return connect(server.ws_url + path, origin=from_page, additional_headers=headers, max_size=None)  # type: ignore[arg-type]


async def refusal(opening: connect) -> int:
    """Return the status a refused handshake was answered with."""
    with pytest.raises(websockets.InvalidStatus) as caught:
        async with opening:
            pass
    return caught.value.response.status_code


async def close_code(line: ClientConnection) -> int:
    """Wait for the server to close and return its code."""
    async with asyncio.timeout(20):
        await line.wait_closed()
    assert line.close_code is not None
    return line.close_code


class TestOrigin:
    async def test_it_refuses_a_foreign_page(self, server: Server, wei: httpx.Client) -> None:
        opening = open_socket(server, origin="https://evil.example", cookie=cookie_header(wei))

        assert await refusal(opening) == 403

    async def test_it_refuses_a_neighbour_on_another_port(self, server: Server, wei: httpx.Client) -> None:
        opening = open_socket(server, origin="http://localhost:1", cookie=cookie_header(wei))

        assert await refusal(opening) == 403

    async def test_it_refuses_a_client_without_origin(self, server: Server, wei: httpx.Client) -> None:
        assert await refusal(open_socket(server, origin=None, cookie=cookie_header(wei))) == 403

    async def test_it_refuses_a_malformed_origin(self, server: Server, wei: httpx.Client) -> None:
        opening = open_socket(server, origin="http://localhost:99999999", cookie=cookie_header(wei))

        assert await refusal(opening) == 400


class TestSession:
    async def test_it_refuses_without_a_session(self, server: Server) -> None:
        assert await refusal(open_socket(server)) == 403

    async def test_it_refuses_an_invented_session(self, server: Server) -> None:
        assert await refusal(open_socket(server, cookie="sessionid=abcdefghijklmnopqrstuvwxyz012345")) == 403

    async def test_it_opens_for_a_signed_in_page(self, server: Server, wei: httpx.Client) -> None:
        async with open_socket(server, cookie=cookie_header(wei)) as line:
            pong = await line.ping()
            await asyncio.wait_for(pong, 5)

    async def test_it_refuses_an_unknown_path(self, server: Server, wei: httpx.Client) -> None:
        before = server.log.count("Traceback")

        assert await refusal(open_socket(server, path="/ws/nothing", cookie=cookie_header(wei))) == 403
        assert server.log.count("Traceback") == before


class TestFrames:
    async def test_a_megabyte_is_too_large(self, server: Server, wei: httpx.Client) -> None:
        async with open_socket(server, cookie=cookie_header(wei)) as line:
            try:
                await line.send("x" * 1024 * 1024)
            except websockets.ConnectionClosed:
                pass

            assert await close_code(line) == 1009

    async def test_many_fragments_are_counted_together(self, server: Server, wei: httpx.Client) -> None:
        async with open_socket(server, cookie=cookie_header(wei)) as line:
            try:
                await line.send(["x" * 8192] * 128)
            except websockets.ConnectionClosed:
                pass

            assert await close_code(line) == 1009

    async def test_a_flood_is_cut_and_others_are_not_kept_waiting(
        self, server: Server, wei: httpx.Client
    ) -> None:
        async with open_socket(server, cookie=cookie_header(wei)) as line:
            try:
                for _ in range(20_000):
                    await line.send(json.dumps({"ping": 1}))
            except websockets.ConnectionClosed:
                pass
            asked = time.monotonic()
            answer = await asyncio.to_thread(httpx.get, f"{server.url}/healthz")
            took = time.monotonic() - asked

            assert await close_code(line) in (1008, 4429)
        assert answer.status_code == 200
        assert took < 5

    @pytest.mark.parametrize("frame", ["{not json", b"\x00\xff", "[]", "null"])
    async def test_nonsense_closes_without_a_traceback(
        self, server: Server, wei: httpx.Client, frame: str | bytes
    ) -> None:
        before = server.log.count("Traceback")

        async with open_socket(server, cookie=cookie_header(wei)) as line:
            await line.send(frame)
            code = await close_code(line)

        assert 1000 < code < 5000 and code != 1011
        assert server.log.count("Traceback") == before

    async def test_a_flood_leaves_no_traceback(self, server: Server, wei: httpx.Client) -> None:
        before = server.log.count("Traceback")

        async def flood() -> None:
            async with open_socket(server, cookie=cookie_header(wei)) as line:
                with contextlib.suppress(websockets.ConnectionClosed):
                    for _ in range(500):
                        await line.send(json.dumps({"ping": 1}))
                await close_code(line)

        await asyncio.gather(*(flood() for _ in range(8)))
        # Daphne looks at ended applications once a second.
        await asyncio.sleep(1.5)

        assert server.log.count("Traceback") == before
