"""A crew member's phone by machine: the protocol of docs/phone.md over real HTTP and a real socket."""

import asyncio
import contextlib
import datetime as dt
import hashlib
import json
import time
from typing import Any, Self

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from fieldops.demo.session import Refused, Session
from fieldops.demo.town import PASSWORD
from fieldops.lib.clock import iso
from fieldops.lib.ids import new_id

HEARTBEAT_S = 15.0
RECONNECT_S = 0.5
ANSWER_WITHIN_S = 60.0
TORN = (ConnectionClosed, InvalidStatus, OSError, TimeoutError, Refused, httpx.TransportError)
SHOWN = ("assignment.offered", "message.sent")


class Phone:
    """A crew member's phone: its feed by socket from a cursor; commands in order, each until answered."""

    def __init__(self, url: str, username: str, password: str = PASSWORD) -> None:
        self.session = Session(url, username, password)
        self.username = username
        self.device_id, self.epoch = str(new_id()), str(new_id())
        self.user: dict[str, Any] = {}
        self.crew: dict[str, Any] | None = None
        self.gen, self.cursor = "", 0
        self.base: dict[tuple[str, str], dict[str, Any]] = {}
        self.events: list[dict[str, Any]] = []
        self.received_at: dict[int, float] = {}  # seq → time.perf_counter()
        self.gaps = 0
        self._seq = 0
        self._told: set[int] = set()
        self._news = asyncio.Condition()
        self._lane = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []
        self._joined = asyncio.Event()
        self._socket: ClientConnection | None = None

    async def sign_in(self) -> None:
        """Sign in, register the device, take the snapshot, open the socket. Raises Refused."""
        await self.session.sign_in()
        device = {
            "device_id": self.device_id,
            "epoch": self.epoch,
            "name": f"simulated {self.username}",
            "app": "sim",
        }
        registered = await self.session.post("sync/devices", device)
        self.device_id, self.user = registered["device_id"], registered["user"]
        await self._snapshot()
        self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._beat())]
        await asyncio.wait_for(self._joined.wait(), 20)

    async def go_on_duty(self) -> dict[str, Any]:
        """Say that this phone rings, then *on standby*; return the command's result."""
        await self._heartbeat()
        if self.crew is None:
            raise LookupError(f"{self.username} is on no shift now")
        return await self.command("duty", ("shift", self.crew["id"]), {"state": "standby", "heard": True})

    async def wait_for(self, kind: str, *, subject_id: str = "", within_s: float = 10) -> dict[str, Any]:
        """Return the next event of this kind (of this subject) that was not returned before."""

        def found() -> dict[str, Any] | None:
            for event in self.events:
                fits = event["kind"] == kind and subject_id in ("", event["subject"]["id"])
                if fits and event["seq"] not in self._told:
                    self._told.add(event["seq"])
                    return event
            return None

        async with asyncio.timeout(within_s), self._news:
            while (event := found()) is None:
                await self._news.wait()
            return event

    async def command(
        self,
        kind: str,
        subject: tuple[str, str] | dict[str, Any],
        args: dict[str, Any] | None = None,
        *,
        pos: tuple[float, float] | None = None,
    ) -> dict[str, Any]:
        """Send a command until it is answered, the same bytes each time; return its result."""
        async with self._lane:
            text = self._envelope(kind, subject, args or {}, pos)
            sha = hashlib.sha256(text.encode()).hexdigest()
            batch = {
                "device_id": self.device_id,
                "epoch": self.epoch,
                "cursor": self.cursor,
                "seen": [],
                "commands": [{"text": text, "sha": sha}],
            }
            answer = await self.session.post_surely("sync/commands", batch, within_s=ANSWER_WITHIN_S)
            result: dict[str, Any] = answer["results"][0]
            return result

    async def missed(self) -> int:
        """Return how many events the server has that this phone does not: 0 when nothing was lost."""
        page = await self.session.get("sync/feed", gen=self.gen, after=self.cursor, limit=200)
        return int(page["head"]) - self.cursor

    async def drop(self) -> None:
        """Lose the connection, as in a lift; it comes back by itself."""
        if self._socket:
            await self._socket.close()

    async def close(self) -> None:
        """Hang up."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.session.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    def _envelope(
        self,
        kind: str,
        subject: tuple[str, str] | dict[str, Any],
        args: dict[str, Any],
        pos: tuple[float, float] | None,
    ) -> str:
        self._seq += 1
        at = dt.datetime.now(dt.UTC)
        where = {"lng": pos[0], "lat": pos[1], "acc": 10, "fix_at": iso(at)} if pos else None
        about = subject if isinstance(subject, dict) else {"kind": subject[0], "id": subject[1]}
        known = self.base.get((about["kind"], about["id"]), {})
        return json.dumps(
            {
                "cmd_id": str(new_id()),
                "seq": self._seq,
                "type": kind,
                "v": 1,
                "subject": about,
                "base_version": known.get("version", 0),
                "args": args,
                "occurred_at": iso(at),
                "offset_ms": 0,
                "offset_age_s": 1,
                "pos": where,
                "app": "sim",
            },
            ensure_ascii=False,
        )

    async def _snapshot(self) -> None:
        world = await self.session.get("sync/snapshot", device_id=self.device_id)
        self.gen, self.cursor, self.crew = world["gen"], world["cursor"], world["crew"]
        self.base = {("assignment", row["id"]): row for row in world["assignments"]}
        self.base |= {("case", row["id"]): row for row in world["cases"]}

    async def _listen(self) -> None:
        """Hold the socket; whatever ends it, come back from the cursor."""
        while True:
            with contextlib.suppress(*TORN):
                headers = {"Cookie": self.session.cookies}
                url = f"{self.session.socket_url}/ws/sync"
                async with connect(url, origin=self.session.url, additional_headers=headers) as socket:  # type: ignore[arg-type]
                    hello = {
                        "device_id": self.device_id,
                        "epoch": self.epoch,
                        "gen": self.gen,
                        "cursor": self.cursor,
                    }
                    await socket.send(json.dumps({"hello": hello}))
                    self._socket = socket
                    self._joined.set()
                    async for text in socket:
                        await self._frame(socket, json.loads(text))
            await asyncio.sleep(RECONNECT_S)

    async def _frame(self, socket: ClientConnection, frame: dict[str, Any]) -> None:
        if "gone" in frame:
            if frame["gone"]["reason"] == "signed_out":
                await self.session.sign_in()
            else:
                await self._snapshot()
            await socket.close()
        fresh = [event for event in frame.get("ev", []) if event["seq"] > self.cursor]
        if not fresh:
            return
        await self._take(fresh)
        seen = [event["subject"]["id"] for event in fresh if event["kind"] in SHOWN]
        await socket.send(json.dumps({"ack": self.cursor, **({"seen": seen} if seen else {})}))

    async def _take(self, events: list[dict[str, Any]]) -> None:
        """Apply events in order; a number left out is a loss, counted."""
        now = time.perf_counter()
        async with self._news:
            for event in events:
                self.gaps += event["seq"] != self.cursor + 1
                self.cursor = event["seq"]
                self.received_at[event["seq"]] = now
                self.events.append(event)
                self.base[event["subject"]["kind"], event["subject"]["id"]] = event["body"]
                if event["kind"] == "shift.changed":
                    self.crew = event["body"]
            self._news.notify_all()

    async def _beat(self) -> None:
        while True:
            with contextlib.suppress(Refused, httpx.TransportError):
                await self._heartbeat()
            await asyncio.sleep(HEARTBEAT_S)

    async def _heartbeat(self) -> None:
        now = iso(dt.datetime.now(dt.UTC))
        beat = {
            "device_id": self.device_id,
            "epoch": self.epoch,
            "pending": 0,
            "can_ring": True,
            "heard_at": now,
            "socket": True,
            "offset_ms": 0,
            "app": "sim",
        }
        await self.session.post("sync/heartbeat", beat)
