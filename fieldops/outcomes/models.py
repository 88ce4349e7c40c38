"""Visit reports with their revisions, indicators, notes and photos, follow-ups."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fieldops.cases.models import Case, VictimState
from fieldops.dispatch.models import Assignment
from fieldops.lib.ids import new_id
from fieldops.teams.access import Scope
from fieldops.teams.models import User


class Met(models.TextChoices):
    """Who was met."""

    PERSON = "person", _("the person")
    FAMILY = "family", _("family")
    OTHER = "other", _("someone else")
    NOBODY = "nobody", _("nobody")


class Effect(models.TextChoices):
    """What came of the visit; only *dissuaded* is our success."""

    DISSUADED = "dissuaded", _("dissuaded by us")
    SELF_AWARE = "self_aware", _("aware by himself")
    NOT_DISSUADED = "not_dissuaded", _("not dissuaded")
    INEFFECTIVE = "ineffective", _("ineffective visit")


class Ineffective(models.TextChoices):
    """Why a visit met nobody."""

    NOT_HOME = "not_home", _("not home")
    WRONG_ADDRESS = "wrong_address", _("wrong address")
    MOVED = "moved", _("moved")
    OUT_OF_TOWN = "out_of_town", _("out of town")
    REFUSED_DOOR = "refused_door", _("refused the door")


class Basis(models.TextChoices):
    """What a sum stands on."""

    NONE = "none", _("none")
    BALANCE_SEEN = "balance_seen", _("balance seen")
    SLIP_SEEN = "slip_seen", _("transfer slip seen")
    BANK_SAYS = "bank_says", _("bank says")
    PERSON_SAYS = "person_says", _("person says")
    FAMILY_SAYS = "family_says", _("family says")
    ESTIMATE = "estimate", _("estimate")


def sum_column() -> "models.BigIntegerField[int, int]":
    """A sum in fen, 0 until said."""
    return models.BigIntegerField(default=0)


def basis_column() -> "models.CharField[str, str]":
    """What the sum stands on."""
    return models.CharField(max_length=16, choices=Basis, default=Basis.NONE)


class VisitReport(models.Model):
    """One member's answers about one visit."""

    id = models.UUIDField(primary_key=True, default=new_id)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="reports")
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="reports")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="reports")
    met = models.CharField(max_length=8, choices=Met)
    state_after = models.CharField(max_length=16, choices=VictimState)
    effect = models.CharField(max_length=16, choices=Effect)
    ineffective_reason = models.CharField(max_length=16, choices=Ineffective, blank=True)
    scam_type = models.CharField(max_length=16)
    lost_fen = sum_column()
    lost_basis = basis_column()
    prevented_fen = sum_column()
    prevented_basis = basis_column()
    stopped_fen = sum_column()
    stopped_basis = basis_column()
    words = models.CharField(max_length=1000, blank=True)
    filed_at = models.DateTimeField()
    received_at = models.DateTimeField()
    by_voice = models.BooleanField(default=False)
    late = models.BooleanField(default=False)
    # True: the desk picked this one; False: it picked the other; None: nothing to pick, or not yet.
    decided = models.BooleanField(null=True)
    version = models.PositiveIntegerField(default=1)

    scope = Scope(center="case__center", member="assignment__members__user")

    class Meta:
        verbose_name = _("visit report")
        constraints = [
            models.UniqueConstraint(fields=["assignment", "author"], name="outcomes_one_report_each"),
            models.CheckConstraint(
                condition=Q(lost_fen__gte=0, prevented_fen__gte=0, stopped_fen__gte=0),
                name="outcomes_sums_not_negative",
            ),
        ]


class ReportRevision(models.Model):
    """A report as it stood before a correction."""

    report = models.ForeignKey(VisitReport, on_delete=models.CASCADE, related_name="revisions")
    version = models.PositiveIntegerField()
    body = models.JSONField()
    at = models.DateTimeField()
    by_id = models.UUIDField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["report", "version"], name="outcomes_revision_once")]


class Indicator(models.Model):
    """An account, phone, app or site behind the scam; the value is sealed, its client id makes it once."""

    class Kind(models.TextChoices):
        ACCOUNT = "account", _("account")
        PHONE = "phone", _("telephone")
        APP = "app", _("app")
        SITE = "site", _("site")
        CHAT = "chat", _("chat id")

    id = models.UUIDField(primary_key=True, default=new_id)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="indicators")
    assignment = models.ForeignKey(Assignment, null=True, on_delete=models.PROTECT, related_name="indicators")
    kind = models.CharField(max_length=8, choices=Kind)
    mask = models.CharField(max_length=80)
    value_index = models.CharField(max_length=32, db_index=True)
    sealed = models.BinaryField()  # value, holder, note
    bank = models.CharField(max_length=60, blank=True)
    source = models.CharField(max_length=12, default="crew")
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    scope = Scope(center="case__center", member="case__followers__user")


class Note(models.Model):
    """A written note or a photo of a crew; a photo's bytes come later, by hash."""

    class Kind(models.TextChoices):
        NOTE = "note", _("note")
        PHOTO = "photo", _("photo")

    id = models.UUIDField(primary_key=True, default=new_id)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="crew_notes")
    kind = models.CharField(max_length=8, choices=Kind)
    text = models.CharField(max_length=500, blank=True)
    sha256 = models.CharField(max_length=64, blank=True, db_index=True)
    mime = models.CharField(max_length=40, blank=True)
    size = models.PositiveIntegerField(default=0)
    arrived_at = models.DateTimeField(null=True)
    # Its member gave the picture up: its bytes are not waited for.
    dropped_at = models.DateTimeField(null=True)
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    scope = Scope(center="case__center", member="case__followers__user")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(arrived_at__isnull=True) | Q(dropped_at__isnull=True),
                name="outcomes_photo_here_or_dropped",
            ),
        ]


class FollowUp(models.Model):
    """A return visit by phone: due, then valid or not, with a remark."""

    id = models.UUIDField(primary_key=True, default=new_id)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="follow_ups")
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    valid = models.BooleanField(null=True)
    remark = models.CharField(max_length=300, blank=True)

    scope = Scope(center="case__center")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(done_at__isnull=True), name="outcomes_one_open_follow_up"
            )
        ]
