"""Somebody signed in over HTTP as a browser is: session cookie, CSRF token, the server's own origin."""

import asyncio
import time
from typing import Any
from urllib.parse import urlsplit

import httpx

TIMEOUT_S = 20
# Nothing is known after these: the same bytes are sent again (phone-protocol §3).
TRY_AGAIN = frozenset({408, 423, 425, 429, 500, 502, 503, 504})
LONGEST_WAIT_S = 5.0


class Refused(Exception):
    """The server answered, and not as hoped."""

    def __init__(self, answer: httpx.Response) -> None:
        self.status = answer.status_code
        self.body: dict[str, Any] = _json(answer)
        self.code = str(self.body.get("code", ""))
        super().__init__(f"{answer.request.method} {answer.request.url.path}: {self.status} {self.code}")


class Session:
    """One person's browser."""

    def __init__(self, url: str, username: str, password: str) -> None:
        self.url, self.username, self.password = url.rstrip("/"), username, password
        ours = {"Origin": self.url, "Referer": f"{self.url}/"}
        self.http = httpx.AsyncClient(base_url=self.url, headers=ours, timeout=TIMEOUT_S, verify=False)

    async def sign_in(self) -> None:
        """Sign in; already being in is as good. Raises Refused."""
        await self.http.get("/_allauth/browser/v1/auth/session")
        self._take_token()
        person = {"username": self.username, "password": self.password}
        answer = await self.http.post("/_allauth/browser/v1/auth/login", json=person)
        if answer.status_code not in (200, 409):
            raise Refused(answer)
        self._take_token()

    async def get(self, path: str, **query: Any) -> Any:
        """GET below /api/v1/ and return the body. Raises Refused."""
        return await self._done("GET", path, params=query)

    async def post(self, path: str, body: Any = None) -> Any:
        """POST JSON below /api/v1/ and return the body. Raises Refused."""
        return await self._done("POST", path, json=body if body is not None else {})

    async def patch(self, path: str, body: Any) -> Any:
        """PATCH JSON below /api/v1/ and return the body. Raises Refused."""
        return await self._done("PATCH", path, json=body)

    async def post_surely(self, path: str, body: Any, *, within_s: float) -> Any:
        """POST until the server answers; for what is harmless when repeated. Raises Refused."""
        deadline, wait = time.monotonic() + within_s, 0.2
        while True:
            try:
                return await self.post(path, body)
            except Refused as refusal:
                if refusal.status not in TRY_AGAIN or time.monotonic() > deadline:
                    raise
            except httpx.TransportError:
                if time.monotonic() > deadline:
                    raise
            await asyncio.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT_S)

    @property
    def cookies(self) -> str:
        """The cookies as one header, for a websocket."""
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.http.cookies.jar)

    @property
    def socket_url(self) -> str:
        parts = urlsplit(self.url)
        return f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}"

    async def close(self) -> None:
        await self.http.aclose()

    async def _done(self, method: str, path: str, **more: Any) -> Any:
        answer = await self.http.request(method, f"/api/v1/{path}", **more)
        if answer.status_code >= 400:
            raise Refused(answer)
        return _json(answer)

    def _take_token(self) -> None:
        self.http.headers["X-CSRFToken"] = self.http.cookies.get("csrftoken") or ""


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return {}
