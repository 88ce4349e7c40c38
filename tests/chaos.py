"""A network that breaks: a proxy that delays, cuts, truncates, and keeps sockets open and dead.

with chaos(server.port, seed=7) as net:
    net.next("sync/commands", "unanswered")   # the server commits, nobody hears of it
    net.rate = 0.3                            # three requests in ten meet a fault drawn at random
    phone.get(f"{net.url}/healthz")
"""

import asyncio
import contextlib
import random
import re
import threading
from collections import Counter
from collections.abc import Iterator

# What can befall a request, in the order of its life.
FAULTS = ("before", "mid_body", "unanswered", "mid_answer", "truncated", "silent")
SILENT_FOR_S = 600.0
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CONNECTION = re.compile(rb"\r\nconnection: [^\r]*", re.IGNORECASE)


class Chaos:
    """The proxy's switches and counts; set from the test's thread, read by the proxy's own."""

    def __init__(self, target: int, seed: int) -> None:
        self.target = target
        self.rate = 0.0
        self.faults: tuple[str, ...] = FAULTS
        self.delay_s = (0.0, 0.0)
        self.down = False
        self.count: Counter[str] = Counter()
        self.busiest: Counter[str] = Counter()
        self.port = 0
        self._random = random.Random(seed)
        self._planned: list[tuple[str, str]] = []
        self._open: Counter[str] = Counter()
        self._lines: set[_Line] = set()
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def next(self, path: str, *faults: str) -> None:
        """Let the next requests whose path contains `path` meet these faults, one each."""
        self._planned += [(path, fault) for fault in faults]

    @property
    def waiting(self) -> int:
        """How many planned faults have not happened yet."""
        return len(self._planned)

    def forget(self) -> None:
        """Forget planned faults that did not happen."""
        self._planned.clear()

    def silence(self) -> None:
        """Leave every open websocket open and dead: no byte passes, no close is said."""
        self._loop.call_soon_threadsafe(lambda: [line.fall_silent() for line in self._lines])

    def cut(self) -> None:
        """Cut every open websocket."""
        self._loop.call_soon_threadsafe(lambda: [line.cut() for line in list(self._lines)])

    # The proxy's own thread.

    def run(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve(ready))
        self._loop.close()

    def end(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)

    async def _serve(self, ready: threading.Event) -> None:
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=2**20)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await self._stop.wait()
        server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                await self._request(reader, writer)
        except asyncio.CancelledError:
            pass
        finally:
            self._tasks.discard(task)
            writer.transport.abort() if writer.transport.is_closing() else writer.close()

    async def _request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        path = head.split(b" ", 2)[1].decode().split("?")[0]
        fault = self._fault(path)
        if b"upgrade: websocket" in head.lower():
            await self._line(head, reader, writer, fault)
            return
        length = _LENGTH.search(head)
        body = await reader.readexactly(int(length[1])) if length else b""
        head = _CONNECTION.sub(b"", head).replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
        self._open[path] += 1
        self.count[path] += 1
        self.busiest[path] = max(self.busiest[path], self._open[path])
        try:
            await asyncio.sleep(self._random.uniform(*self.delay_s))
            await self._pass_on(head, body, writer, fault)
        finally:
            self._open[path] -= 1

    def _fault(self, path: str) -> str:
        for place, (wanted, fault) in enumerate(self._planned):
            if wanted in path:
                del self._planned[place]
                return fault
        if self.down:
            return "before"
        return self._random.choice(self.faults) if self._random.random() < self.rate else ""

    async def _pass_on(self, head: bytes, body: bytes, writer: asyncio.StreamWriter, fault: str) -> None:
        """Send one request up and its answer down, as far as the fault lets them."""
        if fault == "before":
            writer.transport.abort()
            return
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.target)
        try:
            if fault == "mid_body":
                up_writer.write(head + body[: len(body) // 2])
                await up_writer.drain()
                writer.transport.abort()
                return
            up_writer.write(head + body)
            answer = await up_reader.read(-1)
            if fault == "silent":
                await asyncio.sleep(SILENT_FOR_S)
            if fault in ("unanswered", "silent"):
                writer.transport.abort()
                return
            half = fault in ("mid_answer", "truncated")
            writer.write(answer[: len(answer) - max(1, len(answer) // 4)] if half else answer)
            await writer.drain()
            if fault == "mid_answer":
                writer.transport.abort()  # a reset; "truncated" ends as if that had been all
        finally:
            up_writer.transport.abort()

    async def _line(
        self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, fault: str
    ) -> None:
        if fault == "before":
            writer.transport.abort()
            return
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.target)
        up_writer.write(head)
        line = _Line(writer, up_writer)
        if fault == "silent":
            line.fall_silent()
        self._lines.add(line)
        ways = [line.carry(reader, up_writer), line.carry(up_reader, writer)]
        tasks = [asyncio.ensure_future(way) for way in ways]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            # A silent line does not pass on that the server has gone, until the phone itself leaves.
            while line.silent and not tasks[0].done():
                await asyncio.sleep(0.05)
        finally:
            self._lines.discard(line)
            for task in tasks:
                task.cancel()
            line.cut()


class _Line:
    """One websocket through the proxy."""

    def __init__(self, down: asyncio.StreamWriter, up: asyncio.StreamWriter) -> None:
        self._ends = (down, up)
        self.silent = False

    def fall_silent(self) -> None:
        self.silent = True

    def cut(self) -> None:
        self.silent = False
        for end in self._ends:
            end.transport.abort()

    async def carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        """Carry bytes one way; a silent line swallows them."""
        with contextlib.suppress(OSError):
            while data := await source.read(65536):
                if not self.silent:
                    sink.write(data)
                    await sink.drain()


@contextlib.contextmanager
def chaos(target: int, *, seed: int = 1) -> Iterator[Chaos]:
    """Run a proxy before the local port `target`, and yield its switches."""
    net = Chaos(target, seed)
    ready = threading.Event()
    thread = threading.Thread(target=net.run, args=(ready,), name="chaos", daemon=True)
    thread.start()
    ready.wait(10)
    try:
        yield net
    finally:
        net.end()
        thread.join(10)
