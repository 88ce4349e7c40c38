"""The server set-up of deploy/: nginx with TLS in front, two web processes, Redis between them."""

import asyncio
import datetime as dt
import json
import re
import shutil
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect

from fieldops.lib.clock import now
from fieldops.serving import tls
from tests.servers import (
    ROOT,
    Server,
    cookie_header,
    free_port,
    run_nginx,
    run_redis,
    run_server,
    sign_in,
    start_server,
    stop,
    wait_until,
)
from tests.serving.conftest import PASSWORD, add_wei

pytestmark = pytest.mark.skipif(
    not (shutil.which("nginx") and shutil.which("redis-server")), reason="nginx or Redis is not installed"
)
DEPLOYED = ROOT / "deploy" / "nginx" / "fieldops.conf"


@dataclass
class Site:
    """What the outside sees, the two processes behind it, and what trusts its certificate."""

    front: Server
    first: Server
    second: Server
    trusting: ssl.SSLContext
    log: Path


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    files = tls.ensure_certificates(tmp_path_factory.mktemp("tls"), [])
    port = free_port()
    with ExitStack() as stack:
        env = {"FIELDOPS_TLS": "1", "FIELDOPS_PROXIES": "1", "REDIS_URL": stack.enter_context(run_redis())}
        only_web = ("--no-timers",)
        first = stack.enter_context(run_server(env, args=only_web, prepare=add_wei))
        second = stack.enter_context(start_server(first.env, args=only_web))
        timers = subprocess.Popen([sys.executable, "manage.py", "runtimers"], cwd=ROOT, env=first.env)
        stack.callback(stop, timers)
        wait_until(lambda: httpx.get(f"{first.url}/readyz").status_code == 200, "not ready")
        text = nginx_text(port, [first.port, second.port], files)
        stack.enter_context(run_nginx(text, port))
        front = replace(first, url=f"https://localhost:{port}", port=port)
        yield Site(front, first, second, ssl.create_default_context(cafile=files.ca), access_log(files))


def nginx_text(port: int, backends: list[int], files: tls.Certificates) -> str:
    """Return deploy/nginx/fieldops.conf with our ports, name and certificate."""
    text = DEPLOYED.read_text()
    text = re.sub(r"server \{\s+listen 80;.*?\n\}\n", "", text, flags=re.DOTALL)
    for deployed, ours in [
        ("127.0.0.1:8101", f"127.0.0.1:{backends[0]}"),
        ("127.0.0.1:8102", f"127.0.0.1:{backends[1]}"),
        ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
        ("fieldops.example.org", "localhost"),
        ("/etc/ssl/fieldops/fullchain.pem", str(files.chain)),
        ("/etc/ssl/fieldops/privkey.pem", str(files.key)),
        ("/var/log/nginx/fieldops.access.log", str(access_log(files))),
        ("/var/log/nginx/fieldops.error.log", str(files.key.with_name("error.log"))),
    ]:
        assert deployed in text, f"{deployed} is no longer in {DEPLOYED.name}"
        text = text.replace(deployed, ours)
    return text


def access_log(files: tls.Certificates) -> Path:
    """Return where our nginx writes who asked for what."""
    return files.key.with_name("access.log")


def test_what_is_searched_for_is_in_no_log(site: Site) -> None:
    for path in ("/find?text=13800001111", "/api/v1/cases?text=13800001111", "/calendar/secret-token.ics"):
        httpx.get(f"{site.front.url}{path}", verify=site.trusting)

    wait_until(lambda: "/calendar/-" in site.log.read_text(), "nginx wrote nothing")

    text = site.log.read_text()
    assert "GET /find " in text and "GET /api/v1/cases " in text
    assert "13800001111" not in text and "secret-token" not in text


def test_it_answers_through_tls(site: Site) -> None:
    answer = httpx.get(f"{site.front.url}/readyz", verify=site.trusting)

    assert (answer.status_code, answer.json()["checks"]["layer"]) == (200, True)


def test_figures_are_not_for_the_outside(site: Site) -> None:
    assert httpx.get(f"{site.front.url}/metrics", verify=site.trusting).status_code == 404


def test_signing_in_works_and_cookies_are_secure(site: Site) -> None:
    with sign_in(site.front, "wei", PASSWORD) as wei:
        assert all(cookie.secure for cookie in wei.cookies.jar)


async def test_a_socket_opens_from_our_page_only(site: Site) -> None:
    with sign_in(site.front, "wei", PASSWORD) as wei:
        headers = {"Cookie": cookie_header(wei)}
    address = f"{site.front.ws_url}/ws/desk"

    async with connect(address, origin=site.front.url, additional_headers=headers, ssl=site.trusting) as line:
        await asyncio.wait_for(await line.ping(), 5)
    insecure = site.front.url.replace("https", "http")
    with pytest.raises(Exception, match="403"):
        async with connect(address, origin=insecure, additional_headers=headers, ssl=site.trusting):
            pass


async def test_a_wake_in_one_process_reaches_a_socket_of_the_other(site: Site) -> None:
    with sign_in(site.front, "wei", PASSWORD) as wei:
        headers = {"Cookie": cookie_header(wei)}
    hello = json.loads(site.second.manage("shell", "-v0", "-c", PLACE_OF_THE_DESK))

    async with connect(
        f"{site.second.ws_url}/ws/desk", origin=page_of(site.second), additional_headers=headers
    ) as line:
        await line.send(json.dumps({"hello": hello}))
        await asyncio.sleep(0.5)
        raising = asyncio.create_task(
            asyncio.to_thread(site.first.manage, "shell", "-v0", "-c", RAISE_ALARMS)
        )
        late_s: list[float] = []
        while len(late_s) < 4:
            for event in json.loads(await asyncio.wait_for(line.recv(), 20))["ev"]:
                late_s.append((now() - dt.datetime.fromisoformat(event["at"])).total_seconds())
        await raising

    # The sweep alone, every three seconds, would bring them late.
    assert max(late_s) < 1.5


def test_one_process_may_go_and_come_back(site: Site) -> None:
    site.second.stop()

    answers = {httpx.get(f"{site.front.url}/healthz", verify=site.trusting).status_code for _ in range(6)}
    assert answers == {200}

    with start_server(site.second.env, args=("--no-timers",), port=site.second.port):
        assert httpx.get(f"{site.front.url}/healthz", verify=site.trusting).status_code == 200


def page_of(server: Server) -> str:
    """Return the Origin of an https page at a process's own port."""
    return server.url.replace("http", "https", 1)


PLACE_OF_THE_DESK = """
import json
from fieldops.feed.models import desk
from fieldops.feed.queries import head_of
from fieldops.teams.models import Center
head = head_of(desk(Center.objects.get().pk))
print(json.dumps({"gen": str(head.gen), "cursor": head.last}))
"""
RAISE_ALARMS = """
import time
from fieldops.feed.alarms import raise_alarm
from fieldops.lib.clock import now
from fieldops.teams.models import Center
for number in range(4):
    raise_alarm(center_id=Center.objects.get().pk, kind="timer_late", key=f"test {number}", at=now())
    time.sleep(0.8)
"""
