"""Lines cut at every point, and a server set back to its backup: one row, one effect, nothing lost.

A real server and raw sockets: what a phone saved is sent again, the same bytes, until it is answered.
"""

import json
import os
import socket
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.faults.oracle import findings
from tests.faults.phones import CSRF, FURNISH, Phone, read_phones
from tests.servers import Server, manage, postgres_bin, run_server, start_server, wait_until

pytestmark = pytest.mark.slow

BEAT = "from fieldops.feed.restored import keep_mark; from fieldops.lib.clock import now; keep_mark(at=now())"
URL = os.environ.get("DATABASE_URL")


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Server, list[Phone]]]:
    printed: list[str] = []

    def prepare(env: dict[str, str]) -> None:
        printed.append(manage(env, "shell", "-v0", "-c", FURNISH.format(crews=1)))

    with run_server({"DATABASE_URL": URL} if URL else {}, prepare=prepare) as server:
        yield server, read_phones(printed[0], server.url, 1)


def request_of(phone: Phone) -> bytes:
    """Return the phone's unanswered commands as the bytes of one request."""
    commands = [saved.sent for saved in phone.disk if saved.answer is None]
    ids = {"device_id": phone.ids["device_id"], "epoch": phone.ids["epoch"]}
    body = json.dumps({**ids, "commands": commands}).encode()
    host = urlsplit(phone.url).netloc
    head = (
        f"POST /api/v1/sync/commands HTTP/1.1\r\nHost: {host}\r\nOrigin: {phone.url}\r\n"
        f"Cookie: sessionid={phone.ids['session']}; csrftoken={CSRF}\r\nX-CSRFToken: {CSRF}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


@contextmanager
def line(server: Server) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as raw:
        yield raw


def known(phone: Phone) -> int:
    """Return the highest command number the server has of this phone."""
    body = {"device_id": phone.ids["device_id"], "epoch": phone.ids["epoch"], "commands": []}
    with phone.client() as client:
        return int(client.post("/api/v1/sync/commands", json=body).json()["known_seq"])


def gen_of(phone: Phone) -> str:
    """Return the generation of the phone's feed."""
    with phone.client() as client:
        return str(client.get("/api/v1/sync/snapshot").json()["gen"])


def cut_before(server: Server, phone: Phone) -> None:
    with line(server):
        pass


def cut_in_the_body(server: Server, phone: Phone) -> None:
    with line(server) as raw:
        raw.sendall(request_of(phone)[:-40])


def cut_before_the_answer(server: Server, phone: Phone) -> None:
    with line(server) as raw:
        raw.sendall(request_of(phone))
        wait_until(lambda: known(phone) == phone.seq, "the commands were not applied")


def cut_in_the_answer(server: Server, phone: Phone) -> None:
    with line(server) as raw:
        raw.sendall(request_of(phone))
        assert raw.recv(20)


@pytest.mark.parametrize(
    ("cut", "applied"),
    [(cut_before, False), (cut_in_the_body, False), (cut_before_the_answer, True), (cut_in_the_answer, True)],
)
def test_a_cut_line_costs_nothing(running, cut, applied):
    server, phones = running
    phone = phones[0]
    before = phone.seq
    phone.work(phone.seq, lines=1)

    cut(server, phone)

    assert known(phone) == (phone.seq if applied else before)
    replays = phone.send_all()
    # What was applied is told again; what was not is applied now, if need be at a second try.
    assert len(replays) == phone.seq - before and (all(replays) or not applied)
    assert known(phone) == phone.seq
    assert phone.wrong == []


def test_a_server_set_back_to_its_backup_gets_everything_again(running, tmp_path):
    server, phones = running
    phone = phones[1]
    phone.work(1, lines=1)
    phone.send_all()
    kept = phone.seq
    gen = gen_of(phone)
    manage(server.env, "shell", "-v0", "-c", BEAT)
    backup = save(server, tmp_path)
    phone.work(2, lines=1)
    phone.send_all()
    assert known(phone) == phone.seq
    manage(server.env, "shell", "-v0", "-c", BEAT)
    server.stop()

    restore(server, backup)

    with start_server(server.env, port=server.port):
        assert known(phone) == kept < phone.seq
        assert gen_of(phone) != gen
        # A phone sends everything settled above the server's number again; below it, it is harmless.
        for saved in phone.disk:
            saved.answer = None
        assert phone.send_all() == [True] * kept + [False] * (phone.seq - kept)
        assert known(phone) == phone.seq
        # Of every line cut above, too.
        assert findings(server.env, phones) == []


def save(server: Server, folder: Path) -> Path:
    """Take a backup of the running server's database."""
    backup = folder / "backup"
    if url := server.env.get("DATABASE_URL"):
        dump = [
            str(programs() / "pg_dump"),
            "-d",
            url.replace("postgres://", "postgresql://"),
            "-f",
            str(backup),
        ]
        subprocess.run(dump, check=True)
    else:
        live = sqlite3.connect(server.data_dir / "fieldops.sqlite3")
        with closing(live), closing(sqlite3.connect(backup)) as copy:
            live.backup(copy)
    return backup


def restore(server: Server, backup: Path) -> None:
    """Put the backup in the place of the database."""
    if url := server.env.get("DATABASE_URL"):
        name = urlsplit(url).path[1:]
        with psycopg.connect(url.replace(f"/{name}", "/postgres"), autocommit=True) as admin:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
            admin.execute(f'CREATE DATABASE "{name}"')
        load = [
            str(programs() / "psql"),
            "-q",
            "-v",
            "ON_ERROR_STOP=1",
            "-d",
            url.replace("postgres:", "postgresql:"),
        ]
        subprocess.run([*load, "-f", str(backup)], check=True, stdout=subprocess.DEVNULL)
    else:
        for name in ("fieldops.sqlite3-wal", "fieldops.sqlite3-shm"):
            (server.data_dir / name).unlink(missing_ok=True)
        (server.data_dir / "fieldops.sqlite3").write_bytes(backup.read_bytes())


def programs() -> Path:
    found = postgres_bin()
    assert found
    return found
