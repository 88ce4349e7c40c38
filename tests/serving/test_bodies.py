"""Bodies larger than allowed are cut, whichever way their length is told, without filling memory."""

import socket

import pytest

from tests.servers import Server
from tests.serving.conftest import connect, read_all

MB = 1024 * 1024
HEAD = b"POST /api/v1/alerts HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


def pour(line: socket.socket, megabytes: int, *, chunked: bool) -> None:
    """Send zeros until done or until the server hangs up."""
    part = b"0" * MB
    framed = b"%x\r\n%s\r\n" % (MB, part) if chunked else part
    try:
        for _ in range(megabytes):
            line.sendall(framed)
        if chunked:
            line.sendall(b"0\r\n\r\n")
    except (BrokenPipeError, ConnectionResetError):
        pass


@pytest.mark.parametrize("chunked", [False, True], ids=["declared", "chunked"])
class TestLargeBody:
    def test_it_answers_413_and_memory_stays(self, server: Server, chunked: bool) -> None:
        before = server.rss_mb()
        length = (
            b"Transfer-Encoding: chunked\r\n\r\n" if chunked else b"Content-Length: %d\r\n\r\n" % (200 * MB)
        )

        with connect(server) as line:
            line.sendall(HEAD + length)
            pour(line, 200, chunked=chunked)
            answer = read_all(line)

        assert answer.startswith(b"HTTP/1.1 413 ")
        assert b"application/problem+json" in answer and b'"too_large"' in answer
        assert server.rss_mb() - before < 20

    def test_it_answers_while_the_sender_waits(self, server: Server, chunked: bool) -> None:
        if chunked:
            pytest.skip("a chunked length is known only by reading")
        with connect(server) as line:
            line.sendall(HEAD + b"Content-Length: %d\r\nExpect: 100-continue\r\n\r\n" % (200 * MB))
            answer = line.recv(65536)

        assert answer.startswith(b"HTTP/1.1 413 "), "no 100 Continue before the refusal"


def test_many_large_bodies_at_once_do_not_add_up(server: Server) -> None:
    before = server.rss_mb()
    lines = [connect(server) for _ in range(20)]

    for line in lines:
        line.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        pour(line, 11, chunked=True)
        line.sendall(b"0\r\n\r\n")
    answers = [line.recv(64) for line in lines]
    for line in lines:
        line.close()

    assert all(answer.startswith(b"HTTP/1.1 ") for answer in answers)
    assert server.rss_mb() - before < 60
