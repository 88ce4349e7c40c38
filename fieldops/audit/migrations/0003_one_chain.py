"""When a row was written, and one successor per seal; the triggers are set again, since SQLite remakes tables."""

from importlib import import_module

import django.utils.timezone
from django.db import migrations, models

TRIGGERS = import_module("fieldops.audit.migrations.0002_refuse_rewriting")


def drop_triggers(apps, editor):
    for table in TRIGGERS.TABLES:
        if editor.connection.vendor == "sqlite":
            editor.execute(f"DROP TRIGGER {table}_no_update")
            editor.execute(f"DROP TRIGGER {table}_no_delete")
        else:
            editor.execute(f"DROP TRIGGER {table}_append_only ON {table}")
    if editor.connection.vendor != "sqlite":
        editor.execute("DROP FUNCTION audit_append_only()")


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_refuse_rewriting")]
    operations = [
        migrations.RunPython(drop_triggers, migrations.RunPython.noop),
        migrations.AddField(
            model_name="auditrow",
            name="recorded_at",
            field=models.DateTimeField(default=django.utils.timezone.now),
        ),
        migrations.AlterField(
            model_name="auditseal",
            name="previous",
            field=models.CharField(max_length=64, unique=True),
        ),
        migrations.RunPython(TRIGGERS.refuse, migrations.RunPython.noop),
    ]
