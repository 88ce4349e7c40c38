"""What a phone needs to trust this machine: the authority's certificate, a page that says how, a QR code."""

import io
from pathlib import Path
from typing import Any

import segno
from django.template.loader import render_to_string
from django.utils import translation
from twisted.web.resource import NoResource, Resource

LANGUAGES = ("zh-hans", "en")
CA_PATH = "trust/ca.crt"
CA_TYPE = b"application/x-x509-ca-cert"


def trust_steps(*, trust_url: str, app_url: str, fingerprint: str) -> str:
    """Return the steps for iPhone and Android as text for a terminal, in Chinese and English."""
    context = {"trust_url": trust_url, "app_url": app_url, "fingerprint": fingerprint}
    return "\n".join(_in_language(code, "serving/trust.txt", context) for code in LANGUAGES)


def terminal_qr(text: str) -> str:
    """Return `text` as a QR code drawn with half blocks."""
    drawn = io.StringIO()
    segno.make(text, error="m").terminal(drawn, compact=True)
    return drawn.getvalue()


class TrustSite(Resource):
    """The small plain-http site: the page at `/`, the certificate at `/trust/ca.crt`, nothing else."""

    isLeaf = True

    def __init__(self, ca: Path, *, app_url: str, fingerprint: str) -> None:
        super().__init__()
        self.ca = ca.read_bytes()
        self.context = {"app_url": app_url, "fingerprint": fingerprint, "ca_path": f"/{CA_PATH}"}

    def render_GET(self, request: Any) -> bytes:
        if request.path == f"/{CA_PATH}".encode():
            request.setHeader(b"content-type", CA_TYPE)
            request.setHeader(b"content-disposition", b'attachment; filename="fieldops-ca.crt"')
            return self.ca
        if request.path != b"/":
            return NoResource().render(request)
        request.setHeader(b"content-type", b"text/html; charset=utf-8")
        request.setHeader(b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'")
        sections = [_in_language(code, "serving/trust_section.html", self.context) for code in LANGUAGES]
        return render_to_string("serving/trust.html", {"sections": sections}).encode()


def _in_language(code: str, template: str, context: dict[str, str]) -> str:
    with translation.override(code):
        return render_to_string(template, context)
