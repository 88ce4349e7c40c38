"""A furnished server's admin in the system's Chromium."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page

from tests.browser import chromium
from tests.servers import Server

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
    with chromium() as browser:
        page = browser.new_context(locale="zh-CN", viewport={"width": 1300, "height": 1000}).new_page()
        page.goto(f"{server.url}/admin/")
        page.fill("#id_username", "admin")
        page.fill("#id_password", PASSWORD)
        page.click("[type=submit]")
        page.wait_for_selector("#content")
        yield page
