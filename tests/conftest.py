"""What every test has: data keys, a clean hub, and the town of tests/make.py."""

from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from playwright.sync_api import Browser, expect

from fieldops.lib.keys import make_keyring
from fieldops.serving.management.commands.words import compile_all
from fieldops.teams.models import User
from tests import make, tables
from tests.browser import chromium
from tests.servers import Server, run_server

tables.install()
# A slow machine's patience; short of the 25 s after which somebody counts as gone.
expect.set_options(timeout=20_000)


def pytest_configure(config: pytest.Config) -> None:
    """Compile the words once, before any worker or server reads them."""
    if not hasattr(config, "workerinput"):
        compile_all()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that drive servers and browsers: the short ones fill what waiting leaves."""
    long = {
        item.path for item in items if any(item.iter_markers("slow")) or any(item.iter_markers("browser"))
    }
    items.sort(key=lambda item: item.path not in long)


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


@pytest.fixture
def open_page() -> Callable[..., HttpResponse]:
    """Open a page as somebody: `open_page(town.duty, "/roster")`."""

    def opened(user: User, path: str) -> HttpResponse:
        client = Client()
        client.force_login(user, backend=make.BACKEND)
        return client.get(path)

    return opened


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, one a file: two at a time would not live in one process."""
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    """A server as it comes, one a file; a test furnishes its own town."""
    with run_server() as found:
        yield found
