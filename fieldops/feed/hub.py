"""The hub: one layer subscription per process, a dict of sockets, one batched read for everyone woken.

What this process has just committed goes to its own sockets without being read again. The table stays the
truth: a socket that is not exactly before a row is read for, a wake may be lost, a sweep finds who is behind.
All wakes run on the one long-lived loop of the process (measured: a group_send from a plain thread's own loop
arrives 0.1–1 s late).
"""

import asyncio
import json
import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Protocol

from channels.layers import get_channel_layer
from django.db import close_old_connections

log = logging.getLogger(__name__)

GROUP = "feed"
SWEEP_S = 3.0
READ_THREADS = 4
READ_LIMIT = 500  # rows a read; more is read in turns

Text = tuple[str, int, str]  # recipient, number, the event as JSON
Reader = Callable[[dict[str, int]], list[Text]]
# Rows of the feed in, their texts out.
Writer = Callable[[list[Any]], list[Text]]
HeadReader = Callable[[list[str]], dict[str, int]]
Session = tuple[str, str, str]  # its key, its user, and that user's standing when the socket was opened
# Sessions in, those that are over out.
EndedReader = Callable[[set[Session]], set[Session]]


class Subscriber(Protocol):
    """A socket as the hub sees it."""

    recipient: str
    cursor: int
    user_id: str
    session_key: str
    standing: str

    def room(self) -> bool:
        """Tell whether its unacknowledged window has room."""

    async def push(self, text: str, seq: int, size: int) -> None:
        """Write one frame that ends at `seq`."""

    async def frame(self, text: str) -> None:
        """Write a frame outside the numbered feed."""

    async def end(self) -> None:
        """Close: the session behind the socket is over."""


class Hub:
    """Everyone connected to this process."""

    def __init__(self, read: Reader, heads: HeadReader, ended: EndedReader, texts: Writer) -> None:
        self._read = read
        self._texts = texts
        self._heads = heads
        self._ended = ended
        self._sockets: dict[str, set[Subscriber]] = defaultdict(set)
        self._woken: set[str] = set()
        self._draining = False
        self._pool = ThreadPoolExecutor(READ_THREADS, thread_name_prefix="hub")
        self.loop: asyncio.AbstractEventLoop | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to listen and to sweep on `loop`; call from that loop's thread."""
        self.loop = loop
        self._tasks = [loop.create_task(self._listen()), loop.create_task(self._sweep())]

    def stop(self) -> None:
        """Stop listening; open sockets are left to their server."""
        for task in self._tasks:
            task.cancel()
        self.loop = None
        self._pool.shutdown(wait=False, cancel_futures=True)

    def join(self, socket: Subscriber) -> None:
        """Add a socket; it is brought up to date at once."""
        self._sockets[socket.recipient].add(socket)
        self.nudge([socket.recipient])

    def leave(self, socket: Subscriber) -> None:
        """Forget a socket."""
        self._sockets[socket.recipient].discard(socket)
        if not self._sockets[socket.recipient]:
            del self._sockets[socket.recipient]

    def sockets_of(self, recipient: str) -> set[Subscriber]:
        """Return the sockets of a recipient in this process."""
        return set(self._sockets.get(recipient, ()))

    def nudge(self, recipients: Iterable[str]) -> None:
        """Read for these recipients soon; many nudges make one read."""
        self._woken.update(name for name in recipients if name in self._sockets)
        if self._woken and not self._draining and self.loop:
            self._draining = True
            self.loop.create_task(self._drain())

    def hand_over(self, rows: list[Any]) -> None:
        """Write rows just committed to the sockets here that wait for exactly them; from any thread."""
        texts = self._texts([row for row in rows if row.recipient in self._sockets])
        if texts and self.loop:
            before = {recipient: seq - 1 for recipient, seq, _ in reversed(texts)}
            asyncio.run_coroutine_threadsafe(self._deliver(texts, before), self.loop)

    async def broadcast(self, recipient: str, text: str) -> None:
        """Write an unnumbered frame to a recipient's sockets here."""
        for socket in self.sockets_of(recipient):
            await self._try(socket.frame(text))

    async def run(self, work: Callable[..., Any], *args: Any) -> Any:
        """Run database work on the hub's bounded pool (Channels' default shares one thread per process)."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, _closing, work, *args)

    async def _drain(self) -> None:
        try:
            while self._woken:
                names, self._woken = self._woken, set()
                cursors = {name: low for name in names if (low := self._lowest(name)) is not None}
                rows = await self.run(self._read, cursors)
                await self._deliver(rows, cursors)
                if len(rows) >= READ_LIMIT:
                    self._woken.update(cursors)  # somebody was far behind: read on until everyone is level
        except Exception:
            log.exception("hub could not read the feed; the sweep will try again")
        finally:
            self._draining = False

    def _lowest(self, recipient: str) -> int | None:
        """Return where to read from. A stalled socket is left out: it would hold up the others."""
        return min((s.cursor for s in self.sockets_of(recipient) if s.room()), default=None)

    async def _deliver(self, rows: list[Text], cursors: dict[str, int]) -> None:
        """Write each recipient's rows to its sockets, each from its own cursor, in one frame per socket.

        A socket that was not counted when the read began (it joined or got room since) may be behind the
        first row: it would skip what lies between, so it waits for the read of its own nudge.
        """
        by_recipient: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for recipient, seq, text in rows:
            by_recipient[recipient].append((seq, text))
        for recipient, events in by_recipient.items():
            for socket in self.sockets_of(recipient):
                fresh = [(seq, text) for seq, text in events if seq > socket.cursor]
                if fresh and socket.cursor >= cursors[recipient] and socket.room():
                    text = '{"ev":[' + ",".join(item for _, item in fresh) + "]}"
                    await self._try(socket.push(text, fresh[-1][0], len(text)))

    async def _try(self, write: Any) -> None:
        try:
            await write
        except Exception:
            log.debug("a socket closed while being written", exc_info=True)

    async def _listen(self) -> None:
        """Hold the one layer subscription; after any failure, subscribe again."""
        while True:
            try:
                layer = get_channel_layer()
                channel = await layer.new_channel()
                await layer.group_add(GROUP, channel)
                while True:
                    await self._hear(await layer.receive(channel))
            except asyncio.CancelledError:
                raise
            except Exception:
                log.warning("layer subscription lost; the sweep carries on", exc_info=True)
                await asyncio.sleep(1)

    async def _hear(self, message: dict[str, Any]) -> None:
        if message["type"] == "feed.wake":
            self.nudge(name for name, head in message["heads"].items() if self._is_behind(name, head))
        elif message["type"] == "feed.frame":
            await self.broadcast(message["recipient"], message["text"])

    async def _sweep(self) -> None:
        """Find who is behind although nobody woke them."""
        while True:
            await asyncio.sleep(SWEEP_S)
            try:
                names = list(self._sockets)
                heads = await self.run(self._heads, names) if names else {}
                self.nudge(name for name in names if self._is_behind(name, heads.get(name, 0)))
                await self._end_sessions()
            except asyncio.CancelledError:
                raise
            except Exception:
                log.warning("hub sweep failed; trying again", exc_info=True)

    def _is_behind(self, recipient: str, head: int) -> bool:
        lowest = self._lowest(recipient)
        return lowest is not None and lowest < head

    async def _end_sessions(self) -> None:
        """Close sockets whose session was signed out, or whose user was disabled or is somebody else now."""
        sockets = [socket for name in list(self._sockets) for socket in self.sockets_of(name)]
        if not sockets:
            return
        over = await self.run(self._ended, {_session_of(socket) for socket in sockets})
        for socket in sockets:
            if _session_of(socket) in over:
                self.leave(socket)
                await self._try(socket.end())


def _session_of(socket: Subscriber) -> Session:
    return socket.session_key, socket.user_id, socket.standing


_hub: Hub | None = None
_sender: asyncio.AbstractEventLoop | None = None
_lock = threading.Lock()


def start(
    loop: asyncio.AbstractEventLoop, *, read: Reader, heads: HeadReader, ended: EndedReader, texts: Writer
) -> Hub:
    """Make this process's hub on its server loop."""
    global _hub
    _hub = Hub(read, heads, ended, texts)
    _hub.start(loop)
    return _hub


def hub() -> Hub | None:
    """Return this process's hub, if it serves sockets."""
    return _hub


def stop() -> None:
    """Take the hub down."""
    global _hub
    if _hub:
        _hub.stop()
    _hub = None


def announce(rows: list[Any]) -> None:
    """Hand committed rows to their readers here, and tell every process how far each recipient's feed goes.

    A lost wake costs seconds, not data.
    """
    if _hub:
        _hub.hand_over(rows)
    _send({"type": "feed.wake", "heads": {row.recipient: row.seq for row in rows}})


def send_frame(recipient: str, frame: dict[str, Any]) -> None:
    """Send an unnumbered frame (a position) to a recipient's sockets in every process; it may be lost."""
    _send({"type": "feed.frame", "recipient": recipient, "text": json.dumps(frame, ensure_ascii=False)})


def _send(message: dict[str, Any]) -> None:
    loop = _hub.loop if _hub else _sender_loop()
    if loop is None or loop.is_closed():
        return
    asyncio.run_coroutine_threadsafe(_group_send(message), loop).add_done_callback(_swallow)


async def _group_send(message: dict[str, Any]) -> None:
    await get_channel_layer().group_send(GROUP, message)


def _swallow(done: "Future[None]") -> None:
    if not done.cancelled() and done.exception():
        log.debug("wake not sent: %s", done.exception())


def _sender_loop() -> asyncio.AbstractEventLoop | None:
    """Return an own loop in a process without sockets (timers, commands); none with the in-memory layer."""
    global _sender
    # By its type: asking the pub/sub layer for an attribute outside a loop raises RuntimeError.
    if "redis" not in type(get_channel_layer()).__module__:
        return None
    with _lock:
        if _sender is None:
            _sender = asyncio.new_event_loop()
            threading.Thread(target=_sender.run_forever, name="wakes", daemon=True).start()
    return _sender


def _closing(work: Callable[..., Any], *args: Any) -> Any:
    close_old_connections()
    try:
        return work(*args)
    finally:
        close_old_connections()
