"""What a connection may cost before Django sees its request: size, time, and one clear meaning.

Daphne by itself reads any body whole into memory and never drops a half-open request (attacks 29 to 31, 36).
"""

from io import BytesIO
from typing import Any

from daphne.http_protocol import HTTPFactory, WebRequest
from django.conf import settings
from django.http.request import split_domain_port, validate_host
from twisted.protocols.basic import LineReceiver
from twisted.web import http

from fieldops.serving.problems import raw_response

# What a sender must bring in each window of SLOW_CLIENT_S: a phone on a poor line does, a drip does not.
PROGRESS_BYTES = 4096
# How long a refused sender's bytes are read and thrown away. Closing at once would reset the connection and
# take the answer with it.
LINGER_S = 2


class GuardedChannel(http.HTTPChannel):
    """A connection that is timed by progress, not by idleness, and stops listening once it has refused."""

    abortTimeout = 5
    refused = False
    # Bytes since the clock was last set back; None between requests.
    unrewarded: int | None = None

    def dataReceived(self, data: bytes) -> None:
        if self.refused:
            return
        if self.unrewarded is None or self.unrewarded + len(data) >= PROGRESS_BYTES:
            self.resetTimeout()
            self.unrewarded = 0
        self.unrewarded += len(data)
        LineReceiver.dataReceived(self, data)

    def connectionMade(self) -> None:
        self.factory.channels.add(self)
        super().connectionMade()

    def connectionLost(self, reason: Any) -> None:
        self.factory.channels.discard(self)
        super().connectionLost(reason)

    def finish(self) -> None:
        """Close as soon as nothing is being answered: the server is going down."""
        self.persistent = 0
        if self.refused or not self.requests:
            self.loseConnection()

    def requestDone(self, request: Any) -> None:
        self.unrewarded = None
        super().requestDone(request)

    # Twisted goes on parsing, and would run the request, after it has answered 400 to one of its headers.
    def lineReceived(self, line: bytes) -> None:
        if not self.refused:
            super().lineReceived(line)

    def rawDataReceived(self, data: bytes) -> None:
        if not self.refused:
            super().rawDataReceived(data)

    def allContentReceived(self) -> None:
        if not self.refused:
            super().allContentReceived()

    def lineLengthExceeded(self, line: bytes) -> None:
        self.refuse(431, "headers_too_large", "The request's headers are too large")

    def _send100Continue(self) -> None:
        if not self.refused:
            super()._send100Continue()

    def _respondToBadRequestAndDisconnect(self) -> None:
        self.refuse(400, "malformed_request", "The request cannot be read")

    def refuse(self, status: int, code: str, title: str) -> None:
        """Answer, read no more of the request, and close soon."""
        if self.refused:
            return
        self.refused = True
        self.setTimeout(None)
        self.transport.write(raw_response(status, code, title))
        # Cancelled by connectionLost when the client goes first.
        self._abortingCall = self.callLater(LINGER_S, self.forceAbortClient)


class GuardedRequest(WebRequest):
    """A request whose body is counted as it comes and whose Host must be one of ours."""

    # Twisted would parse forms a second time, whole, on the event loop.
    _parsePOSTFormSubmission = False
    received = 0
    content: Any

    def gotLength(self, length: int | None) -> None:
        super().gotLength(length)
        if length is not None and length > settings.BODY_LIMIT_BYTES:
            self._refuse_body()

    def handleContentChunk(self, data: bytes) -> None:
        if self.channel is None or self.channel.refused:
            return
        self.received += len(data)
        if self.received > settings.BODY_LIMIT_BYTES:
            self._refuse_body()
        else:
            super().handleContentChunk(data)

    def process(self) -> Any:
        if not self._names_us():
            return self.channel.refuse(400, "bad_host", "The Host header names another site")
        if self.requestHeaders.hasHeader(b"upgrade"):
            # From here the connection may be a socket's, and this channel is not told when it ends.
            self.channel.factory.channels.discard(self.channel)
        return super().process()

    def _names_us(self) -> bool:
        hosts = self.requestHeaders.getRawHeaders(b"host", [])
        domain, _ = split_domain_port(hosts[0].decode("latin1")) if len(hosts) == 1 else ("", "")
        return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)

    def _refuse_body(self) -> None:
        self.content.close()
        self.content = BytesIO()
        self.channel.refuse(413, "too_large", "The request's body is too large")


class GuardedFactory(HTTPFactory):
    """Makes guarded connections; HTTP/1.1 only, because a socket's upgrade needs it."""

    protocol = GuardedChannel

    def __init__(self, server: Any) -> None:
        super().__init__(server)
        self.channels: set[GuardedChannel] = set()
        self.timeOut = settings.SLOW_CLIENT_S

    def buildProtocol(self, addr: Any) -> Any:
        protocol = http.HTTPFactory.buildProtocol(self, addr)
        protocol.requestFactory = GuardedRequest
        return protocol

    def acceptableProtocols(self) -> list[bytes]:
        return [b"http/1.1"]
