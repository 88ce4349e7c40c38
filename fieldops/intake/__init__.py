"""Alerts in: feed keys, signature, nonce, file import; knows nothing after the case is open."""
