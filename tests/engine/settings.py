"""The product's settings; the town's people are made without the price of their passwords."""

from fieldops.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
