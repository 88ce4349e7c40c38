"""Serve the phone app's built files under /m/, through Django, so that the security headers apply."""

import gzip
import mimetypes
import re
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotModified
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

HASHED = re.compile(r"^assets/.+-[0-9A-Za-z_-]{8}\.\w+$")
FOREVER = "public, max-age=31536000, immutable"
FRESH = "no-cache"
TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".webmanifest": "application/manifest+json",
}
PACKED = (".js", ".css", ".html", ".webmanifest", ".svg")


@require_safe
def shell(request: HttpRequest, name: str = "") -> HttpResponseBase:
    """Return a built file, or the app's page for a path without one. Raises Http404 for a missing asset."""
    root = Path(settings.FRONTEND_DIST).resolve()
    if not (root / "index.html").is_file():
        return HttpResponse(
            _("The phone app is not built yet. Build it with: make front"), "text/plain; charset=utf-8", 503
        )
    found = (root / name).resolve()
    if not found.is_relative_to(root) or not found.is_file():
        if "." in name.rsplit("/", 1)[-1]:
            raise Http404
        found = root / "index.html"
    return _answer(request, found, found.relative_to(root).as_posix())


def _answer(request: HttpRequest, found: Path, name: str) -> HttpResponseBase:
    stat = found.stat()
    etag = f'"{stat.st_mtime_ns:x}-{stat.st_size:x}"'
    if request.headers.get("If-None-Match") == etag:
        return HttpResponseNotModified(headers={"ETag": etag})
    packed = found.suffix in PACKED and "gzip" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(_bytes_of(found, stat.st_mtime_ns, packed), _type_of(found))
    response["ETag"] = etag
    response["Cache-Control"] = FOREVER if HASHED.match(name) else FRESH
    response["Vary"] = "Accept-Encoding"
    if packed:
        response["Content-Encoding"] = "gzip"
    return response


@lru_cache(maxsize=128)
def _bytes_of(found: Path, changed_ns: int, packed: bool) -> bytes:
    """Return the file's bytes; kept by path and time of change, so a new build is served at once."""
    content = found.read_bytes()
    return gzip.compress(content, 9, mtime=0) if packed else content


def _type_of(found: Path) -> str:
    return TYPES.get(found.suffix) or mimetypes.guess_type(found.name)[0] or "application/octet-stream"


urlpatterns = [
    path("", shell, name="phone"),
    path("<path:name>", shell),
]
