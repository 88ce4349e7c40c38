"""What phones sent: each command once, files in parts, and what of it waits for a person's judgement."""

from django.db import models

from fieldops.cases.models import Case
from fieldops.dispatch.models import Assignment
from fieldops.lib.ids import new_id
from fieldops.teams.access import Scope
from fieldops.teams.models import Center, User


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
    epoch = models.UUIDField(null=True)
    seq = models.BigIntegerField(null=True)  # None where it cannot be read
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


class Quarantined(models.Model):
    """A command handed in by a phone that was taken off the list: kept sealed, applied only by a decision."""

    id = models.UUIDField(primary_key=True, default=new_id)
    device_id = models.UUIDField()
    epoch = models.UUIDField()
    user_id = models.UUIDField()
    cmd_id = models.CharField(max_length=64)
    sealed = models.BinaryField()
    sha = models.CharField(max_length=64)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["device_id", "sha"], name="sync_quarantined_once")]


class ReviewItem(models.Model):
    """What a phone sent that a person must judge: accept it as a fact, or set it aside with a reason."""

    class Kind(models.TextChoices):
        FLAGGED = "flagged"  # stored, but late or of a crew called off
        DEAD_LETTER = "dead_letter"  # read, and could not be done
        REFUSED = "refused"  # kept, never read into the work: id or number used twice, or unreadable
        QUARANTINED = "quarantined"  # from a phone taken off the list

    class Decision(models.TextChoices):
        ACCEPT = "accept"
        SET_ASIDE = "set_aside"

    id = models.UUIDField(primary_key=True, default=new_id)
    center = models.ForeignKey(Center, on_delete=models.PROTECT)
    kind = models.CharField(max_length=12, choices=Kind)
    source_id = models.UUIDField()  # the SyncCommand, RefusedCommand or Quarantined it is about
    code = models.CharField(max_length=24, blank=True)
    type = models.CharField(max_length=24, blank=True)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    device_id = models.UUIDField(null=True)
    case = models.ForeignKey(Case, null=True, on_delete=models.PROTECT, related_name="+")
    assignment = models.ForeignKey(Assignment, null=True, on_delete=models.PROTECT, related_name="+")
    received_at = models.DateTimeField()
    decision = models.CharField(max_length=12, choices=Decision, blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=200, blank=True)
    result = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1)

    scope = Scope(center="center")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "source_id"], name="sync_reviewed_once")]
        indexes = [models.Index(fields=["center", "decided_at", "received_at"])]
