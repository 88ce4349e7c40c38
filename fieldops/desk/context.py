"""What every desk page knows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from fieldops.desk.words import word
from fieldops.lib.clock import local, now
from fieldops.teams.access import may
from fieldops.teams.models import User

THEMES = ("light", "dark")
NIGHT = (20, 7)  # from, to: dark by default, for eyes at night
HTML_LANG = {"zh-hans": "zh-Hans", "zh-hant": "zh-Hant"}

# Capability, path, title; what a role may not open is not shown.
NAV: list[tuple[str, str, Any]] = [
    ("cases.see", "/", "board"),
    ("cases.see", "/map", "map"),
    ("cases.see", "/follow-ups", "follow_ups"),
    ("phones.see", "/phones", "phones"),
    ("cases.see", "/held", "held"),
    ("cases.see", "/drills", "drills"),
    ("desk.own", "/roster", "roster"),
    ("stats.see", "/day", "day"),
    ("intake.import", "/import", "import"),
]


def page(request: HttpRequest) -> dict[str, Any]:
    """Return the centre, the mode, and the frame of a page for this reader."""
    user = getattr(request, "user", None)
    post = user.post if isinstance(user, User) else None
    language = get_language() or settings.LANGUAGE_CODE
    return {
        "center": post.center if post else None,
        "demo": settings.DEMO,
        "theme": theme_of(request),
        "chosen_theme": chosen_theme(request),
        "themes": [("auto", _("By the hour")), ("light", _("Light")), ("dark", _("Dark"))],
        "html_lang": HTML_LANG.get(language, language),
        "languages": settings.LANGUAGES,
        "role_word": word("post", post.role) if post else "",
        "nav": nav_of(user, request.path) if isinstance(user, User) else [],
        "wall": isinstance(user, User) and may(user, "cases.see"),
        "wall_clock": f"{local(now()):%H:%M:%S}",
    }


def theme_of(request: HttpRequest) -> str:
    """Return the reader's theme: chosen, else dark from 20:00 to 07:00."""
    chosen = chosen_theme(request)
    if chosen != "auto":
        return chosen
    hour = local(now()).hour
    return "dark" if hour >= NIGHT[0] or hour < NIGHT[1] else "light"


def chosen_theme(request: HttpRequest) -> str:
    """Return what the reader chose: light, dark, or by the hour."""
    chosen = request.COOKIES.get("theme", "")
    return chosen if chosen in THEMES else "auto"


def nav_of(user: User, path: str) -> list[dict[str, Any]]:
    """Return the pages this person may open."""
    titles = {
        "board": _("Board"),
        "map": _("Map"),
        "follow_ups": _("Follow-ups"),
        "phones": _("Phones"),
        "held": _("To judge"),
        "drills": _("Drills"),
        "roster": _("Roster"),
        "day": _("Day sheet"),
        "import": _("Import"),
    }
    found = [
        {"path": where, "title": titles[title], "here": is_here(where, path)}
        for capability, where, title in NAV
        if may(user, capability)
    ]
    if user.is_staff:
        found.append({"path": "/admin/", "title": _("Admin"), "here": False})
    return found


def is_here(where: str, path: str) -> bool:
    """Tell whether `path` is this page or below it; a case and a search belong to the board."""
    if where == "/":
        return path == "/" or path.startswith(("/cases", "/find"))
    if where == "/roster":
        return path.startswith(("/roster", "/handovers"))
    return path.startswith(where)
