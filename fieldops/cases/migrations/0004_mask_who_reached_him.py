"""Of a relative who reached him only a mask stays, as of one who was told."""

from typing import Any

from django.db import migrations

from fieldops.lib.masks import mask_name


def mask_names(apps: Any, schema_editor: Any) -> None:
    """Mask the name on the notice and on its line of the timeline."""
    lines = apps.get_model("cases", "CaseEvent").objects.filter(code="notice.reached")
    relatives = apps.get_model("cases", "Notice").objects.filter(channel="relative")
    for notice in relatives.exclude(reached_by_name=""):
        name, notice.reached_by_name = notice.reached_by_name, mask_name(notice.reached_by_name)
        notice.save(update_fields=["reached_by_name"])
        for line in lines.filter(case_id=notice.case_id):
            if line.params.get("who") == name:
                line.params["who"] = notice.reached_by_name
                line.save(update_fields=["params"])


class Migration(migrations.Migration):
    dependencies = [("cases", "0003_let_go_of_closed_cases")]

    operations = [migrations.RunPython(mask_names, migrations.RunPython.noop)]
