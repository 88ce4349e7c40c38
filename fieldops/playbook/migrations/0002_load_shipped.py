"""A fresh database has the types and cards from its first start; later editions come by `manage.py loadplaybook`."""

from django.db import migrations
from django.utils import timezone

from fieldops.playbook.shipped import AUTHOR, shipped_cards, shipped_types


def load(apps, schema_editor):
    types = apps.get_model("playbook", "ScamType").objects.using(schema_editor.connection.alias)
    cards = apps.get_model("playbook", "Card").objects.using(schema_editor.connection.alias)
    if types.exists():
        return
    types.bulk_create([types.model(**row) for row in shipped_types()])
    at = timezone.now()
    cards.bulk_create([cards.model(**row, author=AUTHOR, written_at=at) for row in shipped_cards()])


class Migration(migrations.Migration):
    dependencies = [("playbook", "0001_initial")]

    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
