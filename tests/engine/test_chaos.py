"""The proxy breaks what it says it breaks."""

import http.server
import threading
from collections.abc import Iterator

import httpx
import pytest

from tests.chaos import chaos

ANSWER = b'{"saved": true, "words": "' + b"x" * 400 + b'"}'


class Echo(http.server.BaseHTTPRequestHandler):
    """A server that counts what arrives whole."""

    taken: list[bytes]

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        body = self.rfile.read(length)
        if len(body) == length:
            self.taken.append(body)
        self.send_response(200)
        self.send_header("Content-Length", str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def echo() -> Iterator[tuple[int, list[bytes]]]:
    """A server on a free port, and what it took."""
    taken: list[bytes] = []
    handler = type("Taking", (Echo,), {"taken": taken})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1], taken
        server.shutdown()


@pytest.mark.parametrize(
    ("fault", "arrived"),
    [("before", 0), ("mid_body", 0), ("unanswered", 1), ("mid_answer", 1), ("truncated", 1)],
)
def test_it_breaks_one_request_as_planned(echo: tuple[int, list[bytes]], fault: str, arrived: int) -> None:
    port, taken = echo
    with chaos(port) as net:
        net.next("/save", fault)

        with pytest.raises(httpx.TransportError):
            httpx.post(f"{net.url}/save", content=b"words" * 50, timeout=5)

        assert len(taken) == arrived
        assert httpx.post(f"{net.url}/save", content=b"again", timeout=5).content == ANSWER
        assert (net.count["/save"], net.waiting) == (2, 0)


def test_it_leaves_a_request_without_an_answer(echo: tuple[int, list[bytes]]) -> None:
    port, taken = echo
    with chaos(port) as net:
        net.next("/save", "silent")

        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{net.url}/save", content=b"words", timeout=0.5)

        assert taken == [b"words"]
