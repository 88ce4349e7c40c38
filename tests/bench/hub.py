"""Frames a second to 1,000 sockets: the hub against a bare loop, both on Daphne, in the same process."""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import httpx

from tests.servers import ROOT, free_port, listens, stop, wait_until

EVENT = '{"seq":%d,"kind":"case.changed","v":1,"subject":{"kind":"case","id":"' + "0" * 36 + '"},"body":"%s"}'
BODY = "x" * 130
SOCKETS = 1000
ROUNDS = 40
TURNS = 5
GOAL = 0.75
HANDSHAKE = (
    "GET /{path} HTTP/1.1\r\nHost: localhost:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


class Counter(asyncio.Protocol):
    """A socket that only counts bytes, so that the reader costs next to nothing."""

    def __init__(self) -> None:
        self.got = 0
        self.opened = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        if not self.opened.is_set():
            self.opened.set()
        else:
            self.got += len(data)


def measure_hub() -> bool:
    """Print the figures; tell whether the goal is held."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, "FIELDOPS_DATA_DIR": folder}
        command = [sys.executable, "-m", "tests.bench.hub_server", str(port)]
        process = subprocess.Popen(command, cwd=ROOT, env=env)
        try:
            wait_until(lambda: listens(port), "the bench server did not start")
            found = asyncio.run(_measure(port, process.pid))
        finally:
            stop(process)
    raw, by_hub = (median(rate for rate, _ in found[mode]) for mode in ("raw", "hub"))
    for mode in ("raw", "hub"):
        rate, cpu = (median(column) for column in zip(*found[mode], strict=True))
        print(f"  {mode:4} {rate:8,.0f} frames/s   {cpu:5.1f} µs CPU each")
    print(f"  ratio {by_hub / raw:.2f} (goal at least {GOAL})")
    return by_hub / raw >= GOAL


async def _measure(port: int, pid: int) -> dict[str, list[tuple[float, float]]]:
    crowds = {mode: [await _open(port, mode) for _ in range(SOCKETS)] for mode in ("raw", "hub")}
    found: dict[str, list[tuple[float, float]]] = {"raw": [], "hub": []}
    async with httpx.AsyncClient(base_url=f"http://localhost:{port}", timeout=60) as client:
        for _ in range(TURNS):
            for mode, crowd in crowds.items():
                found[mode].append(await _turn(client, crowd, mode, pid))
    return found


async def _turn(client: httpx.AsyncClient, crowd: list[Counter], mode: str, pid: int) -> tuple[float, float]:
    """Return frames a second and server CPU microseconds a frame."""
    frame = len('{"ev":[' + EVENT % (1, BODY) + "]}") + 4  # shorter than any that comes: the numbers grow
    before, cpu, begun = [counter.got for counter in crowd], _cpu_s(pid), time.perf_counter()
    await client.get("/go", params={"mode": mode, "rounds": ROUNDS})
    while any(counter.got - had < frame * ROUNDS for counter, had in zip(crowd, before, strict=True)):
        await asyncio.sleep(0.002)
    took, frames = time.perf_counter() - begun, ROUNDS * SOCKETS
    await asyncio.sleep(0.2)
    return frames / took, (_cpu_s(pid) - cpu) / frames * 1e6


async def _open(port: int, mode: str) -> Counter:
    loop = asyncio.get_running_loop()
    transport, counter = await loop.create_connection(Counter, "127.0.0.1", port)
    transport.write(HANDSHAKE.format(path=mode, port=port).encode())
    await asyncio.wait_for(counter.opened.wait(), 20)
    return counter


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
