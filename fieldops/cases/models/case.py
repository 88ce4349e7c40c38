"""The case: what needs doing for one person now."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from fieldops.cases.models.person import Person
from fieldops.lib.ids import new_id
from fieldops.teams.access import Scope
from fieldops.teams.models import Center, User


class Level(models.TextChoices):
    """How dangerous (domain.md, Alerts)."""

    CRITICAL = "critical", _("critical")
    HIGH = "high", _("high")
    MEDIUM = "medium", _("medium")
    LOW = "low", _("low")


class VictimState(models.TextChoices):
    """How deep the person is in; a state of a person, not a result of ours."""

    UNKNOWN = "unknown", _("unknown")
    AWARE = "aware", _("aware")
    DOUBTFUL = "doubtful", _("doubtful")
    DENIES = "denies", _("denies")
    HANGS_UP = "hangs_up", _("hangs up")
    CONVINCED = "convinced", _("convinced")
    TRANSFERRING = "transferring", _("transferring")
    ALREADY_PAID = "already_paid", _("already paid")


class Stage(models.TextChoices):
    """Whose turn it is; moved only through cases/moves.py."""

    TO_CALL = "to_call", _("to call")
    CALLING = "calling", _("calling")
    TO_SEND = "to_send", _("to send")
    WAITING_ANSWER = "waiting_answer", _("offered, waiting")
    ON_THE_WAY = "on_the_way", _("on the way")
    WITH_PERSON = "with_person", _("with the person")
    AT_PARTNER = "at_partner", _("told: school, station")
    TO_REVIEW = "to_review", _("to review")
    CLOSED = "closed", _("closed")


class Disposition(models.TextChoices):
    """How a case ended."""

    HANDLED = "handled", _("handled")
    FALSE_ALARM = "false_alarm", _("false alarm")
    NOT_THE_PERSON = "not_the_person", _("not the person")
    NOT_OURS = "not_ours", _("rejected: not our jurisdiction")
    DUPLICATE = "duplicate", _("rejected: duplicate")
    TRANSFERRED = "transferred", _("transferred")
    CASE_FILED = "case_filed", _("case filed")


class CaseSerial(models.Model):
    """The last case number given on a day at a centre."""

    center = models.ForeignKey(Center, on_delete=models.CASCADE)
    day = models.DateField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["center", "day"], name="cases_serial_per_day")]


class Case(models.Model):
    """One person's open danger. `sealed` holds what the alert said of suspects, in clear."""

    id = models.UUIDField(primary_key=True, default=new_id)
    center = models.ForeignKey(Center, on_delete=models.PROTECT)
    number = models.CharField(max_length=16)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="cases")
    level = models.CharField(max_length=8, choices=Level)
    alert_level = models.CharField(max_length=8, choices=Level)
    family = models.CharField(max_length=8, blank=True)
    source = models.CharField(max_length=40, blank=True)
    scam_type = models.CharField(max_length=16, blank=True)
    alert_scam_type = models.CharField(max_length=16, blank=True)
    confirmed_scam_type = models.CharField(max_length=16, blank=True)
    stage = models.CharField(max_length=16, choices=Stage, default=Stage.TO_CALL)
    victim_state = models.CharField(max_length=16, choices=VictimState, default=VictimState.UNKNOWN)
    amount_at_risk_fen = models.BigIntegerField(null=True)
    next_transfer_at = models.DateTimeField(null=True)
    # The next promised step (call back, answer, arrival, notice), set by whoever promised it.
    step_due_at = models.DateTimeField(null=True)
    step_due_for = models.CharField(max_length=16, blank=True)
    # The loss clock: earliest of the level's target, the next transfer, the next promised step.
    due_at = models.DateTimeField()
    due_for = models.CharField(max_length=16)
    issued_at = models.DateTimeField()
    received_at = models.DateTimeField()
    first_call_at = models.DateTimeField(null=True)
    reached_at = models.DateTimeField(null=True)
    met_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    disposition = models.CharField(max_length=16, choices=Disposition, blank=True)
    effect = models.CharField(max_length=16, blank=True)  # of the phone track; a visit's stands on its report
    attempts = models.PositiveSmallIntegerField(default=0)
    unreached_rounds = models.PositiveSmallIntegerField(default=0)
    busy_rounds = models.PositiveSmallIntegerField(default=0)
    calling = models.ForeignKey("cases.CallAttempt", null=True, on_delete=models.SET_NULL, related_name="+")
    whereabouts = models.ForeignKey(
        "cases.Whereabouts", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    triage_channel = models.CharField(max_length=16, default="phone")
    triage_reasons = models.JSONField(default=list)
    triage_override = models.JSONField(null=True)
    sealed = models.BinaryField(null=True)
    drill = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)

    scope = Scope(center="center", member="followers__user")

    class Meta:
        verbose_name = _("case")
        constraints = [
            models.UniqueConstraint(fields=["center", "number"], name="cases_number"),
            models.UniqueConstraint(
                fields=["person"], condition=Q(closed_at__isnull=True), name="cases_one_open_per_person"
            ),
            models.CheckConstraint(
                condition=Q(stage="closed", closed_at__isnull=False)
                | (~Q(stage="closed") & Q(closed_at__isnull=True)),
                name="cases_closed_has_time",
            ),
        ]
        indexes = [
            models.Index(fields=["center", "stage", "due_at"]),
            models.Index(fields=["center", "issued_at"]),
        ]

    def __str__(self) -> str:
        return self.number

    @cached_property
    def follower_ids(self) -> list[uuid.UUID]:
        """Who follows the case, read once for all that one change tells; who adds or removes forgets it."""
        return list(self.followers.values_list("user_id", flat=True))

    def forget_followers(self) -> None:
        """Read who follows anew the next time."""
        self.__dict__.pop("follower_ids", None)


class CaseFollower(models.Model):
    """Someone outside the desk whose own work this case is now; upper rooms add and remove them."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="followers")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="followed_cases")
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "user"], name="cases_follower_once")]
