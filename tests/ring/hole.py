"""A hole in the network: connections stay open, and from a moment on not one byte passes either way."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Hole:
    """A TCP proxy before a server; `swallow` and it looks open and is dead."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.swallows = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.url = f"http://localhost:{self.port}"
        self.sockets: list[socket.socket] = []

    def accept(self) -> None:
        with suppress(OSError):
            while True:
                down, _ = self.listener.accept()
                up = socket.create_connection(("127.0.0.1", self.target))
                self.sockets += [down, up]
                for source, sink in ((down, up), (up, down)):
                    threading.Thread(target=self.carry, args=(source, sink), daemon=True).start()

    def carry(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if not self.swallows.is_set():
                    sink.sendall(data)
            if not self.swallows.is_set():
                sink.close()

    def close(self) -> None:
        self.listener.close()
        for end in self.sockets:
            end.close()


@contextmanager
def hole(target: int) -> Iterator[Hole]:
    """Run the proxy before the local port `target`."""
    running = Hole(target)
    threading.Thread(target=running.accept, daemon=True).start()
    try:
        yield running
    finally:
        running.close()
