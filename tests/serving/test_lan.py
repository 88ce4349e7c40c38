"""`serve --lan`: a real TLS handshake trusted through the local authority, and the certificate handed out."""

import ipaddress
import socket
import ssl
import stat
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from websockets.asyncio.client import connect

from fieldops.serving import tls
from tests.servers import Server, cookie_header, free_port, run_server, sign_in
from tests.serving.conftest import PASSWORD, add_wei

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def trust_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def lan(trust_port: int) -> Iterator[Server]:
    options = ("--lan", "--bind", "127.0.0.1", "--trust-port", str(trust_port))
    with run_server(args=options, prepare=add_wei) as server:
        yield server


@pytest.fixture(scope="module")
def trusting(lan: Server, trust_port: int, tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """What a phone has after it has installed the certificate that we hand out."""
    answer = httpx.get(f"http://localhost:{trust_port}/trust/ca.crt")
    assert answer.headers["content-type"] == "application/x-x509-ca-cert"
    file = tmp_path_factory.mktemp("phone") / "ca.crt"
    file.write_bytes(answer.content)
    return ssl.create_default_context(cafile=file)


class TestHandshake:
    @pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
    def test_it_is_trusted_by_name_and_address(
        self, lan: Server, trusting: ssl.SSLContext, name: str
    ) -> None:
        answer = httpx.get(f"https://{name}:{lan.port}/healthz", verify=trusting)

        assert answer.status_code == 200

    def test_it_is_trusted_at_this_machines_address(self, lan: Server, trusting: ssl.SSLContext) -> None:
        for address in tls.lan_addresses():
            with socket.create_connection(("127.0.0.1", lan.port)) as line:
                with trusting.wrap_socket(line, server_hostname=address) as secured:
                    assert secured.version() in ("TLSv1.2", "TLSv1.3")

    def test_it_is_not_trusted_without_the_certificate(self, lan: Server) -> None:
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            httpx.get(f"{lan.url}/healthz")

    def test_it_speaks_no_old_tls(self, lan: Server, trusting: ssl.SSLContext) -> None:
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
        old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
        with pytest.raises((ssl.SSLError, ConnectionError)):
            with socket.create_connection(("127.0.0.1", lan.port)) as line:
                old.wrap_socket(line)


class TestSession:
    async def test_cookies_are_secure_and_sockets_open(self, lan: Server, trusting: ssl.SSLContext) -> None:
        with sign_in(lan, "wei", PASSWORD) as wei:
            assert all(cookie.secure for cookie in wei.cookies.jar)
            headers = {"Cookie": cookie_header(wei)}

        async with connect(
            f"{lan.ws_url}/ws/desk", origin=lan.url, additional_headers=headers, ssl=trusting
        ) as line:
            await line.ping()


class TestHandOut:
    def test_the_page_says_how_in_two_languages(self, lan: Server, trust_port: int) -> None:
        page = httpx.get(f"http://localhost:{trust_port}/").text

        assert "iPhone" in page and "Android" in page
        assert "证书" in page and "certificate" in page

    def test_it_serves_nothing_else(self, lan: Server, trust_port: int) -> None:
        for path in ("/trust/ca.key", "/healthz", "/trust/../ca.key"):
            assert httpx.get(f"http://localhost:{trust_port}{path}").status_code == 404

    def test_the_terminal_shows_a_code_and_steps(self, lan: Server) -> None:
        assert "█" in lan.log or "▀" in lan.log
        assert f":{lan.port}/m/" in lan.log and "iPhone" in lan.log


class TestFiles:
    def test_the_keys_are_for_us_alone(self, lan: Server) -> None:
        for name in ("ca.key", "server.key"):
            mode = (lan.data_dir / "tls" / name).stat().st_mode
            assert stat.S_IMODE(mode) == 0o600

    def test_they_are_kept_while_good_and_renewed_for_a_new_address(self, tmp_path: Path) -> None:
        first = tls.ensure_certificates(tmp_path, ["192.168.1.5"])
        ca, chain = first.ca.read_bytes(), first.chain.read_bytes()

        again = tls.ensure_certificates(tmp_path, ["192.168.1.5"])
        assert (again.ca.read_bytes(), again.chain.read_bytes()) == (ca, chain)

        moved = tls.ensure_certificates(tmp_path, ["192.168.1.6"])
        assert moved.ca.read_bytes() == ca, "phones need not trust us twice"
        server = x509.load_pem_x509_certificate(moved.chain.read_bytes())
        names = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert ipaddress.ip_address("192.168.1.6") in names.get_values_for_type(x509.IPAddress)

    def test_the_authority_can_vouch_for_private_addresses_only(self, tmp_path: Path) -> None:
        files = tls.ensure_certificates(tmp_path, [])
        ca = x509.load_pem_x509_certificate(files.ca.read_bytes())

        limits = ca.extensions.get_extension_for_class(x509.NameConstraints)

        assert limits.critical
        networks = [n.value for n in limits.value.permitted_subtrees if isinstance(n, x509.IPAddress)]
        assert not any(ipaddress.ip_address("93.184.216.34") in network for network in networks)

    def test_an_unusual_address_gets_an_authority_that_may_vouch_for_it(self, tmp_path: Path) -> None:
        first = tls.ensure_certificates(tmp_path, ["192.168.1.5"]).ca.read_bytes()

        assert tls.ensure_certificates(tmp_path, ["21.7.7.7"]).ca.read_bytes() != first
