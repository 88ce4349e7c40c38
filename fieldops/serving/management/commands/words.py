"""Interface strings: extract them, compile the translations, list what is missing; needs no system gettext.

`manage.py words extract` renews fieldops/locale/*/LC_MESSAGES/django.po (new strings untranslated, strings no
longer used gone), `compile` writes the .mo files, `check` lists what is missing or wrong and ends with 1.
"""

import io
import os
from argparse import ArgumentParser
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir, extract_from_file, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[4]
CODE = ROOT / "fieldops"
LOCALES = CODE / "locale"
LANGUAGES = ("zh_Hans", "zh_Hant")
KEYWORDS: dict[str, Any] = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "_p": ((1, "c"), 2),  # as the desk imports it
    "npgettext_lazy": ((1, "c"), 2, 3),
}
# Read top down, first match wins; a path pattern and who reads it.
READERS = [
    ("**.py", "python"),
    ("**/templates/**.html", "fieldops.serving.management.commands.words:read_template"),
    ("**/templates/**.txt", "fieldops.serving.management.commands.words:read_template"),
]
# Libraries whose words people see and that have no Chinese of their own: drawing tools, locked-out sign-ins.
FOREIGN = ["leaflet/templatetags/leaflet_tags.py", "axes/models.py", "axes/admin.py"]
# Dates are left out: a run that finds nothing new changes no file.
HEADER = """msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

"""


class Command(BaseCommand):
    """`manage.py words extract|compile|check`."""

    help = "Extract interface strings, compile translations, or list what is missing."
    # Must work while the rest of the project is being written.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["extract", "compile", "check"])

    def handle(self, *args: Any, **options: Any) -> None:
        if options["what"] == "extract":
            self.stdout.write("\n".join(f"{name}: {count} missing" for name, count in extract().items()))
        elif options["what"] == "compile":
            self.stdout.write("\n".join(str(path.relative_to(ROOT)) for path in compile_all()))
        else:
            wrong = list(problems())
            if wrong:
                raise CommandError("\n".join(wrong))


def strings() -> Catalog:
    """Return every string marked for translation under fieldops/, with the files it is in."""
    found = Catalog()
    for name, _line, message, _comments, context in extract_from_dir(str(CODE), READERS, keywords=KEYWORDS):
        found.add(message, None, [(f"fieldops/{name}", 1)], context=context)
    for name in FOREIGN:
        for _line, message, _comments, context in extract_from_file("python", _installed(name), KEYWORDS):
            found.add(message, None, [(name, 1)], context=context)
    return found


def read_template(file: Any, keywords: Any, comment_tags: Any, options: Any) -> Iterator[Any]:
    """Read a Django template for Babel: Django turns its tags into calls, Python's reader finds them."""
    text = templatize(file.read().decode("utf-8"))
    # What is not a call is filler; its indentation would not pass as Python.
    calls = "\n".join(line.lstrip() for line in text.splitlines())
    return extract_python(io.BytesIO(calls.encode()), keywords, comment_tags, {"encoding": "utf-8"})


def extract() -> dict[str, int]:
    """Renew the catalogues and return how many translations each lacks."""
    template = strings()
    missing: dict[str, int] = {}
    for language in LANGUAGES:
        catalog = catalogue(language)
        catalog.update(template, no_fuzzy_matching=True)
        catalog.obsolete.clear()
        write_catalogue(language, catalog)
        missing[language] = sum(not is_translated(message) for message in catalog if message.id)
    return missing


def compile_all() -> list[Path]:
    """Write the .mo beside each .po under fieldops/ and return their paths."""
    written = []
    for source in sorted(CODE.glob("**/locale/*/LC_MESSAGES/*.po")):
        made, target = source.with_suffix(f".{os.getpid()}.mo"), source.with_suffix(".mo")
        with source.open("rb") as po, made.open("wb") as mo:
            write_mo(mo, read_po(po, locale=source.parent.parent.name))
        # In one step: a process that starts now must not read half of it.
        made.replace(target)
        written.append(target)
    return written


def problems() -> Iterator[str]:
    """Yield a line for each string without a translation, and each translation that does not fit."""
    template = strings()
    for language in LANGUAGES:
        catalog = catalogue(language)
        for message in template:
            if not message.id:
                continue
            found = catalog.get(key_of(message), message.context)
            if found is None or not is_translated(found):
                where = ", ".join(sorted({place[0] for place in message.locations}))
                yield f"{language}: no translation of {message.id!r} ({where})"
        for message, errors in catalog.check():
            yield f"{language}: {message.id!r}: {'; '.join(str(error) for error in errors)}"


def catalogue(language: str) -> Catalog:
    """Return the translations of a language as they are on disk."""
    path = _path(language)
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as po:
        return read_po(po, locale=language)


def is_translated(message: Message) -> bool:
    """Tell whether a reader of the language would see words of it."""
    texts = message.string if isinstance(message.string, list | tuple) else (message.string,)
    return all(texts) and bool(texts) and not message.fuzzy


def write_catalogue(language: str, catalog: Catalog) -> None:
    """Write the translations of a language to disk, sorted, without dates."""
    path = _path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as po:
        po.write(HEADER.format(language=language).encode())
        write_po(po, catalog, width=110, omit_header=True, sort_output=True, include_lineno=False)


def key_of(message: Message) -> str:
    """Return what a catalogue finds the message by: its text, the singular where there are two."""
    return message.id[0] if isinstance(message.id, list | tuple) else message.id


def _path(language: str) -> Path:
    return LOCALES / language / "LC_MESSAGES" / "django.po"


def _installed(name: str) -> str:
    package, _slash, rest = name.partition("/")
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise CommandError(f"{package} is not installed")
    return str(Path(spec.origin).parent / rest)
