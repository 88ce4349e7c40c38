"""Write who is on duty, and what an installation is."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from fieldops.audit.actions import append
from fieldops.feed.changes import Change, change
from fieldops.feed.models import user as user_recipient
from fieldops.lib import keys, sealed
from fieldops.lib.db import locked
from fieldops.lib.errors import NotFound, Problem
from fieldops.teams.models import Duty, Installation, Post, RosterLine, Shift, ShiftMember, Team, User
from fieldops.teams.queries import everyone_of
from fieldops.teams.wire import shift_wire


class WrongInstallation(Exception):
    """This database was made with other keys, or is a demo database opened without the demo flag."""


class Overlap(Problem):
    """A person cannot be on two shifts at once."""

    code = "shift_overlap"
    words = _("This person is on another shift in these hours.")


def open_installation(*, at: dt.datetime) -> Installation:
    """Check that keys and mode belong to this database; make both on the very first start.

    Raises WrongInstallation with words an operator can act on.
    """
    if not Installation.objects.exists():
        keys.make_keyring(settings.DATA_KEYS_DIR)
        first = {"key_check": sealed.check_value(), "made_at": at, "demo": settings.DEMO}
        Installation.objects.get_or_create(pk=1, defaults=first)  # several processes may start at once
    found = Installation.objects.get()
    try:
        value = sealed.check_value()
    except keys.KeysMissing as error:
        raise WrongInstallation(f"The data keys are missing ({error}); put back the keys folder.") from error
    if value != found.key_check:
        raise WrongInstallation("The data keys are not those this database was made with.")
    if found.demo and not settings.DEMO:
        raise WrongInstallation("This is a demo database; start with FIELDOPS_DEMO=1 or use another.")
    if settings.DEMO and not found.demo:
        raise WrongInstallation("This is a real database; demo mode is refused.")
    return found


def add_shift(
    *,
    team: Team,
    members: Sequence[User],
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    at: dt.datetime,
    line: RosterLine | None = None,
    day: dt.date | None = None,
) -> Shift:
    """Put people on a team from–to. Raises Overlap when one is already on a shift in these hours."""
    with change() as changed:
        # Under the members' locks, in sorted order: two rosters written at once cannot both pass the check.
        people = lock_people(team.center_id, [user.pk for user in members])
        busy = ShiftMember.objects.filter(
            user__in=people, shift__starts_at__lt=ends_at, shift__ends_at__gt=starts_at
        ).select_related("user")
        if clash := busy.first():
            raise Overlap(user=clash.user.username)

        shift = Shift.objects.create(
            center_id=team.center_id, team=team, starts_at=starts_at, ends_at=ends_at, line=line, day=day
        )
        ShiftMember.objects.bulk_create([ShiftMember(shift=shift, user=user) for user in people])

        publish_shift(changed, shift, at)
        return shift


def lock_people(center_id: uuid.UUID, user_ids: Iterable[uuid.UUID]) -> list[User]:
    """Lock people in sorted order and return them. Raises NotFound for one of another centre."""
    ids = set(user_ids)
    ours = locked(User.objects).filter(pk__in=ids, posts__center_id=center_id)
    people = list(ours.order_by("pk"))
    if len(people) != len(ids):
        raise NotFound()
    return people


def set_duty(
    *, shift_id: uuid.UUID, user_id: uuid.UUID, state: str, at: dt.datetime, by_id: uuid.UUID | None = None
) -> Shift:
    """Set one member's duty state; the same again is harmless. `by_id`: the desk does it by voice.

    A word older than what stands (his phone was without a network) is only written down. Raises NotFound
    outside his own shift.
    """
    with change() as changed:
        shift = lock_shift(shift_id)
        member = ShiftMember.objects.filter(shift_id=shift_id, user_id=user_id).first()
        if member is None:
            raise NotFound()
        if member.duty == Duty(state):
            return shift

        extra: dict[str, Any] = {"by_voice_for": str(user_id)} if by_id else {}
        if member.since and at < member.since:
            _record_duty(shift, state, at, by_id or user_id, {**extra, "late": True})
            return shift

        member.duty = Duty(state)
        member.since = at
        member.save(update_fields=["duty", "since"])
        shift.version += 1
        shift.save(update_fields=["version"])

        _record_duty(shift, state, at, by_id or user_id, extra)
        publish_shift(changed, shift, at)
        return shift


def _record_duty(
    shift: Shift, state: str, at: dt.datetime, actor_id: uuid.UUID, extra: dict[str, Any]
) -> None:
    append(
        verb=f"duty.{state}", subject_kind="shift", subject_id=shift.pk, at=at, actor_id=actor_id,
        center_id=shift.center_id, extra=extra,
    )  # fmt: skip


def touch_shift(*, shift: Shift, at: dt.datetime) -> None:
    """Tell desk and crew that something seen through the shift changed (a phone can or cannot ring)."""
    with change() as changed:
        fresh = lock_shift(shift.pk)
        fresh.version += 1
        fresh.save(update_fields=["version"])
        publish_shift(changed, fresh, at)


def lock_shift(shift_id: uuid.UUID) -> Shift:
    """Return the shift under its lock: versions must not meet, or a phone would drop the later event."""
    shift = locked(Shift.objects).select_related("team").filter(pk=shift_id).first()
    if shift is None:
        raise NotFound()
    return shift


def give_post(*, user: User, center_id: uuid.UUID, role: str) -> Post:
    """Give a person a role at a centre; a second call changes the role."""
    return Post.objects.update_or_create(user=user, center_id=center_id, defaults={"role": role})[0]


def publish_shift(changed: Change, shift: Shift, at: dt.datetime, also: Iterable[uuid.UUID] = ()) -> None:
    """Tell crew and desk what the shift is now; `also`: who has just left it."""
    changed.publish(
        "shift.changed",
        subject=("shift", shift.pk),
        version=shift.version,
        at=at,
        body=shift_wire(shift, at),
        recipients=[*everyone_of(shift), *(user_recipient(user_id) for user_id in also)],
    )
