"""Handovers, to whom each open case passes, and what was printed, revision by revision."""

import json
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fieldops.cases.models import Case
from fieldops.lib.ids import new_id
from fieldops.teams.access import Scope
from fieldops.teams.models import Center, DeskShift, Shift, User


class HandoverStatus(models.TextChoices):
    """Where a handover is; moved only through handover/moves.py."""

    OPEN = "open", _("being written")
    SIGNED = "signed", _("signed by who goes")
    ACCEPTED = "accepted", _("accepted by who comes")


class Handover(models.Model):
    """The end of one turn, of a crew or of the desk: written, signed by who goes, accepted by who comes."""

    id = models.UUIDField(primary_key=True, default=new_id)
    center = models.ForeignKey(Center, on_delete=models.PROTECT, related_name="handovers")
    shift = models.OneToOneField(Shift, null=True, on_delete=models.PROTECT, related_name="handover")
    desk_shift = models.OneToOneField(DeskShift, null=True, on_delete=models.PROTECT, related_name="handover")
    status = models.CharField(max_length=10, choices=HandoverStatus, default=HandoverStatus.OPEN)
    notes = models.TextField(blank=True)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(null=True)
    signed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    signed_for = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")  # by voice
    reason = models.CharField(max_length=200, blank=True)  # why it was signed with phones unsettled
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    accepted_for = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")  # by voice
    returned_reason = models.CharField(max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)

    scope = Scope(center="center", member="shift__members__user")

    class Meta:
        verbose_name = _("handover")
        constraints = [
            models.CheckConstraint(
                condition=Q(shift__isnull=False, desk_shift__isnull=True)
                | Q(shift__isnull=True, desk_shift__isnull=False),
                name="handover_of_one_turn",
            ),
            models.CheckConstraint(
                condition=Q(status__in=HandoverStatus.values), name="handover_status_known"
            ),
        ]
        indexes = [models.Index(fields=["center", "opened_at"], name="handover_recent")]


class PassedCase(models.Model):
    """An open case and who has it from this handover on."""

    handover = models.ForeignKey(Handover, on_delete=models.CASCADE, related_name="cases")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    to = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    since_signing = models.BooleanField(default=False)  # came in between signature and acceptance

    class Meta:
        constraints = [models.UniqueConstraint(fields=["handover", "case"], name="handover_case_once")]
        ordering = ["pk"]


class LaterNote(models.Model):
    """Something added after the signature: what was signed itself never changes."""

    handover = models.ForeignKey(Handover, on_delete=models.CASCADE, related_name="later_notes")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    text = models.TextField()

    class Meta:
        ordering = ["at", "pk"]


class HandoverSheet(models.Model):
    """What is printed, as it was at a signature, an acceptance or a later note; never changed."""

    handover = models.ForeignKey(Handover, on_delete=models.PROTECT, related_name="sheets")
    revision = models.PositiveIntegerField()
    canonical = models.TextField()
    sha256 = models.CharField(max_length=64)
    stored_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["handover", "revision"], name="handover_revision_once")
        ]
        ordering = ["revision"]

    @property
    def body(self) -> dict[str, Any]:
        """What was signed."""
        loaded: dict[str, Any] = json.loads(self.canonical)
        return loaded
