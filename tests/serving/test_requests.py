"""Requests: the pool, hosts, ambiguous framing."""

import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.servers import Server
from tests.serving.conftest import send_raw


class TestHealth:
    def test_it_answers(self, server: Server) -> None:
        answer = httpx.get(f"{server.url}/healthz")

        assert (answer.status_code, answer.json()) == (200, {"ok": True})

    def test_it_is_ready_with_database_layer_and_timers(self, server: Server) -> None:
        answer = httpx.get(f"{server.url}/readyz")

        assert answer.json() == {"ok": True, "checks": {"database": True, "layer": True, "timers": True}}

    def test_it_gives_figures_to_this_machine_only(self, server: Server) -> None:
        near = httpx.get(f"{server.url}/metrics")
        through_proxy = httpx.get(f"{server.url}/metrics", headers={"X-Forwarded-For": "192.0.2.7"})

        assert b"process_resident_memory_bytes" in near.content
        assert through_proxy.status_code == 403


class TestPool:
    def test_it_serves_many_at_once(self, server: Server) -> None:
        with httpx.Client() as client, ThreadPoolExecutor(50) as crowd:
            client.get(f"{server.url}/readyz")
            begun = time.monotonic()
            answers = list(crowd.map(lambda _: httpx.get(f"{server.url}/readyz", timeout=20), range(100)))

        assert {answer.status_code for answer in answers} == {200}
        assert time.monotonic() - begun < 20


class TestHost:
    def test_it_refuses_a_foreign_host(self, server: Server) -> None:
        answer = httpx.get(f"{server.url}/healthz", headers={"Host": "evil.example"})

        assert (answer.status_code, answer.json()["code"]) == (400, "bad_host")

    def test_it_refuses_two_hosts(self, server: Server) -> None:
        answer = send_raw(server, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n")

        assert answer.startswith(b"HTTP/1.1 400 ")

    def test_it_refuses_no_host(self, server: Server) -> None:
        assert send_raw(server, b"GET /healthz HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 400 ")

    def test_it_refuses_a_foreign_host_on_a_static_file(self, server: Server) -> None:
        answer = httpx.get(f"{server.url}/static/admin/css/base.css", headers={"Host": "evil.example"})

        assert answer.status_code == 400


class TestCharset:
    @pytest.mark.parametrize(
        "charset", ["hex", "rot13", "zlib", "idna", "punycode", "undefined", "utf-16", "no-such"]
    )
    def test_what_is_not_utf8_is_refused(self, server: Server, charset: str) -> None:
        """Python knows codecs that are none of text, and Django would decode the query by them."""
        kinds = ["text/plain", "application/x-www-form-urlencoded"]

        answers = [
            httpx.get(
                f"{server.url}/sign-in?next=%E4%B8%AD", headers={"Content-Type": f"{kind}; charset={charset}"}
            )
            for kind in kinds
        ]

        assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [
            (415, "media_type")
        ] * 2

    def test_a_charset_by_which_the_charset_is_read_is_refused(self, server: Server) -> None:
        kind = "text/plain; charset*=undefined''%41"

        assert httpx.get(f"{server.url}/sign-in", headers={"Content-Type": kind}).status_code == 415

    @pytest.mark.parametrize("charset", ["utf-8", "UTF-8", '"utf8"'])
    def test_utf8_is_read_however_it_is_spelt(self, server: Server, charset: str) -> None:
        kind = f"application/json; charset={charset}"

        assert httpx.get(f"{server.url}/healthz", headers={"Content-Type": kind}).status_code == 200


class TestFraming:
    def test_it_refuses_length_and_chunks_together(self, server: Server) -> None:
        both = b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"
        request = b"POST /healthz HTTP/1.1\r\nHost: localhost\r\n" + both + b"X: y\r\n\r\n0\r\n\r\n"

        answer = send_raw(server, request)

        assert answer.startswith(b"HTTP/1.1 400 ")
        assert answer.count(b"HTTP/1.1 ") == 1, "the request must not run after its refusal"

    def test_it_refuses_two_lengths(self, server: Server) -> None:
        request = (
            b"POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"
        )

        assert send_raw(server, request).startswith(b"HTTP/1.1 400 ")

    def test_it_does_not_run_what_follows_a_refusal(self, server: Server) -> None:
        smuggled = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
        request = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nBad Header\r\n\r\n" + smuggled

        assert b'{"ok": true}' not in send_raw(server, request)
