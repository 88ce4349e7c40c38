"""One real server for the tests of this folder, and sockets to it."""

import socket
from collections.abc import Iterator

import httpx
import pytest

from tests.servers import Server, manage, run_server, sign_in

SLOW_CLIENT_S = 3
PASSWORD = "correct-horse-battery"
ADD_WEI = f"""
from fieldops.teams.models import Center, Post, User
center = Center.objects.create(name="Test", code="test", phone="023-1", lng=107.39, lat=29.7)
user = User.objects.create_user("wei", password="{PASSWORD}", name="Wei")
Post.objects.create(user=user, center=center, role="duty")
"""


@pytest.fixture(scope="package")
def server() -> Iterator[Server]:
    """A server as it comes, and one person, Wei."""
    with run_server(prepare=add_wei) as running:
        yield running


@pytest.fixture(scope="module")
def impatient() -> Iterator[Server]:
    """A server that drops slow clients soon."""
    with run_server({"FIELDOPS_SLOW_CLIENT_S": str(SLOW_CLIENT_S)}) as running:
        yield running


@pytest.fixture(scope="package")
def wei(server: Server) -> Iterator[httpx.Client]:
    """Wei's signed-in browser."""
    with sign_in(server, "wei", PASSWORD) as client:
        yield client


def add_wei(env: dict[str, str]) -> None:
    """Add a duty officer to the database of `env`."""
    manage(env, "shell", "-v0", "-c", ADD_WEI)


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
