"""The disk full in the middle of a storm: refused with 503 or 507, nothing torn, and it recovers."""

import os
import sqlite3
import subprocess
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx

from tests.faults.oracle import findings
from tests.faults.phones import FURNISH, Phone, read_phones
from tests.faults.storm import settled, wait_for
from tests.servers import Server, manage, migrated_folder, run_server

SIZE = "48m"


def part(url: str | None) -> list[str]:
    """Fill the disk under SQLite; on a database server the disk is its own."""
    if url is not None:
        return []
    migrated_folder()  # on the ordinary disk
    with small_disk() as folder:
        if folder is None:
            print("   left out: a small file system cannot be mounted here")
            return []
        kept, tempfile.tempdir = tempfile.tempdir, str(folder)
        try:
            return _fill(folder)
        finally:
            tempfile.tempdir = kept


@contextmanager
def small_disk() -> Iterator[Path | None]:
    """Mount a small file system in memory, where that is permitted."""
    folder = Path(tempfile.mkdtemp(prefix="fieldops-disk-"))
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)]
    permitted = os.geteuid() == 0 and subprocess.run(mount, capture_output=True).returncode == 0
    try:
        yield folder if permitted else None
    finally:
        if permitted:
            subprocess.run(["umount", str(folder)], check=True)
        folder.rmdir()


def _fill(folder: Path) -> list[str]:
    printed: list[str] = []

    def prepare(env: dict[str, str]) -> None:
        printed.append(manage(env, "shell", "-v0", "-c", FURNISH.format(crews=10)))

    with run_server(prepare=prepare) as server:
        phones = read_phones(printed[0], server.url, 11)
        for phone in phones:
            phone.work(0)
        threads = [
            threading.Thread(target=phone.drain, args=(threading.Event(),), daemon=True) for phone in phones
        ]
        for thread in threads:
            thread.start()
        wait_for(lambda: settled(phones) > 40)
        filler = fill(folder)
        wait_for(lambda: sum(statuses(phones).values()) >= 5, 30)
        seen, alive = statuses(phones), _answers(server)
        filler.unlink()
        for thread in threads:
            thread.join()
        wrong = findings(server.env, phones) + _torn(server)
    print(f"   while full: {dict(seen)}; the process answered: {alive}")
    wrong += [f"status {status} while the disk was full" for status in seen if status not in (503, 507)]
    return wrong + ([] if alive else ["the process did not answer while the disk was full"])


def fill(folder: Path) -> Path:
    """Write until nothing more fits."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 65536)
        except OSError:
            pass
    return filler


def statuses(phones: list[Phone]) -> Counter[int]:
    """Return how often the phones were refused with which status."""
    return sum((phone.refusals for phone in phones), Counter())


def _answers(server: Server) -> bool:
    return httpx.get(f"{server.url}/healthz", timeout=20).status_code == 200


def _torn(server: Server) -> list[str]:
    with closing(sqlite3.connect(server.data_dir / "fieldops.sqlite3")) as database:
        said = database.execute("PRAGMA integrity_check").fetchone()[0]
    return [] if said == "ok" else [f"integrity: {said}"]
