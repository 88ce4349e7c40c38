"""`/ws/sync`: a phone on its user's feed; what it acknowledges is delivered, what it shows is seen."""

import asyncio
import json
import logging
import uuid
from typing import Any

from fieldops.dispatch.actions import mark_seen
from fieldops.feed.models import user as user_recipient
from fieldops.feed.socket import FeedSocket
from fieldops.lib.clock import now
from fieldops.lib.errors import Problem
from fieldops.sync.cursors import take_cursor
from fieldops.sync.devices import device_of, touch
from fieldops.teams.access import may
from fieldops.teams.models import User

log = logging.getLogger(__name__)

ACK_BATCH_S = 0.2
REVOKED = 4403


class PhoneSocket(FeedSocket):
    """One phone."""

    async def connect(self) -> None:
        self.device_id: uuid.UUID | None = None
        self._ack_top = 0
        self._seen: set[uuid.UUID] = set()
        self._flush: asyncio.Task[None] | None = None
        await super().connect()

    def recipient_for(self, user: User) -> str | None:
        return user_recipient(user.pk) if may(user, "phone") else None

    async def greeted(self, hello: dict[str, Any]) -> bool:
        """A phone names its device; one taken off the list, or unknown, is refused."""
        try:
            device_id, epoch = uuid.UUID(str(hello["device_id"])), uuid.UUID(str(hello["epoch"]))
            device = await self.run(device_of, self.scope["user"], device_id, epoch)
        except (KeyError, ValueError, Problem):
            log.warning("refused socket: user %s names phone %s", self.user_id, _uuid(hello.get("device_id")))
            return False
        self.device_id = device.pk
        return True

    async def frame(self, text: str) -> None:
        """Pass a frame on; the one that says this phone was taken off the list closes it instead."""
        revoked = json.loads(text).get("revoked")
        if revoked is None:
            await super().frame(text)
        elif revoked == str(self.device_id):
            await self.send(json.dumps({"gone": {"reason": "device_revoked"}}))
            await self.close(REVOKED)

    async def acked(self, cursor: int) -> None:
        if self._joined:  # else its hello was refused, and it counts a feed that is no more
            self._ack_top = max(self._ack_top, cursor)
            self._flush_soon()

    async def heard(self, message: dict[str, Any]) -> None:
        seen = message.get("seen")
        if isinstance(seen, list):
            self._seen |= {found for item in seen[:200] if (found := _uuid(item))}
            self._flush_soon()

    async def disconnect(self, code: int) -> None:
        await super().disconnect(code)
        if self._flush is None and (self._ack_top or self._seen):
            await self._write_receipts()

    def _flush_soon(self) -> None:
        """Commit receipts in batches: a crowd of phones must not make a transaction each time it blinks."""
        if self._flush is None and self.device_id:
            self._flush = asyncio.ensure_future(self._flush_later())

    async def _flush_later(self) -> None:
        await asyncio.sleep(ACK_BATCH_S)
        self._flush = None
        await self._write_receipts()

    async def _write_receipts(self) -> None:
        top, self._ack_top = self._ack_top, 0
        seen, self._seen = self._seen, set()
        if self.device_id:
            try:
                await self.run(write_receipts, self.scope["user"], self.device_id, top, seen)
            except Problem:
                await self.close(REVOKED)  # the phone was taken off the list meanwhile


def write_receipts(user: User, device_id: uuid.UUID, cursor: int, seen: set[uuid.UUID]) -> None:
    """Commit what a phone has on disk and what it has shown."""
    at = now()
    device = device_of(user, device_id)
    touch(device=device, at=at)
    if cursor:
        take_cursor(user=user, device_id=device_id, cursor=cursor, at=at)
    if seen:
        mark_seen(user_id=user.pk, ids=seen, at=at)


def _uuid(value: Any) -> uuid.UUID | None:
    try:
        return uuid.UUID(str(value))
    except ValueError:
        return None
