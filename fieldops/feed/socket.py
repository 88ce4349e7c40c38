"""A socket on the feed: hello with a cursor, then events in order, bounded by acknowledgement."""

import asyncio
import json
import time
from collections import deque
from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer

from fieldops.feed import hub
from fieldops.feed.queries import FeedGone, page_after
from fieldops.lib.clock import iso, now

STALLED_S = 30.0
MESSAGES_PER_S = 40
BAD_MESSAGE, STALLED, SIGNED_OUT, FLOOD = 4400, 4008, 4401, 4429


class FeedSocket(AsyncWebsocketConsumer):
    """Base of `/ws/sync` and `/ws/desk`; a subclass says who may come and which feed is his."""

    # The hub does the waking: no channel per socket.
    channel_layer_alias = None
    window_bytes = 64 * 1024

    async def connect(self) -> None:
        user = self.scope["user"]
        self.session_key: str = self.scope.get("session_key", "")
        self.user_id = str(user.pk)
        recipient = await self.run(self.recipient_for, user)
        if recipient is None or hub.hub() is None:
            await self.close()
            return
        self.recipient = recipient
        self.standing: str = user.standing
        self.cursor = 0
        self._unacked: deque[tuple[int, int]] = deque()
        self._unacked_bytes = 0
        self._full_since: float | None = None
        self._joined = False
        self._closing: asyncio.Future[None] | None = None
        self._second, self._heard = 0, 0
        await self.accept()

    def recipient_for(self, user: Any) -> str | None:
        """Return whose feed this user reads here; None refuses the socket."""
        raise NotImplementedError

    async def acked(self, cursor: int) -> None:
        """The reader has everything up to `cursor`."""

    async def heard(self, message: dict[str, Any]) -> None:
        """Handle what only a subclass knows."""

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        message = self._parse(text_data)
        if message is None:
            await self.close(BAD_MESSAGE)
            return
        if self._is_flood():
            await self.close(FLOOD)
            return
        if "hello" in message:
            await self._hello(message["hello"])
        if isinstance(message.get("ack"), int):
            await self._ack(message["ack"])
        if "ping" in message:
            await self.send(json.dumps({"pong": iso(now())}))
        await self.heard(message)

    async def disconnect(self, code: int) -> None:
        there = hub.hub()
        if there and getattr(self, "_joined", False):
            there.leave(self)
            self._joined = False

    # What the hub asks of a subscriber.

    def room(self) -> bool:
        """Tell whether the unacknowledged window has room; a reader stalled for 30 s is closed."""
        if self._unacked_bytes < self.window_bytes:
            self._full_since = None
            return True
        self._full_since = self._full_since or time.monotonic()
        if time.monotonic() - self._full_since > STALLED_S:
            self._closing = asyncio.ensure_future(self.close(STALLED))
        return False

    async def push(self, text: str, seq: int, size: int) -> None:
        """Write one frame of events that ends at `seq`."""
        self.cursor = seq
        self._unacked.append((seq, size))
        self._unacked_bytes += size
        self._heard -= 1  # one acknowledgement is owed for it
        await self.send(text)

    async def frame(self, text: str) -> None:
        """Write a frame outside the feed."""
        await self.send(text)

    async def end(self) -> None:
        """Close: the session behind this socket is over."""
        await self.send(json.dumps({"gone": {"reason": "signed_out"}}))
        await self.close(SIGNED_OUT)

    async def run(self, work: Any, *args: Any) -> Any:
        """Run database work on the hub's bounded pool."""
        there = hub.hub()
        return await there.run(work, *args) if there else None

    async def _hello(self, hello: Any) -> None:
        """Begin after the reader's cursor, or tell it to take a snapshot."""
        there = hub.hub()
        if self._joined or there is None or not isinstance(hello, dict):
            return
        gen, cursor = str(hello.get("gen", "")), hello.get("cursor")
        if not isinstance(cursor, int) or not await self.greeted(hello):
            await self.close(BAD_MESSAGE)
            return
        try:
            await self.run(_check_place, self.recipient, gen, cursor)
        except FeedGone as gone:
            await self.send(json.dumps({"gone": {"reason": gone.code}}))
            return
        self.cursor = cursor
        self._joined = True
        there.join(self)

    async def greeted(self, hello: dict[str, Any]) -> bool:
        """Check what else a hello must say; False closes the socket."""
        return True

    async def _ack(self, seq: int) -> None:
        while self._unacked and self._unacked[0][0] <= seq:
            self._unacked_bytes -= self._unacked.popleft()[1]
        there = hub.hub()
        if there and self._full_since:
            there.nudge([self.recipient])
        await self.acked(min(seq, self.cursor))

    def _parse(self, text: str | None) -> dict[str, Any] | None:
        try:
            message = json.loads(text or "")
        except (ValueError, RecursionError):
            return None
        return message if isinstance(message, dict) else None

    def _is_flood(self) -> bool:
        second = int(time.monotonic())
        if second != self._second:
            self._second, self._heard = second, 0
        self._heard += 1
        return self._heard > MESSAGES_PER_S


def _check_place(recipient: str, gen: str, cursor: int) -> None:
    page_after(recipient, gen=gen, after=cursor, limit=1)
