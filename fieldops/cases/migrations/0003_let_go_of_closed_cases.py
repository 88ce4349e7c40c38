"""A closed case is nobody's work outside the desk: who followed one before that was so follows it no more."""

from typing import Any

from django.db import migrations


def let_go(apps: Any, schema_editor: Any) -> None:
    """Drop the followers of cases closed already."""
    apps.get_model("cases", "CaseFollower").objects.filter(case__closed_at__isnull=False).delete()


class Migration(migrations.Migration):
    dependencies = [("cases", "0002_seal_who_was_told")]

    operations = [migrations.RunPython(let_go, migrations.RunPython.noop)]
