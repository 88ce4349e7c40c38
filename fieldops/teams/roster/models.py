"""Lines to be staffed and their rotations, days out, swaps, served stints, calendars, holidays."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fieldops.lib.ids import new_id
from fieldops.teams.access import Scope


class HolidayRule(models.TextChoices):
    """What a line does on a public holiday."""

    WORK = "work", _("works on holidays")
    OFF = "off", _("stays out on holidays, works on make-up days")


class RosterLine(models.Model):
    """One row of the roster: a team's or the desk's daily hours, and the groups who take turns on it.

    A line without a team is one of the desk's. An empty group is a day of rest, not a gap.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    center = models.ForeignKey("teams.Center", on_delete=models.CASCADE, related_name="roster_lines")
    team = models.ForeignKey(
        "teams.Team", null=True, blank=True, on_delete=models.CASCADE, related_name="roster_lines"
    )
    name = models.CharField(_("name"), max_length=40)
    starts = models.TimeField(_("begins"))
    minutes = models.PositiveIntegerField(_("length in minutes"))
    needed = models.PositiveSmallIntegerField(_("people needed"), default=2)
    weekdays = models.JSONField(_("weekdays"), default=list)  # 0 is Monday
    holidays = models.CharField(_("holidays"), max_length=4, choices=HolidayRule, default=HolidayRule.WORK)
    groups = models.JSONField(_("groups"), default=list)  # lists of user ids, in turn
    step_days = models.PositiveSmallIntegerField(_("days a group stays"), default=1)
    anchor = models.DateField(_("the first group's first day"))
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    retired_on = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    scope = Scope(center="center")

    class Meta:
        verbose_name = _("roster line")
        verbose_name_plural = _("roster lines")
        ordering = ["order", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["center", "name"], condition=Q(retired_on__isnull=True), name="teams_line_name"
            ),
            models.CheckConstraint(
                condition=Q(minutes__gt=0, minutes__lte=24 * 60), name="teams_line_within_a_day"
            ),
            models.CheckConstraint(condition=Q(step_days__gt=0), name="teams_line_steps"),
        ]

    def __str__(self) -> str:
        return self.name


class DayOut(models.Model):
    """A day on which a line stays out on purpose, whatever its pattern says."""

    line = models.ForeignKey(RosterLine, on_delete=models.CASCADE, related_name="days_out")
    day = models.DateField()
    reason = models.CharField(max_length=200)
    by = models.ForeignKey("teams.User", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["line", "day"], name="teams_day_out_once")]


class Stint(models.Model):
    """The part of a shift somebody served before leaving it; hours are counted with it."""

    shift = models.ForeignKey("teams.Shift", on_delete=models.CASCADE, related_name="stints")
    user = models.ForeignKey("teams.User", on_delete=models.CASCADE, related_name="stints")
    from_at = models.DateTimeField()
    to_at = models.DateTimeField()
    why = models.CharField(max_length=200, blank=True)

    scope = Scope(center="shift__center", member="user")


class SwapStatus(models.TextChoices):
    """Where a swap is."""

    ASKED = "asked", _("waits for consent")
    DONE = "done", _("swapped")
    DECLINED = "declined", _("declined")
    WITHDRAWN = "withdrawn", _("withdrawn")
    LAPSED = "lapsed", _("lapsed")


class Swap(models.Model):
    """A wish to hand turns on: done when everyone in it has agreed, or at once by a supervisor."""

    id = models.UUIDField(primary_key=True, default=new_id)
    center = models.ForeignKey("teams.Center", on_delete=models.CASCADE, related_name="swaps")
    asked_by = models.ForeignKey("teams.User", on_delete=models.CASCADE, related_name="+")
    asked_at = models.DateTimeField()
    words = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=10, choices=SwapStatus, default=SwapStatus.ASKED)
    decided_by = models.ForeignKey("teams.User", null=True, on_delete=models.SET_NULL, related_name="+")
    reason = models.CharField(max_length=200, blank=True)  # a supervisor's, or why it was declined
    ended_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    scope = Scope(center="center", member="consents__user")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=SwapStatus.values), name="teams_swap_status_known")
        ]
        indexes = [models.Index(fields=["center", "status"], name="teams_swap_open")]


class SwapLeg(models.Model):
    """One turn that passes from one person to another."""

    swap = models.ForeignKey(Swap, on_delete=models.CASCADE, related_name="legs")
    shift = models.ForeignKey("teams.Shift", null=True, on_delete=models.CASCADE, related_name="+")
    desk_shift = models.ForeignKey("teams.DeskShift", null=True, on_delete=models.CASCADE, related_name="+")
    giver = models.ForeignKey("teams.User", on_delete=models.CASCADE, related_name="+")
    taker = models.ForeignKey("teams.User", on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(shift__isnull=False, desk_shift__isnull=True)
                | Q(shift__isnull=True, desk_shift__isnull=False),
                name="teams_leg_one_turn",
            )
        ]
        ordering = ["pk"]


class SwapConsent(models.Model):
    """Whether a person in a swap has agreed, and when."""

    swap = models.ForeignKey(Swap, on_delete=models.CASCADE, related_name="consents")
    user = models.ForeignKey("teams.User", on_delete=models.CASCADE, related_name="+")
    agreed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["swap", "user"], name="teams_consent_once")]
        ordering = ["pk"]


class CalendarLink(models.Model):
    """A secret address under which a person's or a team's shifts are read; only the secret's hash is kept."""

    id = models.UUIDField(primary_key=True, default=new_id)
    center = models.ForeignKey("teams.Center", on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey("teams.User", null=True, on_delete=models.CASCADE, related_name="+")
    team = models.ForeignKey("teams.Team", null=True, on_delete=models.CASCADE, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey("teams.User", null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    scope = Scope(center="center", member="user")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=False, team__isnull=True) | Q(user__isnull=True, team__isnull=False),
                name="teams_calendar_of_one",
            )
        ]


class Holiday(models.Model):
    """A public holiday, or a working day that makes up for one, from an imported file."""

    center = models.ForeignKey("teams.Center", on_delete=models.CASCADE, related_name="holidays")
    date = models.DateField()
    name = models.CharField(max_length=40)
    off = models.BooleanField()

    scope = Scope(center="center")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["center", "date"], name="teams_holiday_once")]
        ordering = ["date"]
