"""A local certificate authority and a server certificate, for real phones on the same network.

The authority can vouch only for private addresses, this machine's own and local names (name constraints), so
that a phone which trusts it gives nothing away should the key ever be copied.
"""

import datetime as dt
import ipaddress
import os
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from fieldops.lib.clock import now

CA_DAYS = 3650
# Phones refuse server certificates longer than 825 days even from an authority added by hand.
SERVER_DAYS = 397
RENEW_DAYS = 30
PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8"]
PRIVATE += ["100.64.0.0/10", "fc00::/7", "fe80::/10", "::1/128"]
LOCAL_NAMES = ["localhost", "*.localhost"]


@dataclass(frozen=True)
class Certificates:
    """Where the files are: the authority's certificate, the server's chain and its key."""

    ca: Path
    chain: Path
    key: Path


def lan_addresses() -> list[str]:
    """Return this machine's IPv4 addresses, the one of the default route first."""
    found: list[str] = []
    # Connecting a datagram socket sends nothing; it only asks which address would be used.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            found.append(probe.getsockname()[0])
        except OSError:
            pass
    try:
        found += [str(info[4][0]) for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)]
    except OSError:
        pass
    return list(dict.fromkeys(address for address in found if not address.startswith("127.")))


def ensure_certificates(folder: Path, addresses: Iterable[str]) -> Certificates:
    """Return certificates for these addresses and the local names; make or renew what is missing or old."""
    addresses = list(addresses)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    files = Certificates(folder / "ca.crt", folder / "server.pem", folder / "server.key")
    if not (folder / "ca.key").exists() or not _may_vouch_for(files.ca, addresses):
        _make_ca(files.ca, folder / "ca.key", addresses)
        files.chain.unlink(missing_ok=True)
    names = _alternative_names(addresses)
    if not _still_good(files.chain, names):
        _make_server(files, folder / "ca.key", names)
    return files


def fingerprint(certificate: Path) -> str:
    """Return the SHA-256 fingerprint as phones show it."""
    digest = x509.load_pem_x509_certificate(certificate.read_bytes()).fingerprint(hashes.SHA256())
    return digest.hex(":").upper()


def _alternative_names(addresses: Iterable[str]) -> list[x509.GeneralName]:
    ips = dict.fromkeys(["127.0.0.1", "::1", *addresses])
    names: list[x509.GeneralName] = [x509.DNSName(name) for name in LOCAL_NAMES]
    return names + [x509.IPAddress(ipaddress.ip_address(ip)) for ip in ips]


def _still_good(chain: Path, names: list[x509.GeneralName]) -> bool:
    if not chain.exists():
        return False
    certificate = x509.load_pem_x509_certificate(chain.read_bytes())
    present = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    lasts = certificate.not_valid_after_utc - now() > dt.timedelta(days=RENEW_DAYS)
    return lasts and set(names) <= set(present)


def _may_vouch_for(certificate: Path, addresses: list[str]) -> bool:
    """Tell whether the authority's limits admit these addresses; another authority must be trusted anew."""
    if not certificate.exists():
        return False
    ca = x509.load_pem_x509_certificate(certificate.read_bytes())
    limits = ca.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []
    networks = [ipaddress.ip_network(limit.value) for limit in limits if isinstance(limit, x509.IPAddress)]
    return all(any(ipaddress.ip_address(a) in network for network in networks) for a in addresses)


def _make_ca(certificate: Path, key_file: Path, addresses: list[str]) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _named(f"Fieldops local CA ({socket.gethostname()})"[:64])
    networks = [ipaddress.ip_network(net) for net in [*PRIVATE, *addresses]]
    limits: list[x509.GeneralName] = [x509.IPAddress(net) for net in networks]
    limits.append(x509.DNSName("localhost"))
    builder = _builder(name, name, key.public_key(), CA_DAYS)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(ca=True), critical=True)
    builder = builder.add_extension(x509.NameConstraints(limits, None), critical=True)
    signed = builder.sign(key, hashes.SHA256())
    _write_private(key_file, key)
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))


def _make_server(files: Certificates, ca_key_file: Path, names: list[x509.GeneralName]) -> None:
    ca = x509.load_pem_x509_certificate(files.ca.read_bytes())
    ca_key = serialization.load_pem_private_key(ca_key_file.read_bytes(), None)
    assert isinstance(ca_key, ec.EllipticCurvePrivateKey)
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder(_named("Fieldops"), ca.subject, key.public_key(), SERVER_DAYS)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(ca=False), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key())
    signed = builder.add_extension(issuer, critical=False).sign(ca_key, hashes.SHA256())
    _write_private(files.key, key)
    pem = serialization.Encoding.PEM
    files.chain.write_bytes(signed.public_bytes(pem) + ca.public_bytes(pem))


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, days: int
) -> x509.CertificateBuilder:
    start = now() - dt.timedelta(hours=1)  # a phone's clock may be a little behind
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _named(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )


def _write_private(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    content = key.private_bytes(encoding, form, serialization.NoEncryption())
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
