"""The steps after each promise of a crew are frozen with the offer; who called a crew off is named."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("dispatch", "0002_ring_attempts")]

    operations = [
        migrations.AddField("assignment", "promises", models.JSONField(default=dict)),
        migrations.AddField("assignment", "ended_by_name", models.CharField(blank=True, max_length=64)),
    ]
