"""Sealed columns: personal data encrypted per row, found again only through blind indexes.

AES-GCM with the key's id in front; the associated data is table, column and primary key, so a value moved to
another row or column is refused.
"""

import hashlib
import hmac
import json
import secrets
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import models

from fieldops.lib.keys import Keyring, load_keyring

NONCE_BYTES = 12


class SealBroken(Exception):
    """The sealed bytes do not belong to this row and column, or the key is another's."""


def keyring() -> Keyring:
    """Return the installation's keys (KeysMissing when they are not there)."""
    return load_keyring(settings.DATA_KEYS_DIR)


def seal(place: str, data: Any) -> bytes:
    """Seal JSON-able `data` for `place` (`table.column:pk`)."""
    ring = keyring()
    nonce = secrets.token_bytes(NONCE_BYTES)
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
    body = AESGCM(ring.data[ring.current]).encrypt(nonce, text, place.encode())
    return ring.current.encode() + b":" + nonce + body


def unseal(place: str, blob: bytes | memoryview | None) -> Any:
    """Open what `seal` made for the same `place`; None stays None. Raises SealBroken."""
    if blob is None:
        return None
    key_id, _, rest = bytes(blob).partition(b":")
    key = keyring().data.get(key_id.decode(errors="replace"))
    if key is None:
        raise SealBroken(f"{place}: unknown data key")
    try:
        return json.loads(AESGCM(key).decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], place.encode()))
    except (InvalidTag, ValueError) as error:  # ValueError: cut shorter than a nonce
        raise SealBroken(place) from error


def place_of(row: models.Model, column: str = "sealed") -> str:
    """Return the associated data of a row's sealed column."""
    return f"{row._meta.db_table}.{column}:{row.pk}"


def seal_row(row: models.Model, data: Any, column: str = "sealed") -> None:
    """Put `data` into the row's sealed column; the caller saves."""
    setattr(row, column, seal(place_of(row, column), data))


def open_row(row: models.Model, column: str = "sealed") -> Any:
    """Return what the row's sealed column holds; the caller audits the read."""
    return unseal(place_of(row, column), getattr(row, column))


def blind(kind: str, value: str) -> str:
    """Return the blind index of `value`: equal values meet, and nothing else is told without the key."""
    return hmac.new(keyring().index, f"{kind}:{value}".encode(), hashlib.sha256).hexdigest()[:32]


def check_value() -> str:
    """Return a value that only this keyring gives; stored with the database to refuse a wrong key."""
    ring = keyring()
    oldest = min(ring.data)
    return hashlib.sha256(b"fieldops" + ring.data[oldest] + ring.index).hexdigest()
