"""Record what an engine sends: `python -m tests.sync.recorded [--commit SHA]`."""

import argparse
import json
import os
import re
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from tests.engine.conftest import fill
from tests.engine.machine import desk_client, world_at
from tests.engine.swarm import FRONT, Swarm, node
from tests.servers import ROOT, Server, run_server, stop
from tests.sync.recorded.scene import CREWS, Scene
from tests.sync.recorded.tape import TAPE

HERE = Path(__file__).resolve().parent
ENV = {"DJANGO_SETTINGS_MODULE": "tests.sync.recorded.settings", "FIELDOPS_LOG": "WARNING"}
# Asked again and again: one of each is enough. The last beat, because it says most.
ONCE = re.compile(r"sync/(feed|snapshot|heartbeat|check)")


def main() -> None:
    """Record, and write the file beside this one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--commit", default="", help="record this commit's engine instead of today's")
    commit = parser.parse_args().commit
    with tempfile.TemporaryDirectory(prefix="fieldops-record-") as folder:
        front = sources_of(commit, Path(folder)) if commit else FRONT
        recording = record(front, Path(folder))
    name = date_of(commit) if commit else recording["app"]
    path = HERE / f"{name}.json"
    path.write_text(json.dumps(recording, ensure_ascii=False, indent=1) + "\n")
    print(f"{path.relative_to(ROOT)}: {len(recording['entries'])} entries, {path.stat().st_size // 1024} KiB")


def record(front: Path, folder: Path) -> dict[str, Any]:
    """Play the scene with the engine of `front`; return the recording."""
    version = re.search(r"APP_VERSION = '([^']+)'", (front / "src/lib/constants.ts").read_text())
    assert version
    began = datetime.now(UTC)
    with run_server(ENV, prepare=fill(CREWS, CREWS)) as server, phones_of(front, folder, server) as phones:
        world = world_at(server)
        with desk_client(server, world["desk"]) as desk:
            overlay = (front / "src/sync/overlay.ts").read_text()
            scene = Scene(phones, desk, world, knows=lambda kind: f"  {kind}:" in overlay)
            scene.play()
        phones.switch_off()
        entries = [*scene.deeds, *taped(server, world)]
    entries.sort(key=lambda entry: entry["began"])
    for entry in entries:
        entry["after_s"] = round(entry.pop("began") - began.timestamp(), 3)
    return {
        "app": version[1],
        "recorded_at": began.isoformat(),
        "shifts": world["shifts"],
        "entries": entries,
    }


def taped(server: Server, world: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the phones' requests, each named by its member; what is only asked again, once."""
    names = {own["session"]: name for name, own in world["phones"].items()}
    last: dict[tuple[str, str], dict[str, Any]] = {}
    for text in (server.data_dir / TAPE).read_text().splitlines():
        entry = json.loads(text)
        phone = names.get(entry.pop("session"))
        if phone is None:
            continue
        named = {"began": entry.pop("began"), "phone": phone, **entry}
        if found := ONCE.search(entry["path"]):
            last[phone, found[0]] = named
        else:
            yield named
    yield from last.values()


@contextmanager
def phones_of(front: Path, folder: Path, server: Server) -> Iterator[Swarm]:
    """Bundle the driver of these sources and start it."""
    program = node()
    assert program, "Node and the phone app's packages are needed: make front"
    subprocess.run([program, "tests/driver/bundle.mjs", str(folder)], cwd=front, check=True)
    command = [program, "--experimental-websocket", "--no-warnings", str(folder / "node.cjs"), "10", "20000"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield Swarm(process, server.url)
    finally:
        assert process.stdin
        process.stdin.close()
        stop(process)  # type: ignore[arg-type]


def sources_of(commit: str, folder: Path) -> Path:
    """Unpack an older commit's phone app, with the packages of today."""
    packed = subprocess.run(
        ["git", "archive", commit, "frontend", "contract"], cwd=ROOT, check=True, capture_output=True
    )
    with tarfile.open(fileobj=BytesIO(packed.stdout)) as archive:
        archive.extractall(folder, filter="data")
    os.symlink(FRONT / "node_modules", folder / "frontend" / "node_modules")
    return folder / "frontend"


def date_of(commit: str) -> str:
    """Return the day of a commit."""
    asked = ["git", "show", "-s", "--format=%cs", commit]
    return subprocess.run(asked, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


if __name__ == "__main__":
    main()
