"""What `serve` prints in demo mode: where to go and as whom."""

from urllib.parse import urlsplit, urlunsplit

from django.utils.translation import gettext as _

from fieldops.demo.town import PASSWORD, PEOPLE

PHONES = ("alpha1", "alpha2")


def greeting(url: str) -> str:
    """Return links and sign-ins; each phone has its own host, so that one browser keeps three sessions."""
    lines = [_("Desk:  %(url)s  (duty, supervisor)") % {"url": f"{url}/"}]
    lines += [_("Phone: %(url)s  (%(who)s)") % {"url": phone_url(url, who), "who": who} for who in PHONES]
    lines.append(_("Sign-ins: %(names)s") % {"names": " ".join(PEOPLE)})
    lines.append(_("Password of all: %(password)s") % {"password": PASSWORD})
    return "\n".join(lines)


def phone_url(url: str, who: str) -> str:
    """Return a member's phone page; only localhost has names below it."""
    parts = urlsplit(url)
    host = f"{who}.{parts.netloc}" if parts.hostname == "localhost" else parts.netloc
    return urlunsplit(parts._replace(netloc=host, path="/m/"))
