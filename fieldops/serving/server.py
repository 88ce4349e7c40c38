"""Daphne with our guards in front and a clean way to stop.

Importing this module installs Twisted's asyncio reactor, so only the serve command does.
"""

import asyncio
import logging
from collections.abc import Callable
from io import BytesIO
from typing import Any

from daphne import server as daphne_server
from twisted.internet import defer, reactor
from twisted.internet.endpoints import serverFromString
from twisted.internet.error import CannotListenError
from twisted.logger import STDLibLogObserver, globalLogBeginner
from twisted.web.server import Site

from fieldops.serving.frames import RESTARTING, GuardedSocket, GuardedSocketFactory
from fieldops.serving.guards import GuardedFactory, GuardedRequest
from fieldops.serving.pool import BODY

logger = logging.getLogger(__name__)

MAX_FRAME_BYTES = 64 * 1024
# A dead line is found within PING_EVERY_S + PONG_WITHIN_S + the 2 s between two looks.
PING_EVERY_S = 20
PONG_WITHIN_S = 20
REQUEST_LIMIT_S = 120
FINISH_WITHIN_S = 15


class Server(daphne_server.Server):
    """Listens on `endpoints` and runs `application` until SIGINT or SIGTERM."""

    def __init__(self, application: Any, endpoints: list[str], **options: Any) -> None:
        super().__init__(
            application,
            endpoints,
            http_timeout=REQUEST_LIMIT_S,
            ping_interval=PING_EVERY_S,
            ping_timeout=PONG_WITHIN_S,
            websocket_timeout=-1,
            websocket_max_message_size=MAX_FRAME_BYTES,
            websocket_max_frame_size=MAX_FRAME_BYTES,
            server_name="fieldops",
            **options,
        )
        self.ports: list[Any] = []
        self.failure = ""
        self.on_start: list[Callable[[], object]] = []
        self.on_stop: list[Callable[[], object]] = []

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The one long-lived event loop of this process."""
        return daphne_server.twisted_loop

    def run(self) -> None:
        """Serve until told to stop; `failure` says why it could not start."""
        self.connections: dict[Any, dict[str, Any]] = {}
        self.http_factory = GuardedFactory(self)
        self.ws_factory = GuardedSocketFactory(self)
        observers = [STDLibLogObserver("twisted")] if self.verbosity > 1 else [lambda _event: None]
        globalLogBeginner.beginLoggingTo(observers, redirectStandardIO=False, discardBuffer=True)
        asyncio.set_event_loop(self.loop)

        for description in self.endpoints:
            listening = serverFromString(reactor, description).listen(self.http_factory)
            listening.addCallbacks(self.listen_success, self.listen_error)
        if self.failure:
            return

        reactor.callLater(1, self.application_checker)
        reactor.callLater(2, self.timeout_checker)
        for start in self.on_start:
            reactor.callWhenRunning(start)
        reactor.addSystemEventTrigger("before", "shutdown", self.drain)
        reactor.run(installSignalHandlers=self.signal_handlers)

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        if isinstance(protocol, GuardedRequest):
            # The pool reads the body where it lies, large ones on disk; Daphne would queue it whole.
            scope[BODY], protocol.content = protocol.content, BytesIO()
        return super().create_application(protocol, scope)

    def listen_plainly(self, site: Any, port: int, bind: str) -> None:
        """Serve a small Twisted resource beside the application; call before `run`."""
        try:
            self.ports.append(reactor.listenTCP(port, Site(site), interface=bind))
        except CannotListenError as error:
            self.failure = str(error)

    def listen_success(self, port: Any) -> None:
        self.ports.append(port)
        super().listen_success(port)

    def listen_error(self, failure: Any) -> None:
        self.failure = failure.getErrorMessage()

    def drain(self) -> Any:
        """Stop listening, tell sockets to come back later, let running requests finish."""
        return defer.Deferred.fromFuture(asyncio.ensure_future(self._drain(), loop=self.loop))

    async def _drain(self) -> None:
        for port in self.ports:
            port.stopListening()
        for protocol in list(self.connections):
            if isinstance(protocol, GuardedSocket):
                protocol.cut(RESTARTING)
        for channel in list(self.http_factory.channels):
            channel.finish()

        deadline = self.loop.time() + FINISH_WITHIN_S
        while (self.http_factory.channels or self._running()) and self.loop.time() < deadline:
            await asyncio.sleep(0.05)
        unfinished = self._running()
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)
        for stop in self.on_stop:
            stop()

    def _running(self) -> list["asyncio.Task[None]"]:
        tasks = [details.get("application_instance") for details in self.connections.values()]
        return [task for task in tasks if task and not task.done()]
