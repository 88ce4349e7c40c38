"""Who takes part, over real HTTP and real sockets: the city's feed, a desk, a crew member's phone.

async with Phone(url, "alpha1") as phone:
    await phone.sign_in()
    await phone.go_on_duty()
    offer = await phone.wait_for("assignment.offered")
    await phone.command("accept", offer["subject"])
"""

import asyncio
import contextlib
import json
import time
from typing import Any, Self

import httpx

from fieldops.demo.phone import Phone
from fieldops.demo.session import Refused, Session
from fieldops.demo.town import FEED_KEY, FEED_SECRET, PASSWORD
from fieldops.intake.management.commands.sendalert import signed_headers
from fieldops.lib.ids import new_id

ANSWER_WITHIN_S = 60.0


class CityFeed:
    """The city centre: signs alerts and sends each until it is answered."""

    def __init__(self, url: str, *, key: str = FEED_KEY, secret: str = FEED_SECRET) -> None:
        self.url, self.key, self.secret = f"{url.rstrip('/')}/api/v1/alerts", key, secret
        self.http = httpx.AsyncClient(timeout=20, verify=False)

    async def send(self, body: dict[str, Any], *, within_s: float = ANSWER_WITHIN_S) -> dict[str, Any]:
        """Send an alert, signed anew each time, until it is taken; return the answer. Raises Refused."""
        raw = json.dumps(body, ensure_ascii=False).encode()
        deadline = time.monotonic() + within_s
        while True:
            headers = signed_headers(self.url, raw, self.key, self.secret)
            with contextlib.suppress(httpx.TransportError):
                answer = await self.http.post(self.url, content=raw, headers=headers)
                if answer.status_code < 400:
                    taken: dict[str, Any] = answer.json()
                    return taken
                if answer.status_code < 500 or time.monotonic() > deadline:
                    raise Refused(answer)
            if time.monotonic() > deadline:
                raise TimeoutError("the alert was never answered")
            await asyncio.sleep(0.5)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self.http.aclose()


class Desk:
    """A duty officer at the desk."""

    def __init__(self, url: str, username: str = "duty", password: str = PASSWORD) -> None:
        self.session = Session(url, username, password)

    async def sign_in(self) -> None:
        """Sign in. Raises Refused."""
        await self.session.sign_in()

    async def case(self, case_id: str) -> dict[str, Any]:
        """Return a case as its page has it. Raises Refused."""
        found: dict[str, Any] = await self.session.get(f"cases/{case_id}")
        return found

    async def call(
        self, case_id: str, *, result: str = "connected", state: str, **more: Any
    ) -> dict[str, Any]:
        """Ring the person and record what came of it; return the closed call."""
        call = await self.session.post(f"cases/{case_id}/calls", {"id": str(new_id()), "target": "person"})
        said = {"result": result, "state_after": state, **more}
        closed: dict[str, Any] = await self.session.patch(f"calls/{call['call']['id']}", said)
        return closed

    async def whereabouts(self, case_id: str, **said: Any) -> dict[str, Any]:
        """Say where he is now."""
        case: dict[str, Any] = await self.session.post(
            f"cases/{case_id}/whereabouts", {"source": "call", **said}
        )
        return case

    async def recommendation(self, case_id: str) -> list[dict[str, Any]]:
        """Return the crews, best first."""
        crews: list[dict[str, Any]] = (await self.session.get(f"cases/{case_id}/recommendation"))["crews"]
        return crews

    async def offer(self, case_id: str, team_id: str, **more: Any) -> dict[str, Any]:
        """Send a crew; `id` in `more` is the assignment's own, minted here. Raises Refused."""
        body = {"team": team_id, **more}
        assignment: dict[str, Any] = await self.session.post(f"cases/{case_id}/offer", body)
        return assignment

    async def say(self, assignment_id: str, text: str) -> dict[str, Any]:
        """Say something to the crew."""
        message: dict[str, Any] = await self.session.post(
            f"assignments/{assignment_id}/messages", {"text": text}
        )
        return message

    async def close_case(self, case_id: str, disposition: str = "handled") -> dict[str, Any]:
        """Close a case."""
        case: dict[str, Any] = await self.session.post(f"cases/{case_id}/close", {"disposition": disposition})
        return case

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self.session.close()


__all__ = ["CityFeed", "Desk", "Phone"]
