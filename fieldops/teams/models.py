"""Centres, users and their roles, devices, teams and shifts."""

import hashlib
import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from fieldops.lib.ids import new_id
from fieldops.teams.access import Scope
from fieldops.teams.roster.models import (
    CalendarLink,
    DayOut,
    Holiday,
    RosterLine,
    Stint,
    Swap,
    SwapConsent,
    SwapLeg,
)

__all__ = [
    "CalendarLink", "Center", "DayOut", "DeskShift", "Device", "Duty", "Holiday", "Installation", "Position",
    "Post", "Role", "RosterLine", "Shift", "ShiftMember", "Stint", "Swap", "SwapConsent", "SwapLeg", "Team",
    "User",
]  # fmt: skip


class Installation(models.Model):
    """The one row that marks this database: demo or not, and which keys open it."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    demo = models.BooleanField(default=False)
    key_check = models.CharField(max_length=64)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="teams_one_installation")]


class Center(models.Model):
    """A district's anti-fraud centre; rows of two centres never cross."""

    id = models.UUIDField(primary_key=True, default=new_id)
    name = models.CharField(_("name"), max_length=80)
    code = models.SlugField(_("code"), max_length=24, unique=True)
    phone = models.CharField(_("desk telephone"), max_length=24)
    public_number = models.CharField(_("number citizens see"), max_length=24, default="023-96110")
    lng = models.FloatField(_("longitude"))
    lat = models.FloatField(_("latitude"))

    scope = Scope(center="pk")

    class Meta:
        verbose_name = _("centre")
        verbose_name_plural = _("centres")

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    """What a person is at a centre."""

    MEMBER = "member", _("team member")
    DUTY = "duty", _("duty officer")
    SUPERVISOR = "supervisor", _("supervisor")
    ANALYST = "analyst", _("analyst")
    AUDITOR = "auditor", _("auditor")
    ADMIN = "admin", _("administrator")


class User(AbstractUser):
    """A person who signs in."""

    id = models.UUIDField(primary_key=True, default=new_id)
    name = models.CharField(_("name"), max_length=64)
    phone = models.CharField(_("service telephone"), max_length=24, blank=True)

    class Meta(AbstractUser.Meta):  # type: ignore[name-defined]
        swappable = "AUTH_USER_MODEL"
        verbose_name = _("user")
        verbose_name_plural = _("users")

    def __str__(self) -> str:
        return f"{self.name} ({self.username})"

    @cached_property
    def post(self) -> "Post | None":
        """The person's place: centre and role; None for one who has none."""
        return self.posts.select_related("center").order_by("pk").first()

    @property
    def role(self) -> str:
        return self.post.role if self.post else ""

    @property
    def center_id(self) -> uuid.UUID | None:
        return self.post.center_id if self.post else None

    @property
    def standing(self) -> str:
        """Return what a socket was opened on: role, centre and password; with another, it is opened anew."""
        proof = hashlib.sha256(self.password.encode()).hexdigest()
        return f"{self.role}@{self.center_id} {proof[:16]}"


class Post(models.Model):
    """A role at a centre."""

    id = models.UUIDField(primary_key=True, default=new_id)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="posts")
    center = models.ForeignKey(Center, on_delete=models.CASCADE, related_name="posts")
    role = models.CharField(_("role"), max_length=16, choices=Role)

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        constraints = [models.UniqueConstraint(fields=["user", "center"], name="teams_one_post_per_center")]


class Team(models.Model):
    """A mobile team: call sign, base, skills. Who is on it now is a shift."""

    id = models.UUIDField(primary_key=True, default=new_id)
    center = models.ForeignKey(Center, on_delete=models.CASCADE, related_name="teams")
    call_sign = models.CharField(_("call sign"), max_length=32)
    base_name = models.CharField(_("base"), max_length=80, blank=True)
    lng = models.FloatField(_("longitude"))
    lat = models.FloatField(_("latitude"))
    size = models.PositiveSmallIntegerField(_("size"), default=2)
    skills = models.JSONField(_("skills"), default=list, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    scope = Scope(center="center", member="shifts__members__user")

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")
        constraints = [models.UniqueConstraint(fields=["center", "call_sign"], name="teams_call_sign")]

    def __str__(self) -> str:
        return self.call_sign


class Shift(models.Model):
    """A team's duty from–to; the people on it are the crew, and everything on duty hangs on it."""

    id = models.UUIDField(primary_key=True, default=new_id)
    center = models.ForeignKey(Center, on_delete=models.CASCADE, related_name="shifts")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="shifts")
    # The roster's line and day it was planned from; none where it was put in by hand.
    line = models.ForeignKey(
        RosterLine, null=True, blank=True, on_delete=models.SET_NULL, related_name="shifts"
    )
    day = models.DateField(null=True, blank=True)
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"))
    version = models.PositiveIntegerField(default=1)

    scope = Scope(center="center", member="members__user")

    class Meta:
        verbose_name = _("shift")
        verbose_name_plural = _("shifts")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=models.F("starts_at")), name="teams_shift_has_length"
            ),
            models.UniqueConstraint(
                fields=["line", "day"], condition=Q(line__isnull=False), name="teams_planned_once"
            ),
        ]
        indexes = [models.Index(fields=["center", "starts_at", "ends_at"])]


class Duty(models.TextChoices):
    """What a crew member is doing about being available."""

    OFF = "off", _("off duty")
    STANDBY = "standby", _("on standby")
    BREAK = "break", _("on break")


class ShiftMember(models.Model):
    """One person on a shift, and whether his phone can ring."""

    shift = models.ForeignKey(Shift, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="shift_memberships")
    duty = models.CharField(max_length=8, choices=Duty, default=Duty.OFF)
    since = models.DateTimeField(null=True)
    joined_at = models.DateTimeField(null=True, blank=True)  # after the shift began
    stands_in = models.BooleanField(default=False)  # for somebody the rotation had named

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shift", "user"], name="teams_member_once")]


class DeskShift(models.Model):
    """A duty officer's turn at the desk; who owns it may recall and reassign."""

    id = models.UUIDField(primary_key=True, default=new_id)
    center = models.ForeignKey(Center, on_delete=models.CASCADE, related_name="desk_shifts")
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="desk_shifts")
    line = models.ForeignKey(
        RosterLine, null=True, blank=True, on_delete=models.SET_NULL, related_name="desk_shifts"
    )
    day = models.DateField(null=True, blank=True)
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"))
    version = models.PositiveIntegerField(default=1)

    scope = Scope(center="center")

    class Meta:
        verbose_name = _("desk shift")
        verbose_name_plural = _("desk shifts")
        indexes = [models.Index(fields=["center", "starts_at", "ends_at"], name="teams_desk_hours")]


class Device(models.Model):
    """A phone of a user: its storage epoch, whether it can ring, what it still holds unsent."""

    id = models.UUIDField(primary_key=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="devices")
    epoch = models.UUIDField()
    name = models.CharField(max_length=80, blank=True)
    app = models.CharField(max_length=24, blank=True)
    registered_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.UUIDField(null=True)
    revoked_reason = models.CharField(max_length=200, blank=True)
    wiped_at = models.DateTimeField(null=True)  # the phone has confirmed that it forgot everything
    # A supervisor lets its person sign out although something is unsent.
    released_at = models.DateTimeField(null=True)
    released_by = models.UUIDField(null=True)
    released_reason = models.CharField(max_length=200, blank=True)
    storage_lost_at = models.DateTimeField(null=True)
    can_ring = models.BooleanField(default=False)
    ring_problem = models.CharField(max_length=24, blank=True)
    heard_at = models.DateTimeField(null=True)
    # The test at shift start, as the phone measured it: {at, tone_ms, ws_ms, wake, vibrated}.
    readiness = models.JSONField(default=dict)
    push = models.BinaryField(null=True)  # sealed: where its browser's push service takes a ping
    pending = models.PositiveIntegerField(default=0)
    oldest_pending_at = models.DateTimeField(null=True)
    pending_kinds = models.JSONField(default=dict)
    stuck = models.PositiveIntegerField(default=0)
    offset_ms = models.IntegerField(null=True)
    clock_at = models.DateTimeField(null=True)  # when the offset was measured
    pending_ids = models.JSONField(default=list)  # what it held unsent at its last heartbeat
    persisted = models.BooleanField(null=True)  # whether its browser promised to keep its storage
    used_mb = models.PositiveIntegerField(null=True)  # how much of its storage was used, and how much it has
    quota_mb = models.PositiveIntegerField(null=True)
    checked_at = models.DateTimeField(null=True)  # when its commands were last counted against ours
    check_missing = models.PositiveIntegerField(null=True)  # how many we lacked then; None: never counted
    version = models.PositiveIntegerField(default=1)

    scope = Scope(center="user__posts__center", member="user")


class Position(models.Model):
    """Where a crew member last was; one row a person, purged with the shift."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="position")
    shift = models.ForeignKey(Shift, on_delete=models.CASCADE, null=True)
    lng = models.FloatField()
    lat = models.FloatField()
    accuracy_m = models.FloatField()
    fix_at = models.DateTimeField()
