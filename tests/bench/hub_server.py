"""A server for the hub's bench: `/raw` is written to by a bare loop, `/hub` by the real hub.

Run by tests.bench.hub: `python -m tests.bench.hub_server PORT`.
"""

import asyncio
import os
import sys
from typing import Any
from urllib.parse import parse_qs

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fieldops.settings")

import django

django.setup()

from fieldops.feed import hub  # noqa: E402
from fieldops.feed.socket import FeedSocket  # noqa: E402
from fieldops.serving.server import Server  # noqa: E402
from tests.bench.hub import BODY, EVENT  # noqa: E402

RECIPIENT = "desk:bench"

raw_sockets: list[Any] = []
running: list[Any] = []
rows: list[tuple[str, int, str]] = []


class BenchSocket(FeedSocket):
    """The product's socket without its greeting: nobody signs in here and nothing is stored."""

    window_bytes = 1 << 30

    async def connect(self) -> None:
        self.scope["user"] = Reader()
        await super().connect()
        self._joined = True
        self.cursor = len(rows)
        hub.hub().join(self)  # type: ignore[union-attr]

    def recipient_for(self, user: Any) -> str | None:
        return RECIPIENT


class Reader:
    """Stands where the signed-in user would."""

    pk = "bench"
    standing = ""


async def raw(scope: Any, receive: Any, send: Any) -> None:
    """Accept and wait; the loop in `go` writes."""
    await receive()
    await send({"type": "websocket.accept"})
    raw_sockets.append(send)
    while (await receive())["type"] != "websocket.disconnect":
        pass
    raw_sockets.remove(send)


async def go(mode: str, rounds: int) -> None:
    """Write `rounds` events, one after the other, to every socket."""
    there = hub.hub()
    assert there
    for _ in range(rounds):
        seq = len(rows) + 1
        rows.append((RECIPIENT, seq, EVENT % (seq, BODY)))
        if mode == "raw":
            text = '{"ev":[' + rows[-1][2] + "]}"
            for send in raw_sockets:
                await send({"type": "websocket.send", "text": text})
            await asyncio.sleep(0)
        else:
            there.nudge([RECIPIENT])
            while there._draining:
                await asyncio.sleep(0)


async def control(scope: Any, receive: Any, send: Any) -> None:
    """`/go?mode=raw&rounds=50`; anything else only says that we are there."""
    if scope["path"] == "/go":
        asked = parse_qs(scope["query_string"].decode())
        running.append(asyncio.ensure_future(go(asked["mode"][0], int(asked["rounds"][0]))))
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ok"})


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Route by kind and path."""
    if scope["type"] == "http":
        await control(scope, receive, send)
    elif scope["path"] == "/raw":
        await raw(scope, receive, send)
    else:
        await BenchSocket.as_asgi()(scope, receive, send)


def main(port: int) -> None:
    """Serve until stopped."""
    server = Server(application, [f"tcp:{port}:interface=127.0.0.1"])

    def read(cursors: dict[str, int]) -> list[tuple[str, int, str]]:
        return rows[cursors.get(RECIPIENT, 0) :]

    def start() -> None:
        hub.start(
            server.loop,
            read=read,
            heads=lambda names: {},
            ended=lambda sessions: set(),
            texts=lambda rows: [],
        )

    server.on_start.append(start)
    server.on_stop.append(hub.stop)
    server.run()


if __name__ == "__main__":
    main(int(sys.argv[1]))
