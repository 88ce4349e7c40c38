"""Fill what zh-Hant lacks from zh-Hans, in mainland words. Needs OpenCC (requirements-dev.txt)."""

from typing import Any

from django.core.management.base import BaseCommand

from fieldops.playbook.data.to_traditional import to_traditional
from fieldops.serving.management.commands.words import catalogue, is_translated, key_of, write_catalogue


class Command(BaseCommand):
    """`manage.py traditional`, after `words extract` and translating into zh_Hans; read the result."""

    help = "Fill missing zh_Hant translations from zh_Hans."

    def handle(self, *args: Any, **options: Any) -> None:
        simplified, traditional = catalogue("zh_Hans"), catalogue("zh_Hant")
        filled = 0
        for message in traditional:
            source = simplified.get(key_of(message), message.context) if message.id else None
            if source is None or is_translated(message) or not is_translated(source):
                continue
            message.string = _convert(source.string)
            filled += 1
        write_catalogue("zh_Hant", traditional)
        self.stdout.write(f"{filled} filled")


def _convert(text: Any) -> Any:
    return (
        tuple(to_traditional(part) for part in text)
        if isinstance(text, list | tuple)
        else to_traditional(text)
    )
