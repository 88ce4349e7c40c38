"""The room's name in the admin."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PlacesConfig(AppConfig):
    """The places' room."""

    name = "fieldops.places"
    verbose_name = _("Places")
