"""Loads the start-up check of the handler table."""

from django.apps import AppConfig


class TimersConfig(AppConfig):
    """The timers' room."""

    name = "fieldops.timers"

    def ready(self) -> None:
        """Register the check that every kind has its handler."""
        from fieldops.timers import handlers as handlers
