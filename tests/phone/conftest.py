"""One furnished server and one browser for all of the phone's tests; each test has a crew of its own."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.browser import CHROMIUM, FLAGS, PASSWORD
from tests.servers import ROOT, run_server, sign_in

from .phones import OPTIONS, Handset, Town

FILL = "import json; from tests.phone.furnish import fill; print(json.dumps(fill()))"


@pytest.fixture(scope="package")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """The served town."""
    if not Path(CHROMIUM).exists():
        pytest.skip(f"no browser at {CHROMIUM}")
    if not (ROOT / "frontend" / "dist" / "index.html").exists():
        pytest.skip("the phone app is not built")
    dist = tmp_path_factory.mktemp("phone") / "dist"
    shutil.copytree(ROOT / "frontend" / "dist", dist)
    with run_server({"FIELDOPS_PHONE_DIST": str(dist)}) as server:
        made = json.loads(server.manage("shell", "-v0", "-c", FILL).splitlines()[-1])
        with sign_in(server, "supervisor", PASSWORD) as desk:
            yield Town(server, made["teams"], made["cases"], desk, dist, made["signs"])


@pytest.fixture(scope="package")
def play() -> Iterator[Playwright]:
    with sync_playwright() as found:
        yield found


@pytest.fixture(scope="package")
def browser(play: Playwright) -> Iterator[Browser]:
    found = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    yield found
    found.close()


@pytest.fixture
def handset(town: Town, browser: Browser) -> Iterator[Callable[..., Handset]]:
    """Return a maker of phones: `handset("walk1")`, each with a browser context of its own."""
    contexts = []

    def make(username: str, **options: object) -> Handset:
        context = browser.new_context(**{**OPTIONS, **options})
        contexts.append(context)
        return Handset(context.new_page(), username, town.server.url)

    yield make
    for context in contexts:
        context.close()
