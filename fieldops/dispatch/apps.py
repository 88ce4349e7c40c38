"""Loads the start-up check of the ring gateway."""

from django.apps import AppConfig


class DispatchConfig(AppConfig):
    """The room of who is sent to what."""

    name = "fieldops.dispatch"

    def ready(self) -> None:
        """Register the check that a gateway has its key."""
        from fieldops.dispatch import ring_checks as ring_checks
