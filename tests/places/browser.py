"""A furnished server's admin in the system's Chromium."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.servers import Server

CHROMIUM = os.environ.get("FIELDOPS_CHROMIUM", "/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking"]
PASSWORD = "a-long-password"
FURNISH = f"""
from fieldops.lib.clock import now
from fieldops.places.actions import load_places
from fieldops.places.geojson import fuling
from fieldops.teams.models import Center, Post, User
center = Center.objects.create(name="涪陵", code="fl", phone="023-0000-0001", lng=107.39, lat=29.703)
load_places(center=center, data=fuling(), at=now())
admin = User.objects.create_superuser("admin", password="{PASSWORD}", name="admin")
Post.objects.create(user=admin, center=center, role="admin")
"""


@contextmanager
def open_admin(server: Server) -> Iterator[Page]:
    """Yield a page signed in to the admin, in simplified Chinese."""
    if not Path(CHROMIUM).exists():
        pytest.skip(f"no browser at {CHROMIUM}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_context(locale="zh-CN", viewport={"width": 1300, "height": 1000}).new_page()
        page.goto(f"{server.url}/admin/")
        page.fill("#id_username", "admin")
        page.fill("#id_password", PASSWORD)
        page.click("[type=submit]")
        page.wait_for_selector("#content")
        yield page
        browser.close()
