"""The product's settings, with one path more: the plain insert that sending is measured against."""

from fieldops.settings import *  # noqa: F403

ROOT_URLCONF = "tests.bench.urls"
# Two hundred members are made for one measurement; nobody signs in by password.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
