"""Phones with the real engine under Node, driven from a test.

with swarm(net.url) as phones:
    phones.make("alpha1", world)
    phones.ask("alpha1", "act", type="note", subject=…, args=…)
"""

import base64
import contextlib
import functools
import io
import json
import os
import queue
import random
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.servers import ROOT, stop

FRONT = ROOT / "frontend"
ANSWER_WITHIN_S = 120.0


def needs_node() -> pytest.MarkDecorator:
    """Skip where the phone app's packages are not installed: `make front` fetches them."""
    return pytest.mark.skipif(node() is None, reason="the phone app's packages are not installed")


@functools.cache
def node() -> str | None:
    """Return a Node that can run the driver, or None."""
    program = shutil.which("node") or shutil.which("node", path=str(ROOT / ".venv" / "bin"))
    return program if program and (FRONT / "node_modules" / "esbuild").is_dir() else None


@functools.cache
def bundle() -> Path:
    """Bundle the driver from the engine's sources, once a test process."""
    folder = tempfile.TemporaryDirectory(prefix="fieldops-driver-")
    bundle.keep = folder  # type: ignore[attr-defined]  # gone with the process
    program = node()
    assert program
    subprocess.run([program, "tests/driver/bundle.mjs", folder.name], cwd=FRONT, check=True)
    return Path(folder.name)


class Swarm:
    """A Node process with any number of phones."""

    def __init__(self, process: "subprocess.Popen[str]", url: str) -> None:
        self.process, self.url = process, url
        self._answers: dict[int, queue.Queue[dict[str, Any]]] = {}
        self._number = 0
        self._lock = threading.Lock()
        self._on: set[str] = set()
        threading.Thread(target=self._read, name="swarm", daemon=True).start()

    def make(self, phone: str, world: dict[str, Any], url: str = "") -> None:
        """Switch a member's phone on for the first time."""
        own = world["phones"][phone]
        self.ask(phone, "make", url=url or self.url, session=own["session"], user=own["user"])
        self._on.add(phone)

    def switch_off(self) -> None:
        """Let no phone run on: one that nobody looks at goes on asking the server."""
        while self._on:
            self.ask(self._on.pop(), "crash")

    def ask(self, phone: str, do: str, **more: Any) -> Any:
        """Tell a phone to do something and return what it says; raises RuntimeError with its words."""
        return self.wait(self.begin(phone, do, **more))

    def begin(self, phone: str, do: str, **more: Any) -> int:
        """Tell a phone to do something; `wait` for it later."""
        with self._lock:
            self._number += 1
            number = self._number
            self._answers[number] = queue.Queue()
            assert self.process.stdin
            self.process.stdin.write(json.dumps({"n": number, "do": do, "phone": phone, **more}) + "\n")
            self.process.stdin.flush()
        return number

    def wait(self, number: int) -> Any:
        """Return the answer to what was begun."""
        try:
            told = self._answers[number].get(timeout=ANSWER_WITHIN_S)
        except queue.Empty:
            raise TimeoutError("the driver does not answer") from None
        finally:
            del self._answers[number]
        if "error" in told:
            raise RuntimeError(told["error"])
        return told["ok"]

    def state(self, phone: str) -> dict[str, Any]:
        """Return what the phone shows of itself."""
        told: dict[str, Any] = self.ask(phone, "state")
        return told

    def until(
        self, phone: str, holds: Callable[[dict[str, Any]], object], words: str, within_s: float = 90
    ) -> dict[str, Any]:
        """Wait until a phone's state holds; raises TimeoutError with `words` and the state."""
        deadline = time.monotonic() + within_s
        while not holds(state := self.state(phone)):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{phone}: {words}: {state} {self.ask(phone, 'commands')[-5:]}")
            time.sleep(0.05)
        return state

    def until_settled(self, *phones: str, within_s: float = 90) -> None:
        """Wait until nothing waits on these phones: no command, no photo."""
        for phone in phones:
            self.until(
                phone,
                lambda state, who=phone: self._is_on(who, state) and is_settled(state),
                "unsettled",
                within_s,
            )

    def _is_on(self, phone: str, state: dict[str, Any]) -> bool:
        """Switch on again what died in a write that was under way when it was switched on."""
        if not state["alive"]:
            self.ask(phone, "start")
        return bool(state["alive"])

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            told = json.loads(line)
            if told["n"] in self._answers:
                self._answers[told["n"]].put(told)


def is_settled(state: dict[str, Any]) -> bool:
    """Tell whether a phone has nothing left to send."""
    return bool(state["alive"] and state["known"] and not state["unsettled"] and not state["photos"])


@contextlib.contextmanager
def swarm(url: str, *, speed: float = 10, timeout_s: float = 4) -> Iterator[Swarm]:
    """Start the driver. `speed` divides every wait of the engine; clocks keep real time."""
    program = node()
    assert program, "Node and the phone app's packages are needed"
    command = [program, "--experimental-websocket", "--no-warnings", str(bundle() / "node.cjs")]
    command += [str(speed), str(int(timeout_s * 1000))]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ}
    )
    try:
        yield Swarm(process, url)
    finally:
        assert process.stdin
        process.stdin.close()
        stop(process)  # type: ignore[arg-type]


def picture(seed: int, side: int = 24) -> str:
    """Return a small photo, each seed another, as base64."""
    dots = random.Random(seed).randbytes(side * side * 3)
    out = io.BytesIO()
    Image.frombytes("RGB", (side, side), dots).save(out, "JPEG", quality=90)
    return base64.b64encode(out.getvalue()).decode()
