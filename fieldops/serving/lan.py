"""Serving phones on the same network: TLS with the local authority, and the certificate handed out."""

from django.conf import settings

from fieldops.serving import tls, trust


class Lan:
    """One `serve --lan`: its certificates, its addresses, its small plain-http site."""

    def __init__(self, *, port: int, trust_port: int) -> None:
        addresses = tls.lan_addresses()
        self.files = tls.ensure_certificates(settings.DATA_DIR / "tls", addresses)
        self.name = addresses[0] if addresses else "localhost"
        self.port = port
        self.trust_port = trust_port
        _speak_tls(addresses)

    @property
    def app_url(self) -> str:
        return f"https://{self.name}:{self.port}/m/"

    @property
    def trust_url(self) -> str:
        return f"http://{self.name}:{self.trust_port}/"

    def endpoint(self, bind: str) -> str:
        """Return the endpoint description for Daphne."""
        key, chain = escape(str(self.files.key)), escape(str(self.files.chain))
        return f"ssl:{self.port}:interface={escape(bind)}:privateKey={key}:certKey={chain}"

    def trust_site(self) -> trust.TrustSite:
        """Return what phones see that do not trust us yet."""
        return trust.TrustSite(
            self.files.ca, app_url=self.app_url, fingerprint=tls.fingerprint(self.files.ca)
        )

    def steps(self) -> str:
        """Return the QR code and the steps for the terminal."""
        urls = {"trust_url": self.trust_url, "app_url": self.app_url}
        steps = trust.trust_steps(**urls, fingerprint=tls.fingerprint(self.files.ca))
        return trust.terminal_qr(self.trust_url) + "\n" + steps


def escape(text: str) -> str:
    """Escape a value for an endpoint description."""
    return text.replace("\\", "\\\\").replace(":", "\\:").replace("=", "\\=")


def _speak_tls(addresses: list[str]) -> None:
    """Set what FIELDOPS_TLS and ALLOWED_HOSTS would say, had the addresses been known in time."""
    settings.TLS = True
    settings.SESSION_COOKIE_SECURE = True
    settings.CSRF_COOKIE_SECURE = True
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, *addresses]
