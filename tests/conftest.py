"""What every test has: data keys, a clean hub, and the town of tests/make.py."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client

from fieldops.lib.keys import make_keyring
from tests import make, tables

tables.install()


@pytest.fixture(scope="session", autouse=True)
def data_keys() -> None:
    """Make this run's data keys, as a first start does."""
    make_keyring(settings.DATA_KEYS_DIR)


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> None:
    """Hash passwords quickly: a town has a dozen people, and slow hashes are what makes guessing dear."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def town(db: None) -> make.Town:
    """A centre with two crews on duty, a desk, and a neighbouring centre that must see nothing."""
    return make.town()


@pytest.fixture
def api() -> Iterator[make.Api]:
    """Call the API as somebody: `api(user).post("cases", {...})`."""
    yield make.Api(Client(enforce_csrf_checks=False))
