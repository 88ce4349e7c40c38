"""Wire shapes of types and cards (docs/events.md, `playbook/cards`)."""

from typing import Any

from fieldops.playbook.models import Card, ScamType


def card_wire(card: Card) -> dict[str, Any]:
    """Return one card; `scam_type` is null on a state's card, `victim_state` null on a type's."""
    return {
        "code": card.code,
        "scam_type": card.scam_type_id,
        "victim_state": card.victim_state or None,
        "lang": card.lang,
        "version": card.version,
        "red_flags": card.red_flags,
        "questions": card.questions,
        "talking_points": card.talking_points,
        "body": card.body,
    }


def type_wire(row: ScamType) -> dict[str, Any]:
    """Return one type with its names in three languages; `short` is for strips."""
    return {
        "code": row.code,
        "parent": row.parent_id,
        "kind": row.kind,
        "name": {"zh-Hans": row.name_zh_hans, "zh-Hant": row.name_zh_hant, "en": row.name_en},
        "short": {"zh-Hans": row.short_zh_hans, "zh-Hant": row.short_zh_hant, "en": row.short_en},
        "list_year": row.list_year,
    }
