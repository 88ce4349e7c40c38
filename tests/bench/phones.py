"""Phones on their sockets: reading, acknowledging, and sending their heartbeats.

As a program it is the load: `python -m tests.bench.phones URL BENCH_JSON SKIP` connects every phone but the
first SKIP, prints "connected" and stays until it is stopped.
"""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

import httpx
from websockets.asyncio.client import connect

HEARTBEAT_S = 15


class Phone:
    """One phone: `offers` tells when an offer of a case was read from its socket."""

    def __init__(self, url: str, client: httpx.AsyncClient, own: dict[str, str]) -> None:
        self.url, self.client, self.own = url, client, own
        self.offers: dict[str, asyncio.Future[float]] = {}
        self.ready = asyncio.Event()

    async def run(self) -> None:
        """Connect after the snapshot's cursor and read until cancelled."""
        cookie = {"Cookie": f"sessionid={self.own['session']}"}
        answer = await self.client.get("/api/v1/sync/snapshot", headers=cookie)
        snapshot = answer.raise_for_status().json()
        hello = {"device_id": self.own["device_id"], "epoch": self.own["epoch"]}
        hello |= {"gen": snapshot["gen"], "cursor": snapshot["cursor"]}
        address = self.url.replace("http", "ws", 1) + "/ws/sync"
        async with connect(address, origin=self.url, additional_headers=cookie) as line:  # type: ignore[arg-type]
            await line.send(json.dumps({"hello": hello}))
            self.ready.set()
            async for text in line:
                read_at = time.perf_counter()
                events = json.loads(text).get("ev", [])
                self._note(events, read_at)
                if events:
                    await line.send(json.dumps({"ack": events[-1]["seq"]}))

    async def beat(self, token: str, after_s: float) -> None:
        """Send heartbeats until cancelled."""
        headers = {"Cookie": f"sessionid={self.own['session']}; csrftoken={token}", "X-CSRFToken": token}
        body = {
            "device_id": self.own["device_id"],
            "epoch": self.own["epoch"],
            "pending": 0,
            "can_ring": True,
        }
        await asyncio.sleep(after_s)
        while True:
            await self.client.post(
                "/api/v1/sync/heartbeat", json=body, headers={**headers, "Origin": self.url}
            )
            await asyncio.sleep(HEARTBEAT_S)

    def offer_of(self, case_id: str) -> "asyncio.Future[float]":
        """Return the moment this case's offer is read, once it is."""
        return self.offers.setdefault(case_id, asyncio.get_running_loop().create_future())

    def _note(self, events: list[dict[str, Any]], read_at: float) -> None:
        for event in events:
            if event["kind"] == "assignment.offered":
                waiting = self.offer_of(event["body"]["case_id"])
                if not waiting.done():
                    waiting.set_result(read_at)


async def main(url: str, file: str, skip: int) -> None:
    """Be the load."""
    phones = json.loads(Path(file).read_text())["phones"][skip:]
    limits = httpx.Limits(max_connections=8)
    async with httpx.AsyncClient(base_url=url, limits=limits, timeout=60) as client:
        await client.get("/_allauth/browser/v1/auth/session")
        token = client.cookies["csrftoken"]
        client.cookies.clear()
        crowd = [Phone(url, client, own) for own in phones]
        tasks = []
        for number, phone in enumerate(crowd):
            tasks.append(asyncio.create_task(phone.run()))
            await asyncio.wait_for(phone.ready.wait(), 30)
            tasks.append(asyncio.create_task(phone.beat(token, HEARTBEAT_S * number / len(crowd))))
        print("connected", flush=True)
        await asyncio.gather(*tasks)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
