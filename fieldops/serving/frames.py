"""What one open socket may cost: frames a second upwards, unread bytes downwards."""

import time
from typing import Any

from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol

# A phone sends a few frames a minute; a burst after a reconnect stays far below this.
FRAMES_BURST = 200
FRAMES_PER_S = 40
STALLED_S = 30

POLICY = 1008
RESTARTING = 1012
STALLED = 4008


class GuardedSocket(WebSocketProtocol):
    """A socket that is closed for flooding (attack 27) or for not reading what it is sent."""

    allowance = float(FRAMES_BURST)

    def onOpen(self) -> None:
        self.counted_at = time.monotonic()
        self.stalled_since: float | None = None
        # The HTTP channel stays registered after the upgrade, and would ignore that we write too fast.
        self.transport.unregisterProducer()
        self.transport.registerProducer(self, True)
        super().onOpen()

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        now = time.monotonic()
        self.allowance = min(FRAMES_BURST, self.allowance + (now - self.counted_at) * FRAMES_PER_S) - 1
        self.counted_at = now
        if self.allowance < 0:
            self.cut(POLICY)
        else:
            super().onMessage(payload, isBinary)

    def check_timeouts(self) -> None:
        super().check_timeouts()
        stalled_since = getattr(self, "stalled_since", None)
        if stalled_since is not None and time.monotonic() - stalled_since > STALLED_S:
            self.cut(STALLED)

    def serverSend(self, content: Any, binary: bool = False) -> None:
        """Write, unless the line has just closed: the application hears of that by its disconnect."""
        if self.state in (self.STATE_CONNECTING, self.STATE_OPEN):
            self.allowance += 1  # what we say may be acknowledged, however much we say
            super().serverSend(content, binary)

    def cut(self, code: int) -> None:
        """Close with `code` and take nothing more in; who does not answer is dropped after a moment."""
        if self.state != self.STATE_OPEN:
            return
        self.application_queue.put_nowait({"type": "websocket.disconnect", "code": code})
        self.muted = True
        # sendClose refuses codes that the standard keeps for servers, such as 1012.
        self.sendCloseFrame(code=code)

    # The transport's three calls to whoever fills its buffer.
    def pauseProducing(self) -> None:
        self.stalled_since = time.monotonic()

    def resumeProducing(self) -> None:
        self.stalled_since = None

    def stopProducing(self) -> None:
        """Nothing to stop: frames come from the hub, which hears of the disconnect."""


class GuardedSocketFactory(WebSocketFactory):
    """Makes guarded sockets."""

    protocol = GuardedSocket

    def __init__(self, server: Any) -> None:
        super().__init__(server, server=server.server_name)
        self.setProtocolOptions(
            autoPingTimeout=server.ping_timeout,
            allowNullOrigin=True,
            openHandshakeTimeout=server.websocket_handshake_timeout,
            closeHandshakeTimeout=2,
            maxMessagePayloadSize=server.websocket_max_message_size,
            maxFramePayloadSize=server.websocket_max_frame_size,
            # Say why (1009, 1007, 1002) instead of only hanging up.
            failByDrop=False,
        )
