"""Who did something: a user, or the system; carried into timeline and audit."""

import uuid
from dataclasses import dataclass, field

from fieldops.lib.errors import Forbidden
from fieldops.teams.models import User


@dataclass(frozen=True)
class Actor:
    """The doer of a change; `by_voice` when the desk did it for a crew whose phone is dead."""

    user_id: uuid.UUID | None
    name: str
    kind: str = "user"  # user, system, feed
    by_voice: bool = False
    estimated: bool = False
    person: User | None = field(default=None, compare=False, repr=False)


SYSTEM = Actor(None, "", "system")
CITY = Actor(None, "", "feed")


def actor(user: User, *, by_voice: bool = False, estimated: bool = False) -> Actor:
    """Return `user` as the doer."""
    return Actor(user.pk, user.name, "user", by_voice, estimated, user)


def user_of(by: Actor) -> uuid.UUID:
    """Return who did it where only a person can. Raises Forbidden for the system."""
    if by.user_id is None:
        raise Forbidden()
    return by.user_id
