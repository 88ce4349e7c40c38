"""Half a point is none: rows from before it was refused lose the half, and no new one can come."""

from typing import Any

from django.db import migrations, models
from django.db.models import Q


def drop_halves(apps: Any, schema_editor: Any) -> None:
    """Keep the words of such a place; they say where he is."""
    rows = apps.get_model("cases", "Whereabouts").objects
    rows.filter(Q(lng__isnull=True) ^ Q(lat__isnull=True)).update(lng=None, lat=None)


class Migration(migrations.Migration):
    dependencies = [("cases", "0004_mask_who_reached_him")]

    operations = [
        migrations.RunPython(drop_halves, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="whereabouts",
            constraint=models.CheckConstraint(
                condition=Q(lng__isnull=True, lat__isnull=True) | Q(lng__isnull=False, lat__isnull=False),
                name="cases_whereabouts_whole_point",
            ),
        ),
    ]
