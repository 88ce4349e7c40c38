"""What phones sent: each command once, files in parts."""

from django.db import models

from fieldops.lib.ids import new_id


class SyncCommand(models.Model):
    """One command of a phone, exactly as it came, with the result it had."""

    class State(models.TextChoices):
        SETTLED = "settled"
        DEFERRED = "deferred"

    cmd_id = models.UUIDField(primary_key=True)
    device_id = models.UUIDField(null=True)
    epoch = models.UUIDField(null=True)
    seq = models.BigIntegerField(null=True)
    user_id = models.UUIDField(db_index=True)
    type = models.CharField(max_length=24)
    subject_kind = models.CharField(max_length=16)
    subject_id = models.CharField(max_length=64, db_index=True)
    sealed = models.BinaryField()  # the text as it came: it may hold personal data
    sha = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=State, default=State.SETTLED)
    result = models.JSONField(default=dict)
    received_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["device_id", "epoch", "seq"], name="sync_seq_once")]


class RefusedCommand(models.Model):
    """A command kept although it could not be taken: an id or a number used twice, or unreadable."""

    id = models.UUIDField(primary_key=True, default=new_id)
    code = models.CharField(max_length=24)
    cmd_id = models.CharField(max_length=64)
    device_id = models.UUIDField(null=True)
    user_id = models.UUIDField()
    sealed = models.BinaryField()
    sha = models.CharField(max_length=64)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user_id", "cmd_id", "sha", "code"], name="sync_refused_once")
        ]


class Blob(models.Model):
    """A file arriving in parts, keyed by its hash and its sender; the bytes lie sealed under DATA_DIR."""

    id = models.UUIDField(primary_key=True, default=new_id)
    user_id = models.UUIDField()
    sha256 = models.CharField(max_length=64)
    mime = models.CharField(max_length=40)
    length = models.PositiveIntegerField()
    offset = models.PositiveIntegerField(default=0)
    done_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user_id", "sha256"], name="sync_blob_once")]
