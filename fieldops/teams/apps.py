"""The room's name in the admin."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TeamsConfig(AppConfig):
    """The teams' room."""

    name = "fieldops.teams"
    verbose_name = _("People and teams")
