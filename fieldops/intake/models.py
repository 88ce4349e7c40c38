"""Feed keys, nonces and the alerts as they came."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fieldops.cases.models import Case
from fieldops.lib.ids import new_id
from fieldops.teams.access import Scope
from fieldops.teams.models import Center


class FeedKey(models.Model):
    """A key of a source, its secret sealed; two may live at once, to change one without a gap."""

    id = models.UUIDField(primary_key=True, default=new_id)
    center = models.ForeignKey(Center, on_delete=models.CASCADE, related_name="feed_keys")
    source = models.CharField(max_length=40)
    key = models.SlugField(max_length=64, unique=True)
    sealed = models.BinaryField()
    made_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    scope = Scope(center="center")


class FeedNonce(models.Model):
    """A nonce seen; written in the alert's own transaction, so that a replay loses to the unique key."""

    key = models.ForeignKey(FeedKey, on_delete=models.CASCADE)
    nonce = models.CharField(max_length=64)
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "nonce"], name="intake_nonce_once")]


class Alert(models.Model):
    """One alert as it came: sealed body, digest of its canonical JSON, the case it opened or joined."""

    id = models.UUIDField(primary_key=True, default=new_id)
    center = models.ForeignKey(Center, on_delete=models.CASCADE)
    source = models.CharField(max_length=40)
    external_id = models.CharField(max_length=80)
    digest = models.CharField(max_length=64)
    sealed = models.BinaryField()
    level = models.CharField(max_length=8)
    issued_at = models.DateTimeField()
    received_at = models.DateTimeField()
    via = models.CharField(max_length=8, default="feed")  # feed, import, demo
    case = models.ForeignKey(Case, null=True, on_delete=models.PROTECT, related_name="alerts")
    attached = models.BooleanField(default=False)
    # Same external id with other content: refused with 409 and kept here for review.
    conflict_with = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="conflicts")

    scope = Scope(center="center")

    class Meta:
        verbose_name = _("alert")
        constraints = [
            models.UniqueConstraint(
                fields=["center", "source", "external_id"],
                condition=Q(conflict_with__isnull=True),
                name="intake_alert_once",
            )
        ]
