"""The stored day sheets: each revision is a row that is never changed."""

import json
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from fieldops.lib.ids import new_id
from fieldops.teams.access import Scope
from fieldops.teams.models import Center, User


class DaySheet(models.Model):
    """One revision of one day at one centre.

    `canonical` is the body's canonical JSON, exactly the bytes that `sha256` is of. `refs` holds the cases
    behind each figure; they are for opening figures, and no part of what is hashed and exported.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    center = models.ForeignKey(Center, on_delete=models.PROTECT, related_name="day_sheets")
    date = models.DateField()
    revision = models.PositiveIntegerField()
    cutoff = models.CharField(max_length=5)
    time_basis = models.CharField(max_length=12, default="issued")
    canonical = models.TextField()
    sha256 = models.CharField(max_length=64)
    refs = models.JSONField(default=dict)
    # Against the revision before: figure → [before, after].
    changes = models.JSONField(default=dict)
    late_reports = models.PositiveIntegerField(default=0)
    # What lay unsent on that day's crews' phones at storing: a fact of the moment, so not hashed.
    on_phones = models.JSONField(default=list)
    stored_at = models.DateTimeField()
    stored_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    scope = Scope(center="center")

    class Meta:
        verbose_name = _("day sheet")
        constraints = [
            models.UniqueConstraint(fields=["center", "date", "revision"], name="stats_revision_once"),
        ]

    @property
    def body(self) -> dict[str, Any]:
        """The figures."""
        loaded: dict[str, Any] = json.loads(self.canonical)
        return loaded
