"""The phone app's files under /m/."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

FOREVER = "public, max-age=31536000, immutable"
PAGE = "<!doctype html><title>m</title>" + "x" * 2000


@pytest.fixture
def dist(tmp_path: Path, settings: Any) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text(PAGE)
    (tmp_path / "sw.js").write_text("self")
    (tmp_path / "manifest.webmanifest").write_text("{}")
    (tmp_path / "assets" / "index-D2WSy4yI.js").write_text("export {}")
    settings.FRONTEND_DIST = tmp_path
    return tmp_path


@pytest.fixture
def client() -> Client:
    return Client()


class TestShell:
    @pytest.mark.parametrize("path", ["/m/", "/m/today", "/m/a/b"])
    def test_it_answers_the_page_with_the_policy(self, client: Client, dist: Path, path: str) -> None:
        response = client.get(path)

        assert response.status_code == 200
        assert response.content.decode() == PAGE
        assert response["Content-Type"] == "text/html; charset=utf-8"
        assert response["Cache-Control"] == "no-cache"
        assert "default-src 'none'" in response["Content-Security-Policy"]

    @pytest.mark.parametrize(
        ("name", "media_type", "cache"),
        [
            ("sw.js", "text/javascript; charset=utf-8", "no-cache"),
            ("manifest.webmanifest", "application/manifest+json", "no-cache"),
            (
                "assets/index-D2WSy4yI.js",
                "text/javascript; charset=utf-8",
                FOREVER,
            ),
        ],
    )
    def test_it_answers_a_file_with_its_type_and_age(
        self, client: Client, dist: Path, name: str, media_type: str, cache: str
    ) -> None:
        response = client.get(f"/m/{name}")

        assert (response["Content-Type"], response["Cache-Control"]) == (media_type, cache)

    def test_it_packs_text_where_the_browser_takes_it(self, client: Client, dist: Path) -> None:
        response = client.get("/m/", headers={"Accept-Encoding": "gzip, br"})

        assert response["Content-Encoding"] == "gzip"
        assert len(response.content) < 200

    def test_it_answers_304_for_what_the_browser_has(self, client: Client, dist: Path) -> None:
        tag = client.get("/m/sw.js")["ETag"]

        assert client.get("/m/sw.js", headers={"If-None-Match": tag}).status_code == 304

    @pytest.mark.parametrize("path", ["/m/assets/gone-12345678.js", "/m/..%2f..%2fetc%2fpasswd.txt"])
    def test_it_refuses_what_is_not_there(self, client: Client, dist: Path, path: str) -> None:
        assert client.get(path).status_code == 404

    def test_it_stays_inside_its_folder(self, client: Client, dist: Path) -> None:
        (dist.parent / "outside").write_text("secret")

        assert b"secret" not in client.get("/m/../outside").content
        assert b"secret" not in client.get("/m/..%2foutside").content

    def test_it_says_how_to_build_it(self, client: Client, tmp_path: Path, settings: Any) -> None:
        settings.FRONTEND_DIST = tmp_path / "none"

        response = client.get("/m/")

        assert response.status_code == 503
        assert "make front" in response.content.decode()

    def test_a_new_build_is_served_at_once(self, client: Client, dist: Path) -> None:
        client.get("/m/sw.js")
        (dist / "sw.js").write_text("self // 2")

        assert client.get("/m/sw.js").content == b"self // 2"
