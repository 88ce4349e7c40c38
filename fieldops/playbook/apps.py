"""The room's name in the admin."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PlaybookConfig(AppConfig):
    """The playbook's room."""

    name = "fieldops.playbook"
    verbose_name = _("Playbook")
