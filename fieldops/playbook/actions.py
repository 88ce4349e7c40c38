"""Write cards and types; a card is never overwritten, a newer version retires it."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext_lazy as _

from fieldops.feed.changes import change
from fieldops.lib.db import locked
from fieldops.lib.errors import WrongState
from fieldops.playbook.models import Card, ScamType
from fieldops.playbook.shipped import AUTHOR, TEXTS, shipped_cards, shipped_types


class CardRetired(WrongState):
    """An old version is history; the current one is what can be changed."""

    code = "card_retired"
    words = _("This version is retired; change the current one.")


def load_playbook(*, at: dt.datetime) -> int:
    """Bring shipped types and cards up to date and return how many rows changed; a second run changes none.

    A card that somebody here rewrote stays; a type that was retired here stays retired.
    """
    with change():
        types = [_renew_type(row) for row in shipped_types()]
        in_use = locked(Card.objects).filter(retired_at=None)
        current = {(card.code, card.lang): card for card in in_use}
        cards = [_renew_card(row, current, at) for row in shipped_cards()]

        return sum(types) + sum(cards)


def write_card(*, card: Card, author: str, texts: dict[str, Any], at: dt.datetime) -> Card:
    """Write the next version of `card` with `texts` (body, red_flags, questions, talking_points)."""
    with change():
        stored = locked(Card.objects).get(pk=card.pk)

        if stored.retired_at is not None:
            raise CardRetired(card=str(card.pk))

        return _next_version(stored, author, texts, at)


def retire_card(*, card: Card, at: dt.datetime) -> Card:
    """Take a card out of use; it stays on record. Harmless when repeated."""
    with change():
        stored = locked(Card.objects).get(pk=card.pk)

        if stored.retired_at is None:
            stored.retired_at = at
            stored.save(update_fields=["retired_at"])

        return stored


def _renew_type(row: dict[str, Any]) -> bool:
    """Make the type or set its shipped fields; tell whether anything changed."""
    found = ScamType.objects.filter(code=row["code"]).first()
    if found is None:
        ScamType.objects.create(**row)
        return True
    changed = [name for name, value in row.items() if getattr(found, name) != value]
    for name in changed:
        setattr(found, name, row[name])
    if changed:
        found.save(update_fields=changed)
    return bool(changed)


def _renew_card(row: dict[str, Any], current: dict[tuple[str, str], Card], at: dt.datetime) -> bool:
    found = current.get((row["code"], row["lang"]))
    texts = {key: row[key] for key in TEXTS}
    if found is None:
        # A shipped card that was taken out of use here stays out.
        if Card.objects.filter(code=row["code"], lang=row["lang"]).exists():
            return False
        Card.objects.create(**row, author=AUTHOR, written_at=at)
        return True
    if found.author != AUTHOR or all(getattr(found, key) == value for key, value in texts.items()):
        return False
    _next_version(found, AUTHOR, texts, at)
    return True


def _next_version(card: Card, author: str, texts: dict[str, Any], at: dt.datetime) -> Card:
    card.retired_at = at
    card.save(update_fields=["retired_at"])
    return Card.objects.create(
        code=card.code,
        scam_type_id=card.scam_type_id,
        victim_state=card.victim_state,
        lang=card.lang,
        version=card.version + 1,
        author=author,
        written_at=at,
        **texts,
    )
