"""Small words of the reader's language that every room needs."""

from collections.abc import Iterable

from django.utils.translation import pgettext


def joined(names: Iterable[object]) -> str:
    """Return names in a row, as the reader's language puts them: `Li, Wu`, 李、吴."""
    return pgettext("between names in a row", ", ").join(str(name) for name in names)


def clauses(parts: Iterable[object]) -> str:
    """Return short statements in a row: `not called, net alert`, 未拨，网络类."""
    return pgettext("between statements in a row", ", ").join(str(part) for part in parts)
