"""A database set back to its backup: every feed begins a new generation, so that no reader skips anything.

Numbers given after the backup are given a second time. A phone whose cursor lies among them would miss the
new events of those numbers, and nothing on it could tell. So a beat is counted in the database and beside it,
in the data folder: a database that has counted less than the folder was set back.
"""

import datetime as dt
import json
import logging
import uuid
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from fieldops.feed.models import FeedHead, FeedMark
from fieldops.lib.db import locked
from fieldops.lib.ids import new_id

log = logging.getLogger(__name__)


def keep_mark(*, at: dt.datetime) -> None:
    """Count one beat, in the database first: a crash between the two must not look like a restore."""
    kept = _read()
    place = kept["place"] if kept else str(new_id())
    with transaction.atomic():
        mark, _made = locked(FeedMark.objects).get_or_create(place=place, defaults={"at": at})
        mark.beats, mark.at = max(mark.beats, kept["beats"] if kept else 0) + 1, at
        mark.save(update_fields=["beats", "at"])
    _write({"place": place, "beats": mark.beats})


def renew_if_restored(*, at: dt.datetime) -> bool:
    """Begin new generations where the database is older than this folder remembers; return whether it was.

    Readers then get `gen_changed` and take a snapshot; what they hold unsent stays, and `known_seq` brings
    back the commands the backup did not have.
    """
    kept = _read()
    if kept is None:
        return False
    beats = FeedMark.objects.filter(place=kept["place"]).values_list("beats", flat=True).first() or 0
    if beats >= kept["beats"]:
        return False
    with transaction.atomic():
        FeedHead.objects.update(gen=uuid.uuid4())
    log.warning("the database was set back (%s beats of %s): every feed begins anew", beats, kept["beats"])
    keep_mark(at=at)
    return True


def _path() -> Path:
    return Path(settings.DATA_DIR) / "feed.mark"


def _read() -> dict[str, Any] | None:
    try:
        kept = json.loads(_path().read_text())
        return {"place": str(uuid.UUID(kept["place"])), "beats": int(kept["beats"])}
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write(kept: dict[str, Any]) -> None:
    fresh = _path().with_suffix(".new")
    fresh.write_text(json.dumps(kept))
    fresh.replace(_path())
