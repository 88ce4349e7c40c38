"""`/ws/desk`: a page of the centre on the desk's feed."""

from fieldops.feed.models import desk
from fieldops.feed.socket import FeedSocket
from fieldops.teams.access import may
from fieldops.teams.models import User


class DeskSocket(FeedSocket):
    """One page of one officer."""

    window_bytes = 256 * 1024

    def recipient_for(self, user: User) -> str | None:
        return desk(user.center_id) if may(user, "cases.see") and user.center_id else None
