"""Places in the admin: points and areas drawn on a map, contacts in order below."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Max, QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from leaflet.admin import LeafletAdminWidget, LeafletGeoAdminMixin

from fieldops.lib.clock import now
from fieldops.places.actions import save_place
from fieldops.places.models import Contact, Place
from fieldops.places.queries import editable_places
from fieldops.teams.accounts import actor_of, user_of
from fieldops.teams.models import Center


class PlacesMapWidget(LeafletAdminWidget):
    """The drawing map on our own ground, with the other places under it."""

    @property
    def media(self) -> forms.Media:
        ours = forms.Media(
            css={"screen": ["places/base-map.css", "places/admin-map.css"]},
            js=["leaflet/leaflet.js", "places/base-map.js", "places/admin-map.js"],
        )
        return super().media + ours


class ContactsInOrder(BaseInlineFormSet):
    """Offers the next free number to a new contact."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        place = kwargs.get("instance")
        last = place.contacts.aggregate(Max("order"))["order__max"] if place and place.pk else None
        super().__init__(*args, initial=[{"order": (last or 0) + 1}], **kwargs)


class ContactInline(admin.TabularInline):
    """Whom to tell, in order."""

    model = Contact
    formset = ContactsInOrder
    extra = 1
    fields = ["order", "role", "name", "phone", "hours"]


@admin.register(Place)
class PlaceAdmin(LeafletGeoAdminMixin, admin.ModelAdmin):
    """A centre's places; an administrator with a post sees his centre's only."""

    widget = PlacesMapWidget
    map_template = "places/admin_map.html"
    settings_overrides = {"DEFAULT_ZOOM": 12}
    inlines = [ContactInline]
    list_display = ["name", "kind", "code", "parent", "center", "retired_at"]
    list_filter = ["kind", ("retired_at", admin.EmptyFieldListFilter)]
    search_fields = ["name", "code", "address"]
    list_select_related = ["parent", "center"]
    autocomplete_fields = ["parent"]
    ordering = ["kind", "name"]
    fieldsets = [
        (None, {"fields": ["center", "kind", "name", "code", "address", "parent", "retired_at"]}),
        (_("On the map"), {"fields": ["point", "area"], "classes": ["places-map"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Place]:
        return editable_places(super().get_queryset(request), user_of(request))

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Leave geometry to the model: django-geojson's own check breaks on JSON that is no object."""
        if db_field.name not in ("point", "area"):
            return super().formfield_for_dbfield(db_field, request, **kwargs)
        field = super().formfield_for_dbfield(db_field, request, validators=[], **kwargs)
        post = user_of(request).post
        if post and field is not None:
            here = {"DEFAULT_CENTER": (post.center.lat, post.center.lng)}
            field.widget.settings_overrides = {**self.settings_overrides, **here}
        return field

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer an administrator with a post no other centre."""
        center_id = getattr(request.user, "center_id", None)
        if db_field.name == "center" and center_id:
            kwargs["queryset"] = Center.objects.filter(pk=center_id)
            kwargs["initial"] = center_id
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Place, form: Any, change: bool) -> None:
        save_place(place=obj, by=actor_of(request), at=now())

    def has_delete_permission(self, request: HttpRequest, obj: Place | None = None) -> bool:
        """Places are retired: cases and persons point at them."""
        return False
