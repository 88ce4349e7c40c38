"""Read types and cards; they are the same for every centre and hold nothing personal."""

import hashlib
import json
from collections.abc import Iterable

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Q, QuerySet

from fieldops.playbook.models import Card, Lang, ScamType

# The language a card was first written in; shown where there is no translation.
ORIGINAL = Lang.ZH_HANS
COLUMN = {Lang.ZH_HANS: "zh_hans", Lang.ZH_HANT: "zh_hant", Lang.EN: "en"}


def lang_of(code: str) -> Lang:
    """Return the card language nearest to a language code such as `zh-hant` or `en-GB`."""
    lowered = code.lower()
    if lowered.startswith(("zh-hant", "zh-tw", "zh-hk", "zh-mo")):
        return Lang.ZH_HANT
    return Lang.EN if lowered.startswith("en") else Lang.ZH_HANS


def scam_types() -> QuerySet[ScamType]:
    """Return the types in use, parents and variants in the order of the list."""
    return ScamType.objects.filter(retired_at=None)


def type_names(lang: str) -> dict[str, str]:
    """Return code → name for all types, retired ones too: old cases still name them."""
    return dict(ScamType.objects.values_list("code", f"name_{COLUMN[lang_of(lang)]}"))


def type_short_names(lang: str) -> dict[str, str]:
    """Return code → short name for strips and phones, retired types too."""
    return dict(ScamType.objects.values_list("code", f"short_{COLUMN[lang_of(lang)]}"))


def type_of_alias(text: str) -> str | None:
    """Return the code of the type that is called `text` in any of its names, or None."""
    wanted = text.strip().casefold()
    for row in scam_types():
        names = [
            row.code,
            row.name_zh_hans,
            row.name_zh_hant,
            row.name_en,
            row.short_zh_hans,
            row.short_zh_hant,
        ]
        if wanted in {name.casefold() for name in [*names, row.short_en, *row.aliases]}:
            return row.code
    return None


def cards_for(scam_type: str, victim_state: str, lang: str) -> list[Card]:
    """Return the cards for a type and state, what to read first first.

    Order: the type's own card for this state, the state's card, the variant's card, its parent's card; each
    in `lang`, or as first written where it has not been translated.
    """
    found = ScamType.objects.filter(code=scam_type).first()
    family = [code for code in (found.code, found.parent_id) if code] if found else []
    rows = Card.objects.filter(retired_at=None).filter(
        Q(scam_type__in=family, victim_state__in=["", victim_state])
        | Q(scam_type=None, victim_state=victim_state, victim_state__gt="")
    )
    order: dict[tuple[str | None, str], int] = {
        (code, victim_state): rank for rank, code in enumerate(family)
    }
    order |= {(None, victim_state): 10}
    order |= {(code, ""): 20 + rank for rank, code in enumerate(family)}
    return sorted(in_lang(rows, lang), key=lambda card: order[card.scam_type_id, card.victim_state])


def in_lang(cards: Iterable[Card], lang: str) -> list[Card]:
    """Return one card of each code: in `lang`, else the original, else whichever there is."""
    wanted = lang_of(lang)
    rank = {wanted: 0, ORIGINAL: 1}
    best: dict[str, Card] = {}
    for card in sorted(cards, key=lambda card: (rank.get(Lang(card.lang), 2), card.lang)):
        best.setdefault(card.code, card)
    return sorted(best.values(), key=lambda card: card.code)


def current_cards(lang: str = "") -> list[Card]:
    """Return the cards in use: in one language with the original where there is none, or all languages."""
    rows = Card.objects.filter(retired_at=None).order_by("code", "lang")
    return in_lang(rows, lang) if lang else list(rows)


def playbook_version() -> str:
    """Return a short text that changes whenever a type or a card in use changes."""
    cards = list(Card.objects.filter(retired_at=None).order_by("pk").values_list("pk"))
    types = list(ScamType.objects.order_by("code").values_list())
    text = json.dumps([cards, types], cls=DjangoJSONEncoder, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
