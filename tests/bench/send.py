"""From *Send* to the phone: the time until an offer is read from a member's socket, against one plain insert.

Both go to the same server, one after the other, by the same session with CSRF and a serializer; the other
phones are another process, on their sockets and sending heartbeats.
"""

import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path
from statistics import median, quantiles

import httpx

from tests.bench.phones import Phone
from tests.servers import ROOT, Server, run_server, stop

ROUNDS = 60
GOAL = 2.0


def measure_send() -> bool:
    """Print the figures with 1 and with 200 phones; tell whether the goal is held."""
    return all([_measure(1), _measure(200)])


def _measure(phones: int) -> bool:
    env = {"DJANGO_SETTINGS_MODULE": "tests.bench.settings", "FIELDOPS_LOG": "WARNING"}
    with run_server(env, prepare=lambda full: _fill(full, phones)) as server:
        file = server.data_dir / "bench.json"
        load = _start_load(server, file) if phones > 1 else None
        try:
            sent, inserted = asyncio.run(_rounds(server, json.loads(file.read_text())))
        finally:
            if load:
                stop(load)
    ratio = median(sent) / median(inserted)
    print(
        f"  {phones:3} phones   send to phone {_say(sent)}   insert {_say(inserted)}   p50 ratio {ratio:.2f}"
    )
    if phones > 1:
        print(f"  (goal: p50 ratio at most {GOAL})")
    return ratio <= GOAL


async def _rounds(server: Server, world: dict[str, list[str]]) -> tuple[list[float], list[float]]:
    """Offer, insert, recall, again and again; return the first two's milliseconds."""
    sent, inserted = [], []
    async with httpx.AsyncClient(base_url=server.url, timeout=60) as client:
        await client.get("/_allauth/browser/v1/auth/session")
        client.cookies.set("sessionid", str(world["desk"]))
        client.headers.update({"X-CSRFToken": client.cookies["csrftoken"], "Origin": server.url})
        async with httpx.AsyncClient(base_url=server.url, timeout=60) as phones_client:
            phone = Phone(server.url, phones_client, world["phones"][0])  # type: ignore[arg-type]
            reading = asyncio.create_task(phone.run())
            await asyncio.wait_for(phone.ready.wait(), 30)
            for case_id in world["cases"]:
                sent.append(await _send(client, phone, str(world["team"]), case_id))
                inserted.append(await _insert(client, case_id))
            reading.cancel()
    # The first rounds fill caches and pools.
    return sent[5:], inserted[5:]


async def _send(client: httpx.AsyncClient, phone: Phone, team: str, case_id: str) -> float:
    read = phone.offer_of(case_id)
    begun = time.perf_counter()
    body = {"team": team, "reason": "bench"}
    answer = await client.post(f"/api/v1/cases/{case_id}/offer", json=body)
    assert answer.status_code == 201, answer.text
    took = (await asyncio.wait_for(read, 20) - begun) * 1000
    recall = f"/api/v1/assignments/{answer.json()['id']}/recall"
    assert (await client.post(recall, json={"reason": "bench"})).status_code == 200
    return took


async def _insert(client: httpx.AsyncClient, case_id: str) -> float:
    begun = time.perf_counter()
    answer = await client.post("/bench/insert", json={"subject": case_id, "reason": "bench"})
    assert answer.status_code == 201, answer.text
    return (time.perf_counter() - begun) * 1000


def _fill(env: dict[str, str], phones: int) -> None:
    command = f"from tests.bench.world import fill; fill({phones}, {ROUNDS})"
    done = subprocess.run([sys.executable, "manage.py", "shell", "-v0", "-c", command], cwd=ROOT, env=env)
    assert done.returncode == 0


def _start_load(server: Server, file: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.bench.phones", server.url, str(file), "1"]
    load = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    assert load.stdout and load.stdout.readline() == b"connected\n"
    return load


def _say(times: list[float]) -> str:
    return f"p50 {median(times):5.1f} ms  p95 {quantiles(times, n=20)[-1]:5.1f} ms"
