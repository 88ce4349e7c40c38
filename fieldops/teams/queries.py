"""Who is on duty, and who owns the desk."""

import datetime as dt
import uuid

from django.contrib.sessions.models import Session as StoredSession

from fieldops.feed.hub import Session
from fieldops.feed.models import desk
from fieldops.feed.models import user as user_recipient
from fieldops.lib.clock import now
from fieldops.lib.errors import Forbidden
from fieldops.teams.access import may, visible
from fieldops.teams.models import DeskShift, Device, Position, Post, Shift, User


def owns_desk(user_id: uuid.UUID, at: dt.datetime) -> bool:
    """Tell whether this person owns a desk shift that covers `at`."""
    return DeskShift.objects.filter(owner_id=user_id, starts_at__lte=at, ends_at__gt=at).exists()


def require_recall(user: User, *, at: dt.datetime) -> None:
    """Recall and reassign: the supervisor, or the duty officer who owns the present desk shift."""
    if may(user, "dispatch.recall") or (user.role == "duty" and owns_desk(user.pk, at)):
        return
    raise Forbidden(capability="dispatch.recall")


def shifts_on(center_id: uuid.UUID, at: dt.datetime) -> list[Shift]:
    """Return the centre's crews whose shift covers `at`, with team and members, by call sign."""
    rows = Shift.objects.filter(center_id=center_id, starts_at__lte=at, ends_at__gt=at)
    rows = rows.select_related("team").prefetch_related("members__user__devices", "members__user__position")
    return list(rows.order_by("team__call_sign"))


def current_shift(user: User, at: dt.datetime) -> Shift | None:
    """Return the shift this person is on at `at`, if any."""
    rows = Shift.objects.filter(members__user=user, starts_at__lte=at, ends_at__gt=at)
    return (
        rows.select_related("team").prefetch_related("members__user__devices").order_by("starts_at").first()
    )


def crew_recipients(shift: Shift) -> list[str]:
    """Return the feed recipients of a shift's people."""
    return [user_recipient(member.user_id) for member in shift.members.all()]


def everyone_of(shift: Shift) -> list[str]:
    """Return the crew and their centre's desk."""
    return [desk(shift.center_id), *crew_recipients(shift)]


def live_device(user: User) -> Device | None:
    """Return the phone the person last used, if it is not revoked."""
    devices = [device for device in user.devices.all() if device.revoked_at is None]
    return max(devices, key=lambda device: device.last_seen_at, default=None)


def last_position(user: User) -> Position | None:
    """Return where the person last was, if known."""
    return getattr(user, "position", None)


def shift_of_team(team_id: uuid.UUID, at: dt.datetime, *, user: User) -> Shift | None:
    """Return the crew within reach whose shift covers `at`; the newest where a handover overlaps."""
    rows = Shift.objects.filter(team_id=team_id, starts_at__lte=at, ends_at__gt=at).select_related("team")
    return visible(rows, user).order_by("-starts_at").first()


def ended_sessions(sessions: set[Session]) -> set[Session]:
    """Return which are signed out, expired, of a disabled user, or of one with another post or password."""
    keys = {key for key, _user_id, _standing in sessions}
    alive = set(StoredSession.objects.filter(pk__in=keys, expire_date__gt=now()).values_list("pk", flat=True))
    ids = {user_id for _key, user_id, _standing in sessions}
    posts = {post.user_id: post for post in Post.objects.filter(user_id__in=ids).order_by("-pk")}
    standing = {}
    for user in User.objects.filter(pk__in=ids, is_active=True):
        user.post = posts.get(user.pk)  # read for all at once
        standing[str(user.pk)] = user.standing
    return {one for one in sessions if one[0] not in alive or standing.get(one[1]) != one[2]}
