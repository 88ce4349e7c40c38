"""What every desk page knows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def page(request: HttpRequest) -> dict[str, Any]:
    """Return the centre and the mode of this installation for the frame of a page."""
    user = getattr(request, "user", None)
    post = user.post if user is not None and user.is_authenticated else None
    return {"center": post.center if post else None, "demo": settings.DEMO}
