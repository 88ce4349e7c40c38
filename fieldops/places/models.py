"""Places of a centre and the people there who are told, in order."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from djgeojson.fields import PointField, PolygonField

from fieldops.lib.ids import new_id
from fieldops.places.validators import area_is_sound, hours_can_be_read, point_is_sound
from fieldops.teams.access import Scope
from fieldops.teams.models import Center


class PlaceKind(models.TextChoices):
    """What a place is."""

    DISTRICT = "district", _("district")
    STATION = "station", _("police station")
    SCHOOL = "school", _("school")
    CAMPUS = "campus", _("campus")
    COMMUNITY = "community", _("community")
    BANK_BRANCH = "bank_branch", _("bank branch")


class Place(models.Model):
    """A place: a point, an area (a station's precinct, a campus), or both; GeoJSON, WGS-84 `lng, lat`."""

    id = models.UUIDField(primary_key=True, default=new_id)
    center = models.ForeignKey(
        Center, on_delete=models.PROTECT, related_name="places", verbose_name=_("centre")
    )
    kind = models.CharField(_("kind"), max_length=16, choices=PlaceKind)
    name = models.CharField(_("name"), max_length=80)
    code = models.CharField(_("code"), max_length=32, blank=True)
    address = models.CharField(_("address"), max_length=160, blank=True)
    point = PointField(_("point"), null=True, blank=True, validators=[point_is_sound])
    area = PolygonField(_("area"), null=True, blank=True, validators=[area_is_sound])
    parent = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="parts",
        verbose_name=_("part of"),
    )
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True)
    # Counted up with every change: what the index of shapes in each process compares (places/shapes.py).
    version = models.PositiveIntegerField(default=1, editable=False)
    changed_at = models.DateTimeField(auto_now=True)

    scope = Scope(center="center")

    class Meta:
        verbose_name = _("place")
        verbose_name_plural = _("places")
        constraints = [
            models.UniqueConstraint(
                fields=["center", "kind", "code"], condition=~Q(code=""), name="places_code_once_per_kind"
            ),
            models.CheckConstraint(condition=Q(kind__in=PlaceKind.values), name="places_kind_known"),
        ]
        indexes = [models.Index(fields=["center", "kind", "name"])]

    def __str__(self) -> str:
        return self.name

    @property
    def lng_lat(self) -> tuple[float, float] | None:
        """The point as numbers, if the place has one."""
        if not self.point:
            return None
        lng, lat = self.point["coordinates"]
        return lng, lat


class ContactRole(models.TextChoices):
    """What a contact is at the place."""

    SECURITY_OFFICE = "security_office", _("security office")
    COUNSELLOR = "counsellor", _("counsellor")
    CLASS_TEACHER = "class_teacher", _("class teacher")
    STATION_DESK = "station_desk", _("station desk")
    BEAT_OFFICER = "beat_officer", _("beat officer")
    COMMUNITY_WORKER = "community_worker", _("community worker")
    LOBBY_MANAGER = "lobby_manager", _("lobby manager")
    OTHER = "other", _("other")


class Contact(models.Model):
    """Someone at the place who is told, on a duty number; asked in order."""

    id = models.UUIDField(primary_key=True, default=new_id)
    place = models.ForeignKey(
        Place, on_delete=models.CASCADE, related_name="contacts", verbose_name=_("place")
    )
    order = models.PositiveSmallIntegerField(_("order"), default=1)
    role = models.CharField(_("role"), max_length=24, choices=ContactRole)
    name = models.CharField(_("name"), max_length=40, blank=True)
    phone = models.CharField(_("duty telephone"), max_length=24)
    hours = models.CharField(
        _("hours"),
        max_length=80,
        blank=True,
        validators=[hours_can_be_read],
        help_text=_("Empty: at all times. Otherwise like “mo-fr 08:30-18:00; sa 09:00-12:00”."),
    )

    scope = Scope(center="place__center")

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ["order", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(role__in=ContactRole.values), name="places_contact_role_known"
            ),
            models.UniqueConstraint(fields=["place", "order"], name="places_contact_order_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} {self.name}".strip()
