"""Starting and stopping: clean ends, one sentence where it cannot start."""

import asyncio
import json
import signal
import subprocess
import sys

import httpx
import pytest
from websockets.asyncio.client import connect as connect_socket

from tests.servers import (
    ROOT,
    cookie_header,
    free_port,
    listens,
    run_server,
    sign_in,
    start_server,
    stop,
    stranger,
    wait_until,
)
from tests.serving.conftest import PASSWORD, add_wei, connect, read_all

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "terminate"])
def test_it_stops_cleanly(how: signal.Signals) -> None:
    with run_server() as server:
        httpx.get(f"{server.url}/readyz")

        # One that does not listen is killed, and ends with another code.
        assert (server.stop(how), server.log.count("Traceback")) == (0, 0)


def test_a_socket_is_told_to_come_back() -> None:
    with run_server(prepare=add_wei) as server, sign_in(server, "wei", PASSWORD) as wei:
        headers = {"Cookie": cookie_header(wei)}

        async def stopped_while_open() -> int | None:
            address = f"{server.ws_url}/ws/desk"
            async with connect_socket(address, origin=server.url, additional_headers=headers) as line:
                server.process.send_signal(signal.SIGTERM)
                async with asyncio.timeout(20):
                    await line.wait_closed()
                return line.close_code

        assert asyncio.run(stopped_while_open()) == 1012
        assert (server.stop(), server.log.count("Traceback")) == (0, 0)


def test_what_was_begun_is_finished() -> None:
    with run_server(prepare=add_wei) as server, stranger(server) as client, connect(server) as line:
        body = json.dumps({"username": "wei", "password": PASSWORD}).encode()
        head = [
            "POST /_allauth/browser/v1/auth/login HTTP/1.1",
            f"Host: localhost:{server.port}",
            f"Origin: {server.url}",
            f"Cookie: {cookie_header(client)}",
            f"X-CSRFToken: {client.cookies['csrftoken']}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            "Expect: 100-continue",
        ]
        line.sendall("\r\n".join([*head, "", ""]).encode())
        assert line.recv(64).startswith(b"HTTP/1.1 100 "), "it has begun"

        server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: not listens(server.port), "it still takes new connections")
        line.sendall(body)

        assert line.recv(64).startswith(b"HTTP/1.1 200 ")
        read_all(line)
        assert (server.stop(), server.log.count("Traceback")) == (0, 0)


def test_a_second_start_on_a_taken_port_says_so_in_a_sentence() -> None:
    with run_server() as server:
        command = [sys.executable, "manage.py", "serve", "--port", str(server.port)]
        done = subprocess.run(command, cwd=ROOT, env=server.env, capture_output=True, text=True, timeout=60)

    assert done.returncode == 1
    assert "PORT=" in done.stderr and "Traceback" not in done.stderr


def test_an_empty_database_is_refused_in_a_sentence(tmp_path: object) -> None:
    with run_server() as server:
        env = {**server.env, "FIELDOPS_DATA_DIR": str(tmp_path)}
        env.pop("DATABASE_URL", None)
        command = [sys.executable, "manage.py", "serve", "--port", str(free_port())]
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60)

    assert done.returncode == 1
    assert "migrate" in done.stderr and "Traceback" not in done.stderr


def test_a_restart_answers_again_on_the_same_database() -> None:
    with run_server(prepare=add_wei) as server:
        server.stop()
        with start_server(server.env, port=server.port) as again, sign_in(again, "wei", PASSWORD) as wei:
            assert wei.get("/readyz").status_code == 200


def test_the_timers_beat_shows_within_seconds() -> None:
    with run_server(args=("--no-timers",)) as server:
        assert httpx.get(f"{server.url}/readyz").json()["checks"]["timers"] is False
        command = [sys.executable, "manage.py", "runtimers"]
        worker = subprocess.Popen(command, cwd=ROOT, env=server.env)
        try:
            wait_until(lambda: httpx.get(f"{server.url}/readyz").status_code == 200, "no beat")
        finally:
            assert stop(worker) == 0
