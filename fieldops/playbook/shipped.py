"""The types and cards that come with the product, read from data/ as plain rows. Pure."""

import json
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parent / "data"
AUTHOR = "fieldops"
TEXTS = ("body", "red_flags", "questions", "talking_points")


def shipped_types() -> list[dict[str, Any]]:
    """Return the types as model fields, parents before variants."""
    rows = [_type_row(position, entry) for position, entry in enumerate(_read("types.json"))]
    return sorted(rows, key=lambda row: row["parent_id"] is not None)


def shipped_cards() -> list[dict[str, Any]]:
    """Return every card in every language it is written in, as model fields."""
    plain = [_card_row(entry, entry, "zh-Hans") for entry in _read("cards.zh-Hans.json")]
    traditional = [_card_row(entry, entry, "zh-Hant") for entry in _read("cards.zh-Hant.json")]
    entries = [(entry, lang) for entry in _read("states.json") for lang in ("zh-Hans", "en")]
    states = [_card_row(entry, entry[lang], lang) for entry, lang in entries]
    return plain + states + traditional


def _type_row(position: int, entry: dict[str, Any]) -> dict[str, Any]:
    names = {f"name_{_column(lang)}": text for lang, text in entry["name"].items()}
    shorts = {f"short_{_column(lang)}": text for lang, text in entry["short"].items()}
    return {
        "code": entry["code"],
        "parent_id": entry["parent"],
        "kind": entry["kind"],
        "aliases": entry["aliases"],
        "list_year": entry["list_year"],
        "external_codes": entry["external_codes"],
        "position": position,
        "shipped": True,
        **names,
        **shorts,
    }


def _card_row(entry: dict[str, Any], texts: dict[str, Any], lang: str) -> dict[str, Any]:
    return {
        "code": entry["code"],
        "scam_type_id": entry["scam_type"],
        "victim_state": entry["victim_state"],
        "lang": lang,
        **{key: texts[key] for key in TEXTS},
    }


def _column(lang: str) -> str:
    return lang.lower().replace("-", "_")


def _read(name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads((DATA / name).read_text("utf-8"))
    return rows
