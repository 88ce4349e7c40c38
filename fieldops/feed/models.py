"""The feed's rows and heads, what each device has of them, and alarms."""

import uuid

from django.db import models

from fieldops.lib.ids import new_id


def desk(center_id: uuid.UUID | str) -> str:
    """Return the recipient name of a centre's desk."""
    return f"desk:{center_id}"


def user(user_id: uuid.UUID | str) -> str:
    """Return the recipient name of one person's phones."""
    return f"user:{user_id}"


class FeedHead(models.Model):
    """The last number given to a recipient; its row lock makes number order commit order."""

    recipient = models.CharField(max_length=64, primary_key=True)
    gen = models.UUIDField(default=new_id)
    last = models.BigIntegerField(default=0)
    pruned_to = models.BigIntegerField(default=0)


class FeedRow(models.Model):
    """One event for one recipient."""

    recipient = models.CharField(max_length=64)
    seq = models.BigIntegerField()
    kind = models.CharField(max_length=40)
    v = models.PositiveSmallIntegerField(default=1)
    subject_kind = models.CharField(max_length=24)
    subject_id = models.UUIDField()
    version = models.PositiveIntegerField(default=0)
    at = models.DateTimeField()
    body = models.JSONField()
    line = models.JSONField(null=True)
    secret = models.BinaryField(null=True)
    cmd_id = models.UUIDField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["recipient", "seq"], name="feed_recipient_seq")]


class FeedMark(models.Model):
    """Beats counted for a data folder: fewer than the folder remembers means a restored backup."""

    place = models.UUIDField(primary_key=True)
    beats = models.BigIntegerField(default=0)
    at = models.DateTimeField()


class DeviceCursor(models.Model):
    """How far a device has the feed on its own disk: delivered means cursor ≥ the event's seq."""

    device_id = models.UUIDField(primary_key=True)
    recipient = models.CharField(max_length=64, db_index=True)
    gen = models.UUIDField()
    cursor = models.BigIntegerField(default=0)
    at = models.DateTimeField()


class Alarm(models.Model):
    """What stays on the desk until someone acknowledges it."""

    id = models.UUIDField(primary_key=True, default=new_id)
    center_id = models.UUIDField()
    kind = models.CharField(max_length=32)
    # One open alarm per key: a repeated cause does not ring twice.
    key = models.CharField(max_length=120)
    params = models.JSONField(default=dict)
    case_id = models.UUIDField(null=True)
    case_number = models.CharField(max_length=16, blank=True)
    assignment_id = models.UUIDField(null=True)
    raised_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.UUIDField(null=True)
    acknowledged_by_name = models.CharField(max_length=64, blank=True)
    told_by_phone_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["key"], condition=models.Q(acknowledged_at__isnull=True), name="feed_one_open_alarm"
            )
        ]
        indexes = [models.Index(fields=["center_id", "acknowledged_at", "raised_at"])]
