"""One real server for the tests of this folder, and sockets to it."""

import socket
from collections.abc import Iterator

import pytest

from tests.servers import Server, run_server

SLOW_CLIENT_S = 3


@pytest.fixture(scope="package")
def server() -> Iterator[Server]:
    """A server with a short patience, so that slow clients can be tested quickly."""
    with run_server({"FIELDOPS_SLOW_CLIENT_S": str(SLOW_CLIENT_S)}) as running:
        yield running


def connect(server: Server) -> socket.socket:
    """Open a plain TCP connection to the server."""
    return socket.create_connection(("127.0.0.1", server.port), timeout=20)


def send_raw(server: Server, request: bytes) -> bytes:
    """Send bytes as they are and return all that comes back until the server closes."""
    with connect(server) as line:
        line.sendall(request)
        return read_all(line)


def read_all(line: socket.socket) -> bytes:
    """Read until the other side closes or resets."""
    parts = []
    try:
        while part := line.recv(65536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)
