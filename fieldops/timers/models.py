"""Timers, and the beat of the loop that runs them."""

from django.db import models


class Timer(models.Model):
    """One thing due once: a unique key, a kind, a payload of ids, and the lease of whoever is at it."""

    key = models.CharField(max_length=160, unique=True)
    kind = models.CharField(max_length=48)
    due_at = models.DateTimeField()
    payload = models.JSONField(default=dict)
    # Raised by every set; a handler that sets its own key again is not deleted by the run that did it.
    turn = models.PositiveIntegerField(default=1)
    lease_until = models.DateTimeField(null=True)
    lease_by = models.CharField(max_length=64, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    dead_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["dead_at", "due_at"])]


class TimerBeat(models.Model):
    """When a timers' loop last went round; `/readyz` and the auditor read it."""

    name = models.CharField(max_length=64, primary_key=True)
    at = models.DateTimeField()
