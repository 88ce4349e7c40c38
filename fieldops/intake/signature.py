"""The city feed's signature: hex HMAC-SHA256 of `timestamp\\nnonce\\nmethod\\npath\\nsha256hex(body)`."""

import hashlib
import hmac


def sign(secret: str, *, timestamp: str, nonce: str, method: str, path: str, body: bytes) -> str:
    """Return the signature of one request."""
    text = "\n".join([timestamp, nonce, method, path, hashlib.sha256(body).hexdigest()])
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def matches(expected: str, given: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(expected.encode(), given.encode())
