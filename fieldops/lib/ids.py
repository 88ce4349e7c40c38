"""Identifiers: UUIDv7, so rows sort by birth and phones can mint their own."""

import uuid

import uuid_utils


def new_id() -> uuid.UUID:
    """Return a fresh UUIDv7 as the standard library's type."""
    return uuid.UUID(bytes=uuid_utils.uuid7().bytes)
