"""Nobody at the desk while an alarm waits: the shift's owner is rung, then the supervisors too."""

import datetime as dt
import uuid

from django.conf import settings
from django.db.models import Max, Min

from fieldops.dispatch.models import DeskWatch
from fieldops.dispatch.queries import desk_owners, supervisors_on
from fieldops.dispatch.ring import ring_person
from fieldops.feed.alarms import raise_alarm, settle_alarms
from fieldops.feed.changes import change
from fieldops.feed.models import Alarm
from fieldops.lib.db import locked
from fieldops.lib.passes import each
from fieldops.teams.models import User

# What waits for somebody without hurrying him, and our own alarm, wake nobody up.
QUIET = ("desk_asleep", "late_fact", "disputed", "follow_up", "photo_missing", "bulk_reveal", "help_over")


def note_desk_awake(*, center_id: uuid.UUID, at: dt.datetime) -> None:
    """Somebody touched a key or the pointer at the desk, just now."""
    with change():
        _watch(center_id)
        DeskWatch.objects.filter(pk=center_id).update(awake_at=at)


def find_sleeping_desks(*, at: dt.datetime) -> None:
    """Look at every centre where an alarm is open: ring somebody where nobody is at the desk."""
    limit = at - dt.timedelta(seconds=settings.DESK_ASLEEP_S)
    waiting = Alarm.objects.filter(acknowledged_at__isnull=True).exclude(kind__in=QUIET)
    oldest = dict(waiting.order_by().values_list("center_id").annotate(Min("raised_at")))
    rung = set(DeskWatch.objects.filter(rings__gt=0).values_list("pk", flat=True))

    def look(center_id: uuid.UUID) -> None:
        since = oldest.get(center_id)
        if center_id in rung or (since and since <= limit):
            look_at_desk(center_id=center_id, oldest=since, at=at)

    each(sorted({*oldest, *rung}), look)


def look_at_desk(*, center_id: uuid.UUID, oldest: dt.datetime | None, at: dt.datetime) -> bool:
    """Ring whoever owns the desk if it sleeps beside an alarm open since `oldest`; tell whether it sleeps."""
    with change():
        watch = _watch(center_id)
        if not _sleeps(watch, oldest, at):
            _woke_up(watch, at)
            return False
        again = dt.timedelta(seconds=settings.DESK_ASLEEP_S)
        if watch.rung_at and at - watch.rung_at < again:
            return True

        people = _whom(center_id, watch.rings, at)
        for user in people:
            ring_person(user=user, center_id=center_id, why="desk_asleep", at=at)
        watch.rung_at = at
        watch.rings += 1
        watch.save(update_fields=["rung_at", "rings"])

        names = [{"user_id": str(user.pk), "name": user.name, "phone": user.phone} for user in people]
        raise_alarm(
            center_id=center_id, kind="desk_asleep", key=f"desk_asleep:{center_id}", at=at,
            params={"rung": names, "names": [user.name for user in people]},
        )  # fmt: skip
        return True


def _sleeps(watch: DeskWatch, oldest: dt.datetime | None, at: dt.datetime) -> bool:
    """Nobody acknowledged or touched anything for a minute; or touched, but let an alarm stand for five."""
    if oldest is None:
        return False
    said = Alarm.objects.filter(center_id=watch.pk, acknowledged_by__isnull=False)
    last = said.aggregate(last=Max("acknowledged_at"))["last"]
    quiet = at - dt.timedelta(seconds=settings.DESK_ASLEEP_S)
    ignored = at - dt.timedelta(seconds=settings.DESK_IGNORED_S)
    answered = max(filter(None, (oldest, last)))
    touched = max(filter(None, (answered, watch.awake_at)))
    return touched <= quiet or answered <= ignored


def _woke_up(watch: DeskWatch, at: dt.datetime) -> None:
    if watch.rings:
        DeskWatch.objects.filter(pk=watch.pk).update(rings=0, rung_at=None)
        settle_alarms(prefix=f"desk_asleep:{watch.pk}", at=at)


def _whom(center_id: uuid.UUID, rings: int, at: dt.datetime) -> list[User]:
    """Return the shift's owner; from the second ring on, or where there is none, the supervisors too."""
    owners = desk_owners(center_id, at)
    if owners and not rings:
        return owners
    return list({user.pk: user for user in [*owners, *supervisors_on(center_id, at)]}.values())


def _watch(center_id: uuid.UUID) -> DeskWatch:
    """Return the centre's row under its lock, made at the first look."""
    DeskWatch.objects.bulk_create([DeskWatch(center_id=center_id)], ignore_conflicts=True)
    return locked(DeskWatch.objects).get(pk=center_id)
