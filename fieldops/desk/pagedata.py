"""What a page's scripts need from the server: the place in the feed, and their few words."""

from typing import Any

from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from fieldops.desk import faces
from fieldops.feed.models import desk
from fieldops.feed.queries import head_of
from fieldops.lib.clock import iso, now
from fieldops.teams.access import may
from fieldops.teams.models import User


def page_data(user: User) -> dict[str, Any]:
    """Return gen and cursor (read before the page's rows: an event applied twice is harmless) and words."""
    head = head_of(desk(user.center_id)) if user.center_id else None
    return {
        "gen": str(head.gen) if head else "",
        "cursor": head.last if head else 0,
        "user": str(user.pk),
        "now": iso(now()),
        "lang": get_language(),
        "awake": may(user, "cases.work"),
        "words": script_words(),
    }


def script_words() -> dict[str, str]:
    """Return what scripts say; {x} is filled in there, so that times look as faces.py writes them."""
    return {
        "over": _("+%(time)s") % {"time": "{x}"},
        "by": _("by %(time)s") % {"time": "{x}"},
        "hours": _("%(hours)s h %(minutes)s min") % {"hours": "{h}", "minutes": "{m}"},
        "s": _("%(n)s s") % {"n": "{x}"},
        "min": _("%(n)s min") % {"n": "{x}"},
        "h": _("%(n)s h") % {"n": "{x}"},
        "live": _("Live"),
        "lost": _("Lost %(age)s ago") % {"age": "{x}"},
        "lost_banner": _("Connection lost; below is how it stood %(age)s ago (%(time)s)")
        % {"age": "{x}", "time": "{t}"},
        "lost_words": _("Crews may have moved on; countdowns go on. Trying again, attempt %(n)s")
        % {"n": "{n}"},
        "lost_keep": _("What you write stays here. If it is urgent, ring the crew"),
        "rang_before": _("rang %(age)s ago") % {"age": "{x}"},
        "waiting": _("%(n)s new (%(letter)s) waiting") % {"n": "{n}", "letter": "{l}"},
        "moved_to": _("moved to %(lane)s") % {"lane": "{x}"},
        "gone": _("closed"),
        "stored": _("%(time)s draft kept") % {"time": "{x}"},
        "not_sent": _("No connection: nothing was sent. What you wrote is still here."),
        "will_send": _("No connection: kept here, sent when it is back."),
        "copied": _("Copied"),
        "told_by_phone": _("Told by phone"),
        "seconds_left": _("hidden in %(n)s s") % {"n": "{x}"},
        "fix": _("fix %(age)s ago") % {"age": "{x}"},
        "no_place": _("No place of that name; it will be kept as words."),
        "writes": _("%(who)s, writing: %(where)s") % {"who": "{x}", "where": "{p}"},
        "between": pgettext("between names in a row", ", "),
        "wan": "" if faces.is_english() else "万",
        "signed_out": _("You are signed out."),
    }
