"""Files in parts: resumable, checked by hash, re-encoded and stripped, sealed at rest."""

import datetime as dt
import hashlib
import uuid
from io import BytesIO
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

from fieldops.audit.actions import append
from fieldops.feed.changes import change
from fieldops.lib.db import locked
from fieldops.lib.errors import Invalid, NotFound, Problem
from fieldops.lib.passes import each
from fieldops.lib.sealed import seal, unseal
from fieldops.outcomes.facts import is_dropped, photo_arrived
from fieldops.outcomes.models import Note
from fieldops.sync.models import Blob
from fieldops.teams.actor import Actor
from fieldops.teams.models import User

MAX_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 50_000_000
CHUNK = 256 * 1024
PARTS_KEPT = dt.timedelta(days=14)
FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}


class OffsetDiffers(Problem):
    """The part does not begin where the file ends (409 `offset`, with the true offset)."""

    code = "offset"
    words = _("The part does not begin where the file ends.")


def blob_of(user: User, sha256: str) -> Blob:
    """Return the user's file, whole or in parts. Raises NotFound."""
    blob = Blob.objects.filter(user_id=user.pk, sha256=sha256).first()
    if blob is None:
        raise NotFound()
    return blob


def blob_done(user_id: uuid.UUID, sha256: str) -> bool:
    """Tell whether this person's file of this hash is here whole."""
    return Blob.objects.filter(user_id=user_id, sha256=sha256, done_at__isnull=False).exists()


def open_photo(*, note: Note, by: Actor, at: dt.datetime) -> tuple[bytes, str]:
    """Return a photo's bytes and type; the look is audited before they are read. Raises NotFound."""
    mine = Blob.objects.filter(sha256=note.sha256, done_at__isnull=False)
    blob = mine.filter(user_id=note.by_id).first() if note.by_id and note.sha256 else None
    if note.dropped_at:
        raise NotFound("photo_dropped")
    if blob is None:
        raise NotFound("photo_pending")
    with change():
        append(
            verb="photo.open", subject_kind="note", subject_id=note.pk, at=at, actor_id=by.user_id,
            center_id=note.case.center_id, extra={"case": str(note.case_id)},
        )  # fmt: skip
    clean: str = unseal(f"blob:{blob.pk}", sealed_path(blob).read_bytes())
    return bytes.fromhex(clean), blob.mime


def add_part(
    *, user: User, sha256: str, mime: str, length: int, offset: int, part: bytes, at: dt.datetime
) -> Blob:
    """Append a part at `offset`; a part already there is harmless. The last part checks the hash.

    Raises OffsetDiffers, or Invalid for a wrong hash, type or size (the parts are thrown away).
    """
    if mime not in FORMATS or not 0 < length <= MAX_BYTES or offset + len(part) > length:
        raise Invalid("bad_file", _("This file is not taken: type or size."))
    with change():
        blob = _locked(user, sha256, mime, length, at)
        if blob.done_at or offset + len(part) <= blob.offset:
            return blob
        if offset != blob.offset:
            raise OffsetDiffers(offset=blob.offset)
        if offset + len(part) < length:
            _write_part(blob, offset, part)
            blob.offset = offset + len(part)
            blob.save(update_fields=["offset"])
            return blob
    # The last part: hash and re-encode outside the transaction, since a large picture takes a while.
    return _finish(blob, part, at)


def _locked(user: User, sha256: str, mime: str, length: int, at: dt.datetime) -> Blob:
    Blob.objects.bulk_create(
        [Blob(user_id=user.pk, sha256=sha256, mime=mime, length=length, made_at=at)],
        ignore_conflicts=True,
    )
    blob = locked(Blob.objects).get(user_id=user.pk, sha256=sha256)
    if (blob.length, blob.mime) != (length, mime):
        raise Invalid("bad_file", _("This file was announced with another type or size."))
    return blob


def _finish(blob: Blob, part: bytes, at: dt.datetime) -> Blob:
    """Check, strip and seal the whole file; what is no picture is thrown away, to begin anew.

    So is one its member has dropped meanwhile: nobody may look at it any more, so nothing of it stays. The
    phone is told that it is here, for it has nothing left to do.
    """
    try:
        clean = _checked(blob, part)
    except Invalid:
        with change():
            Blob.objects.filter(pk=blob.pk, done_at__isnull=True).delete()
        _drop_parts(blob)
        raise
    if is_dropped(sha256=blob.sha256, by_id=blob.user_id):
        return _forgotten(blob)
    sealed_path(blob).write_bytes(seal(f"blob:{blob.pk}", clean.hex()))
    with change():
        done = Blob.objects.filter(pk=blob.pk, done_at__isnull=True)
        if done.update(offset=blob.length, done_at=at):
            photo_arrived(sha256=blob.sha256, by_id=blob.user_id, at=at)
    _drop_parts(blob)
    blob.refresh_from_db()
    return blob


def _forgotten(blob: Blob) -> Blob:
    with change():
        Blob.objects.filter(pk=blob.pk, done_at__isnull=True).delete()
    _drop_parts(blob)
    blob.offset = blob.length
    return blob


def _checked(blob: Blob, part: bytes) -> bytes:
    """Return the stripped picture. Raises Invalid for a wrong hash or what is no picture."""
    content = _parts(blob) + part
    if hashlib.sha256(content).hexdigest() != blob.sha256:
        raise Invalid("bad_hash", _("The file does not have the hash it was announced with."))
    return strip(content, blob.mime)


def strip(content: bytes, mime: str) -> bytes:
    """Return the picture re-encoded: no EXIF, nothing appended. Raises Invalid for what is no picture."""
    try:
        with Image.open(BytesIO(content), formats=list(FORMATS.values())) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise Invalid("bad_file", _("The picture is too large."))
            out = BytesIO()
            # Turned as the camera held it, because the note that says so goes with the EXIF.
            ImageOps.exif_transpose(picture).convert("RGB").save(out, FORMATS[mime], quality=85)
            return out.getvalue()
    except Invalid:
        raise
    except Exception as error:  # a hostile file makes the decoder raise whatever it likes
        raise Invalid("bad_file", _("This is not a picture.")) from error


def sealed_path(blob: Blob) -> Path:
    """Return where a finished file lies; the name is random, never the sender's."""
    folder = Path(settings.DATA_DIR) / "blobs"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{uuid.UUID(str(blob.pk)).hex}.sealed"


def drop_old_parts(*, at: dt.datetime) -> None:
    """Forget photos of which only a part ever came: their note says so since the first day."""
    each(Blob.objects.filter(done_at__isnull=True, made_at__lt=at - PARTS_KEPT), _forget)


def _forget(blob: Blob) -> None:
    with change():
        gone, _rows = Blob.objects.filter(pk=blob.pk, done_at__isnull=True).delete()
    if gone:
        _drop_parts(blob)


# Parts lie sealed too, one file each, named by where they begin.


def _part_path(blob: Blob, offset: int) -> Path:
    return sealed_path(blob).with_suffix(f".{offset}.part")


def _write_part(blob: Blob, offset: int, part: bytes) -> None:
    _part_path(blob, offset).write_bytes(seal(f"part:{blob.pk}:{offset}", part.hex()))


def _parts(blob: Blob) -> bytes:
    """Return what has come so far. Raises Invalid where the parts on disk do not reach as far."""
    content = b""
    while len(content) < blob.offset:
        offset = len(content)
        path = _part_path(blob, offset)
        if not path.exists():
            raise Invalid("bad_hash", _("The file does not have the hash it was announced with."))
        content += bytes.fromhex(unseal(f"part:{blob.pk}:{offset}", path.read_bytes()))
    return content


def _drop_parts(blob: Blob) -> None:
    for path in sealed_path(blob).parent.glob(f"{uuid.UUID(str(blob.pk)).hex}.*.part"):
        path.unlink(missing_ok=True)
