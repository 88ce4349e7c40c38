"""Audit rows and the seals that chain them; triggers refuse update and delete (migration 0002)."""

from django.db import models
from django.utils import timezone


class AuditRow(models.Model):
    """One look or one change: actor, verb and subject by id, never personal data."""

    at = models.DateTimeField()
    # When the row was written: a call told of an hour later has an `at` in the past, this never.
    recorded_at = models.DateTimeField(default=timezone.now)
    center_id = models.UUIDField(null=True)
    actor_id = models.UUIDField(null=True)
    actor_kind = models.CharField(max_length=16, default="user")  # user, system, feed, admin
    verb = models.CharField(max_length=48)
    subject_kind = models.CharField(max_length=24)
    subject_id = models.CharField(max_length=64)
    reason = models.CharField(max_length=200, blank=True)
    extra = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["center_id", "at"]),
            models.Index(fields=["subject_kind", "subject_id"]),
        ]


class AuditSeal(models.Model):
    """A batch of rows hashed onto the batch before it; made every few seconds, outside the changes."""

    first_row = models.BigIntegerField()
    last_row = models.BigIntegerField(unique=True)
    rows = models.PositiveIntegerField()
    # Unique: of two processes sealing at once, one continues the chain and the other finds it continued.
    previous = models.CharField(max_length=64, unique=True)
    digest = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()
