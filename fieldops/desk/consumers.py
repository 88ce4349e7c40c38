"""`/ws/desk`: a page of the centre on the desk's feed."""

import contextlib
import uuid
from typing import Any

from fieldops.desk.casepage import PARTS
from fieldops.feed.hub import send_frame
from fieldops.feed.models import desk
from fieldops.feed.socket import FeedSocket
from fieldops.teams.access import may
from fieldops.teams.models import User


class DeskSocket(FeedSocket):
    """One page of one officer."""

    window_bytes = 256 * 1024

    def recipient_for(self, user: User) -> str | None:
        return desk(user.center_id) if may(user, "cases.see") and user.center_id else None

    async def heard(self, message: dict[str, Any]) -> None:
        """Pass on which case a page has open and where it writes, to this desk's pages; kept by nobody."""
        here = message.get("here")
        if not self._joined or not isinstance(here, dict):
            return
        case, part = here.get("case"), here.get("part")
        frame = {
            "user_id": self.user_id,
            "name": self.scope["user"].name,
            "case": _id(case),
            "part": part if part in PARTS else "",
        }
        send_frame(self.recipient, {"here": frame})


def _id(said: object) -> str:
    with contextlib.suppress(ValueError):
        return str(uuid.UUID(said)) if isinstance(said, str) else ""
    return ""
