"""The person at risk: sealed, masked, found again by blind indexes, known across alerts."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from fieldops.lib.ids import new_id
from fieldops.places.models import Place
from fieldops.teams.access import Scope
from fieldops.teams.models import Center


class Person(models.Model):
    """One person. `sealed` holds name, phone, id_type, id_number, address, relatives."""

    id = models.UUIDField(primary_key=True, default=new_id)
    center = models.ForeignKey(Center, on_delete=models.PROTECT)
    sealed = models.BinaryField()
    name_mask = models.CharField(max_length=16, blank=True)
    phone_mask = models.CharField(max_length=32, blank=True)
    id_mask = models.CharField(max_length=32, blank=True)
    phone_index = models.CharField(max_length=32, blank=True, db_index=True)
    id_index = models.CharField(max_length=32, blank=True, db_index=True)
    name_index = models.CharField(max_length=32, blank=True)
    sex = models.CharField(max_length=8, default="unknown")
    birth_year = models.PositiveSmallIntegerField(null=True)
    school = models.ForeignKey(Place, null=True, on_delete=models.SET_NULL, related_name="students")
    possible_duplicate_of = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")
    merged_into = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="merged")
    made_at = models.DateTimeField()

    scope = Scope(center="center", member="cases__followers__user")

    class Meta:
        verbose_name = _("person at risk")

    def __str__(self) -> str:
        return self.name_mask

    @property
    def all_ids(self) -> list[uuid.UUID]:
        """This person's id and those merged into it, by index; an OR over a join walks all cases."""
        return [self.pk, *self.merged.values_list("pk", flat=True)]


class PersonToken(models.Model):
    """A blind token of the name (characters, pinyin initials) for search."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="tokens")
    token = models.CharField(max_length=32, db_index=True)
