"""Each setting read from the environment is listed in docs/settings.md."""

import re

from django.conf import settings


def test_every_environment_variable_is_documented():
    code = (settings.BASE_DIR / "fieldops" / "settings.py").read_text()
    doc = (settings.BASE_DIR / "docs" / "settings.md").read_text()

    names = set(re.findall(r'env(?:\.\w+)?\(\s*"([A-Z_]+)"', code))

    assert len(names) > 15
    assert sorted(name for name in names if f"`{name}`" not in doc) == []


def test_each_is_listed_once():
    doc = (settings.BASE_DIR / "docs" / "settings.md").read_text()

    rows = [line.split("|")[1].strip() for line in doc.splitlines() if line.startswith("| `")]

    assert sorted(row for row in set(rows) if rows.count(row) > 1) == []
