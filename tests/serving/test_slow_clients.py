"""Half-open and dripping clients are dropped; others do not notice (attack 30)."""

import socket
import time

import httpx
import pytest

from tests.servers import Server, wait_until
from tests.serving.conftest import SLOW_CLIENT_S, connect, read_all

CROWD = 300


def is_closed(line: socket.socket) -> bool:
    """Tell whether the server has hung up."""
    try:
        return line.recv(4096) == b""
    except BlockingIOError:
        return False
    except ConnectionResetError:
        return True


@pytest.mark.slow
def test_three_hundred_slow_clients_are_dropped_and_others_served(impatient: Server) -> None:
    before = impatient.rss_mb()
    lines = [connect(impatient) for _ in range(CROWD)]
    slowest = 0.0
    begun = time.monotonic()
    for line in lines:
        line.setblocking(False)
        line.send(b"POST /api/v1/alerts HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n")

    while not all(is_closed(line) for line in lines):
        for line in lines:
            try:
                line.send(b"X-a: b\r\n")  # never idle, never done
            except OSError:
                pass
        asked = time.monotonic()
        assert httpx.get(f"{impatient.url}/healthz").status_code == 200
        slowest = max(slowest, time.monotonic() - asked)
        assert time.monotonic() - begun < SLOW_CLIENT_S + 20
        time.sleep(0.3)

    assert slowest < 1
    assert impatient.rss_mb() - before < 20


def test_a_silent_connection_is_dropped(impatient: Server) -> None:
    with connect(impatient) as line:
        line.setblocking(False)
        wait_until(lambda: is_closed(line), "the silent connection is still open", SLOW_CLIENT_S + 10)


def test_a_slow_but_honest_upload_is_taken(impatient: Server) -> None:
    part = b"0" * 5000
    with connect(impatient) as line:
        head = b"POST /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
        line.sendall(head % (len(part) * 3))
        for _ in range(3):
            time.sleep(SLOW_CLIENT_S * 0.6)
            line.sendall(part)
        answer = read_all(line)

    assert answer.startswith(b"HTTP/1.1 "), "more time than the patience, but always moving"
