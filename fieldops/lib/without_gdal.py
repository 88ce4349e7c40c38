"""Let django-leaflet import without GDAL.

`leaflet.forms.widgets` imports GeoDjango's `BaseGeometryWidget`, whose package wants GDAL (django-leaflet
#299, #336). Places are plain GeoJSON fields, so a widget base without geometry objects is all that is needed.
"""

import json
import sys
from types import ModuleType
from typing import Any

from django.forms.widgets import Widget


class PlainGeometryWidget(Widget):
    """Stands in for GeoDjango's BaseGeometryWidget: the value is GeoJSON text or a dict."""

    geom_type = "GEOMETRY"
    map_srid = 4326
    display_raw = False
    supports_3d = False

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"geom_type": self.geom_type, "map_srid": self.map_srid, **(attrs or {})})

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"]["attrs"]["geom_name"] = self.geom_type
        text = value if isinstance(value, str) or value is None else json.dumps(value)
        # The form field writes an empty value as JSON's null.
        return {**context, "serialized": "" if text in (None, "null") else text, "geom_type": self.geom_type}


def install() -> None:
    """Put the stand-in where django-leaflet looks, and say at once that there is no GDAL to whoever asks.

    Five imports look for it while a process starts, each by asking the linker a dozen times: a second
    of the start spent on what Fieldops would not use.
    """
    widgets = ModuleType("django.contrib.gis.forms.widgets")
    widgets.BaseGeometryWidget = PlainGeometryWidget  # type: ignore[attr-defined]
    forms = ModuleType("django.contrib.gis.forms")
    forms.widgets = widgets  # type: ignore[attr-defined]
    sys.modules["django.contrib.gis.forms"] = forms
    sys.modules["django.contrib.gis.forms.widgets"] = widgets
    sys.modules["django.contrib.gis.gdal"] = None  # type: ignore[assignment]
