"""What happened on a case: where he is, calls, notices, and the timeline of it all."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fieldops.cases.models.case import Case, VictimState
from fieldops.lib.ids import new_id
from fieldops.places.models import Place
from fieldops.teams.access import Scope
from fieldops.teams.models import User


class Whereabouts(models.Model):
    """Where he is said to be, by whom, when, and how long that is good for."""

    class Source(models.TextChoices):
        ALERT = "alert", _("alert")
        CALL = "call", _("call")
        RELATIVE = "relative", _("relative")
        BANK = "bank", _("bank")
        CREW = "crew", _("crew")

    id = models.UUIDField(primary_key=True, default=new_id)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="all_whereabouts")
    place = models.ForeignKey(Place, null=True, on_delete=models.SET_NULL)
    text = models.CharField(max_length=120)
    detail = models.CharField(max_length=120, blank=True)
    lng = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    source = models.CharField(max_length=12, choices=Source)
    said_at = models.DateTimeField()
    good_until = models.DateTimeField()
    by_name = models.CharField(max_length=64, blank=True)

    scope = Scope(center="case__center", member="case__followers__user")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(lng__isnull=True, lat__isnull=True) | Q(lng__isnull=False, lat__isnull=False),
                name="cases_whereabouts_whole_point",
            )
        ]

    @property
    def lng_lat(self) -> tuple[float, float] | None:
        """The point, where one is known."""
        return None if self.lng is None or self.lat is None else (self.lng, self.lat)


class CallResult(models.TextChoices):
    """How a call went."""

    CONNECTED = "connected", _("connected")
    BUSY = "busy", _("busy")
    REFUSED = "refused", _("refused")
    OFF = "off", _("switched off")
    NO_ANSWER = "no_answer", _("no answer")
    WRONG_NUMBER = "wrong_number", _("wrong number")
    ABANDONED = "abandoned", _("not recorded")


class CallAttempt(models.Model):
    """One attempt: opens when the officer presses call, closes with target, result and state."""

    class Target(models.TextChoices):
        PERSON = "person", _("the person")
        RELATIVE = "relative", _("a relative")
        BANK = "bank", _("the bank")
        OTHER = "other", _("someone else")

    id = models.UUIDField(primary_key=True, default=new_id)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="calls")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="calls")
    target = models.CharField(max_length=12, choices=Target, default=Target.PERSON)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    result = models.CharField(max_length=16, choices=CallResult, blank=True)
    state_before = models.CharField(max_length=16, choices=VictimState)
    state_after = models.CharField(max_length=16, choices=VictimState, blank=True)
    note = models.CharField(max_length=500, blank=True)
    version = models.PositiveIntegerField(default=1)

    scope = Scope(center="case__center", member="case__followers__user")


class Channel(models.TextChoices):
    """Who outside can be told."""

    SCHOOL = "school", _("school")
    STATION = "station", _("police station")
    BEAT_OFFICER = "beat_officer", _("beat officer")
    COMMUNITY_WORKER = "community_worker", _("community worker")
    RELATIVE = "relative", _("relative")
    BANK = "bank", _("bank")


class Notice(models.Model):
    """Someone outside was told: told, answered, reached, coming; each a time, set once.

    Of a contact of the register name and phone stand here; of anybody else (a relative) their masks, and
    `sealed` holds both.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="notices")
    channel = models.CharField(max_length=20, choices=Channel)
    place = models.ForeignKey(Place, null=True, on_delete=models.SET_NULL)
    contact_name = models.CharField(max_length=64, blank=True)
    contact_role = models.CharField(max_length=32, blank=True)
    contact_phone = models.CharField(max_length=32, blank=True)
    sealed = models.BinaryField(null=True)
    shared = models.CharField(max_length=300, blank=True)
    told_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="notices")
    told_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    reached_at = models.DateTimeField(null=True)
    reached_by_name = models.CharField(max_length=64, blank=True)
    coming = models.CharField(max_length=12, blank=True)
    coming_at = models.DateTimeField(null=True)
    silent_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    scope = Scope(center="case__center", member="case__followers__user")


class CaseEvent(models.Model):
    """One line of the timeline: code and parameters, put into words at the edge; append-only."""

    id = models.UUIDField(primary_key=True, default=new_id)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="lines")
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    code = models.CharField(max_length=40)
    params = models.JSONField(default=dict)
    actor_id = models.UUIDField(null=True)
    actor_name = models.CharField(max_length=64, blank=True)
    by_voice = models.BooleanField(default=False)
    estimated = models.BooleanField(default=False)

    scope = Scope(center="case__center", member="case__followers__user")

    class Meta:
        indexes = [models.Index(fields=["case", "at"])]
