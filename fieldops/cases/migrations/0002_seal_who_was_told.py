"""Name and number of somebody told who is not of the register (a relative): sealed, their masks kept."""

from typing import Any

from django.db import migrations, models

from fieldops.lib.masks import mask_name, mask_phone
from fieldops.lib.sealed import seal_row


def seal_names(apps: Any, schema_editor: Any) -> None:
    """Seal what is there, and mask it on the timeline, in alarms and in the feed as well."""
    typed = apps.get_model("cases", "Notice").objects.filter(place__isnull=True, sealed__isnull=True)
    for notice in typed.exclude(contact_name="", contact_phone="").iterator():
        name, phone = notice.contact_name, notice.contact_phone
        seal_row(notice, {"name": name, "phone": phone})
        notice.contact_name, notice.contact_phone = mask_name(name), mask_phone(phone)
        notice.save(update_fields=["sealed", "contact_name", "contact_phone"])
        if name:
            mask_elsewhere(apps, notice, name)


def mask_elsewhere(apps: Any, notice: Any, name: str) -> None:
    lines = apps.get_model("cases", "CaseEvent").objects.filter(case_id=notice.case_id)
    alarms = apps.get_model("feed", "Alarm").objects.filter(key=f"notice_silent:{notice.pk}")
    for row in [*lines.filter(code__startswith="notice."), *alarms]:
        if row.params.get("who") == name:
            row.params["who"] = notice.contact_name
            row.save(update_fields=["params"])
    feed = apps.get_model("feed", "FeedRow").objects
    for row in feed.filter(subject_kind="notice", subject_id=notice.pk):
        row.body["contact_name"] = notice.contact_name
        if row.line and row.line["params"].get("who") == name:
            row.line["params"]["who"] = notice.contact_name
        row.save(update_fields=["body", "line"])
    for row in feed.filter(subject_kind="alarm", subject_id__in=alarms.values("pk")):
        row.body["params"]["who"] = notice.contact_name
        row.save(update_fields=["body"])


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial"), ("feed", "0002_mark")]

    operations = [
        migrations.AddField("notice", "sealed", models.BinaryField(null=True)),
        migrations.RunPython(seal_names, migrations.RunPython.noop),
    ]
