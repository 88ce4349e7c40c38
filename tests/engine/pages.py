"""Phones with the real engine in Chromium: real IndexedDB, real locks, fetch and sockets; a tab each."""

from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, Route

from tests.engine.machine import TOKEN
from tests.engine.swarm import bundle

SPEED = 10
PAGE = "<!doctype html><meta charset=utf-8><title>engine</title><script src=/m/engine-driver.js></script>"


class Pages:
    """The same words as a swarm's, spoken to tabs of a browser."""

    def __init__(self, browser: Browser, url: str, world: dict[str, Any]) -> None:
        self.browser, self.url, self.world = browser, url, world
        self._contexts: dict[str, BrowserContext] = {}
        self._pages: dict[str, Page] = {}
        self._backward: list[str] = []

    def open(self, phone: str, tab: str = "") -> Page:
        """Open a tab of this phone's browser, its driver loaded."""
        context = self._contexts.get(phone) or self._context(phone)
        page = context.new_page()
        page.goto(f"{self.url}/m/engine-driver.html")
        self._pages[tab or phone] = page
        return page

    def make(self, phone: str, tab: str = "") -> None:
        """Switch a phone on in a new tab."""
        page = self.open(phone, tab)
        user = self.world["phones"][phone]["user"]
        page.evaluate(OBEY, {"do": "make", "phone": phone, "user": user, "speed": SPEED})

    def ask(self, phone: str, do: str, **more: Any) -> Any:
        """Tell a phone to do something. A crash closes its tab; a start opens it again."""
        page = self._pages.get(phone)
        if do == "crash":
            self._close(phone)
            return None
        if page is None or page.is_closed():
            if do != "start":
                return DEAD.get(do)
            self.make(phone)
            return None
        if do == "world":
            # What is never sent does not survive the way out of a page.
            return page.evaluate(PLAIN, {"do": do, "phone": phone})
        told = page.evaluate(OBEY, {"do": do, "phone": phone, **more})
        if do == "state":
            told["backward"] = [*self._backward, *told["backward"]]
        return told

    def in_tab(self, tab: str, phone: str, do: str, **more: Any) -> Any:
        return self._pages[tab].evaluate(OBEY, {"do": do, "phone": phone, **more})

    def close(self) -> None:
        for context in self._contexts.values():
            context.close()

    def _close(self, phone: str) -> None:
        page = self._pages.pop(phone, None)
        if page and not page.is_closed():
            self._backward += page.evaluate(OBEY, {"do": "state", "phone": phone})["backward"]
            page.close()

    def _context(self, phone: str) -> BrowserContext:
        context = self.browser.new_context()
        cookies = {"sessionid": self.world["phones"][phone]["session"], "csrftoken": TOKEN}
        context.add_cookies(
            [{"name": name, "value": text, "url": self.url} for name, text in cookies.items()]
        )
        context.route("**/m/engine-driver.*", serve)
        self._contexts[phone] = context
        return context


# What a phone that is off says.
DEAD: dict[str, Any] = {"visits": [], "commands": [], "ever": []}
OBEY = "asked => window.obey(asked)"
PLAIN = "async asked => JSON.parse(JSON.stringify(await window.obey(asked)))"


def serve(route: Route) -> None:
    """Give a tab the driver's page and script in place of the server's."""
    if route.request.url.endswith(".js"):
        route.fulfill(path=bundle() / "page.js", content_type="text/javascript")
    else:
        route.fulfill(body=PAGE, content_type="text/html")
