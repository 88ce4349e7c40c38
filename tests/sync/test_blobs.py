"""Photos in parts: resumed, checked, re-encoded, sealed; what is no picture is refused and forgotten."""

import datetime as dt
import hashlib
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from PIL import Image

from fieldops.audit.models import AuditRow
from fieldops.lib.clock import now
from fieldops.lib.sealed import unseal
from fieldops.outcomes.models import Note
from fieldops.sync.blobs import sealed_path, strip
from fieldops.sync.handlers import forget_old_parts
from fieldops.sync.models import Blob
from tests import make


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    keys = settings.DATA_KEYS_DIR
    settings.DATA_DIR = tmp_path
    settings.DATA_KEYS_DIR = keys


def jpeg(size=(64, 48), *, exif=False, kind="JPEG", tail=b""):
    out = BytesIO()
    picture = Image.effect_noise(size, 80).convert("RGB")
    marks = Image.Exif()
    if exif:
        marks[0x010E] = "secret note"
        marks[0x0112] = 6  # held sideways
        marks.get_ifd(0x8825).update({1: "N", 2: (29.0, 42.0, 0.0), 3: "E", 4: (107.0, 23.0, 0.0)})
    picture.save(out, kind, **({"exif": marks} if exif else {}))
    return out.getvalue() + tail


def sha(content):
    return hashlib.sha256(content).hexdigest()


def patch(phone, content, offset=0, end=None, *, name=None, mime="image/jpeg", length=None):
    part = content[offset:end]
    headers = {"Upload-Offset": str(offset), "Upload-Length": str(length or len(content))}
    path = f"/api/v1/sync/blobs/{name or sha(content)}"
    return phone.client.patch(path, part, content_type=mime, headers=headers)


def head(phone, content):
    return phone.client.head(f"/api/v1/sync/blobs/{sha(content)}")


def picture_of(blob):
    clean = bytes.fromhex(unseal(f"blob:{blob.pk}", sealed_path(blob).read_bytes()))
    return Image.open(BytesIO(clean)), clean


class TestParts:
    def test_parts_make_the_whole(self, town, phone):
        content = jpeg()
        middle = len(content) // 2

        first = patch(phone, content, 0, middle)
        second = patch(phone, content, middle)

        assert (first.status_code, first["Upload-Offset"]) == (204, str(middle))
        assert (second.status_code, second["Upload-Offset"]) == (204, str(len(content)))
        assert picture_of(Blob.objects.get())[0].size == (64, 48)

    @pytest.mark.parametrize("chunk", [64, 1000])
    def test_cut_at_each_chunk_it_is_whole_in_the_end(self, town, phone, chunk):
        content = jpeg((24, 18))
        offset = 0
        while offset < len(content):
            patch(phone, content, offset, offset + chunk // 2)  # cut: only half of it came
            patch(phone, content, offset, offset + chunk // 2)  # and came again
            offset = int(head(phone, content)["Upload-Offset"]) if Blob.objects.exists() else 0
            patch(phone, content, offset, offset + chunk)
            offset = int(head(phone, content)["Upload-Offset"])

        blob = Blob.objects.get()
        assert (blob.done_at is not None, blob.offset, blob.sha256) == (True, len(content), sha(content))
        assert picture_of(blob)[0].size == Image.open(BytesIO(content)).size

    def test_it_resumes_where_it_was(self, town, phone):
        content = jpeg()
        patch(phone, content, 0, 100)

        answer = head(phone, content)
        assert (answer.status_code, answer["Upload-Offset"]) == (204, "100")
        patch(phone, content, 100)

        assert head(phone, content)["Upload-Offset"] == str(len(content))

    def test_a_part_from_elsewhere_is_409_with_the_true_offset(self, town, phone):
        content = jpeg()
        patch(phone, content, 0, 100)

        answer = patch(phone, content, 200)

        assert (answer.status_code, answer.json()["code"], answer.json()["offset"]) == (409, "offset", 100)

    def test_a_part_sent_again_is_harmless(self, town, phone):
        content = jpeg()
        patch(phone, content, 0, 100)

        assert patch(phone, content, 0, 100)["Upload-Offset"] == "100"
        patch(phone, content, 100)
        assert patch(phone, content, 100).status_code == 204
        assert Blob.objects.count() == 1

    def test_another_length_or_type_halfway_is_refused(self, town, phone):
        content = jpeg()
        patch(phone, content, 0, 100)

        assert patch(phone, content, 100, length=len(content) + 1).status_code == 400
        assert patch(phone, content, 100, mime="image/png").status_code == 400

    def test_each_has_his_own(self, town, phone, phones):
        content = jpeg()
        patch(phone, content)

        assert head(phones(town.alpha2), content).status_code == 404

    def test_nothing_yet_is_404_and_a_strange_name_too(self, town, phone):
        assert head(phone, b"x").status_code == 404
        for name in ("..%2f..%2fetc", "A" * 64, "a" * 63):
            assert patch(phone, jpeg(), name=name).status_code == 404

    def test_the_desk_has_no_phone(self, town, api):
        assert api(town.duty).client.head(f"/api/v1/sync/blobs/{'a' * 64}").status_code == 403


class TestRefused:
    def gone(self, phone, content):
        files = list((Path(settings.DATA_DIR) / "blobs").glob("*"))
        return not Blob.objects.exists() and files == []

    def test_a_wrong_hash_throws_the_parts_away(self, town, phone):
        content = jpeg()
        patch(phone, content, 0, 100, name="a" * 64)

        answer = patch(phone, content, 100, name="a" * 64)

        assert (answer.status_code, answer.json()["code"]) == (400, "bad_hash")
        assert self.gone(phone, content)
        assert phone.client.head(f"/api/v1/sync/blobs/{'a' * 64}").status_code == 404

    @pytest.mark.parametrize(
        "content",
        [
            b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
            b"<html><script>alert(1)</script>",
            b"GIF89a" + b"\x00" * 40,
            b"\xff\xd8\xff\xe0 not really",
            b"\x89PNG\r\n\x1a\n" + b"\x00" * 50,
        ],
    )
    def test_what_is_no_picture(self, town, phone, content):
        answer = patch(phone, content)

        assert (answer.status_code, answer.json()["code"]) == (400, "bad_file")
        assert self.gone(phone, content)

    def test_a_pixel_bomb(self, town, phone):
        out = BytesIO()
        Image.new("1", (8_000, 8_000)).save(out, "PNG")
        bomb = out.getvalue()
        assert len(bomb) < 20_000

        answer = patch(phone, bomb, mime="image/png")

        assert (answer.status_code, answer.json()["code"]) == (400, "bad_file")
        assert self.gone(phone, bomb)

    @pytest.mark.parametrize("mime", ["image/svg+xml", "text/html", "application/pdf", ""])
    def test_other_types(self, town, phone, mime):
        assert patch(phone, jpeg(), mime=mime or "x/y").status_code == 400

    @pytest.mark.parametrize("length", [0, 20 * 1024 * 1024 + 1, 10])
    def test_other_sizes(self, town, phone, length):
        headers = {"Upload-Offset": "0", "Upload-Length": str(length)}
        path = f"/api/v1/sync/blobs/{'a' * 64}"

        answer = phone.client.patch(path, b"x" * 20, content_type="image/jpeg", headers=headers)

        assert answer.status_code == 400

    def test_missing_headers(self, town, phone):
        path = f"/api/v1/sync/blobs/{'a' * 64}"

        assert phone.client.patch(path, b"x", content_type="image/jpeg").status_code == 400


class TestStripped:
    def test_exif_goes_and_the_picture_stands_upright(self, town, phone):
        content = jpeg(exif=True)
        assert Image.open(BytesIO(content)).getexif().get_ifd(0x8825)

        patch(phone, content)

        picture, clean = picture_of(Blob.objects.get())
        assert not picture.getexif() and b"secret note" not in clean
        assert picture.size == (48, 64)

    def test_what_hangs_behind_the_picture_goes(self, town, phone):
        content = jpeg(tail=b"<script>alert(1)</script>")

        assert patch(phone, content).status_code == 204

        assert b"<script>" not in picture_of(Blob.objects.get())[1]

    @pytest.mark.parametrize(("kind", "mime"), [("PNG", "image/png"), ("WEBP", "image/webp")])
    def test_other_formats(self, kind, mime):
        assert Image.open(BytesIO(strip(jpeg(kind=kind), mime))).format == kind

    def test_at_rest_it_is_sealed_under_a_random_name(self, town, phone):
        content = jpeg()
        patch(phone, content)

        (file,) = (Path(settings.DATA_DIR) / "blobs").iterdir()
        assert sha(content) not in file.name
        assert b"JFIF" not in file.read_bytes()

    def test_a_part_is_sealed_too(self, town, phone):
        content = jpeg(exif=True)
        assert b"secret note" in content[:400]

        patch(phone, content, 0, 400)

        (file,) = (Path(settings.DATA_DIR) / "blobs").iterdir()
        assert b"secret note" not in file.read_bytes() and b"Exif" not in file.read_bytes()

    def test_parts_of_what_never_came_are_forgotten_after_a_fortnight(self, town, phone):
        content, whole = jpeg(), jpeg((8, 8))
        patch(phone, content, 0, 100)
        patch(phone, whole)

        forget_old_parts(at=now() + dt.timedelta(days=13))
        assert Blob.objects.count() == 2
        forget_old_parts(at=now() + dt.timedelta(days=15))

        assert Blob.objects.get().sha256 == sha(whole)
        assert [file.suffix for file in (Path(settings.DATA_DIR) / "blobs").iterdir()] == [".sealed"]

    def test_a_part_that_is_gone_from_the_disk_begins_anew(self, town, phone):
        content = jpeg()
        patch(phone, content, 0, 100)
        for file in (Path(settings.DATA_DIR) / "blobs").iterdir():
            file.unlink()

        answer = patch(phone, content, 100)

        assert (answer.status_code, answer.json()["code"]) == (400, "bad_hash")
        assert patch(phone, content).status_code == 204


class TestPhoto:
    def fact(self, row, content):
        args = {
            "id": str(make.new_id()),
            "sha256": sha(content),
            "mime": "image/jpeg",
            "size": len(content),
        }
        return make.envelope("photo", ("case", row.case_id), args)

    def test_the_fact_comes_first_then_the_bytes(self, town, phone):
        row, content = make.accepted(town), jpeg()
        phone.send(self.fact(row, content))
        assert Note.objects.get().arrived_at is None

        patch(phone, content)

        assert Note.objects.get().arrived_at

    def test_the_bytes_may_be_here_before_the_fact(self, town, phone):
        row, content = make.accepted(town), jpeg()
        patch(phone, content)

        phone.send(self.fact(row, content))

        assert Note.objects.get().arrived_at


class TestLook:
    @pytest.fixture
    def photo(self, town, phone):
        row, content = make.accepted(town), jpeg(exif=True)
        phone.send(TestPhoto().fact(row, content))
        return Note.objects.get(), content

    def test_the_desk_sees_it_stripped_and_the_look_is_audited(self, town, phone, api, photo):
        note, content = photo
        patch(phone, content)

        answer = api(town.duty).get(f"notes/{note.pk}/photo")

        assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
        assert not Image.open(BytesIO(answer.content)).getexif()
        assert answer["Cache-Control"] == "no-store"
        assert AuditRow.objects.get(verb="photo.open").actor_id == town.duty.pk

    def test_one_still_on_the_phone_is_404(self, town, api, photo):
        answer = api(town.duty).get(f"notes/{photo[0].pk}/photo")

        assert (answer.status_code, answer.json()["code"]) == (404, "photo_pending")
        assert not AuditRow.objects.filter(verb="photo.open").exists()

    def test_one_dropped_is_404_and_what_comes_of_it_after_all_is_not_kept(self, town, phone, api, photo):
        note, content = photo
        patch(phone, content, 0, 100)
        phone.send(make.envelope("drop_photo", ("case", note.case_id), {"sha256": sha(content)}))

        answer = patch(phone, content, 100)

        assert (answer.status_code, answer["Upload-Offset"]) == (204, str(len(content)))
        assert not Blob.objects.exists()
        assert not list((Path(settings.DATA_DIR) / "blobs").glob("*"))
        look = api(town.duty).get(f"notes/{note.pk}/photo")
        assert (look.status_code, look.json()["code"]) == (404, "photo_dropped")

    def test_dropped_and_announced_anew_it_is_kept_for_the_new_one_only(self, town, phone, api, photo):
        note, content = photo
        row = note.case.assignments.get()
        phone.send(make.envelope("drop_photo", ("case", note.case_id), {"sha256": sha(content)}))
        phone.send(TestPhoto().fact(row, content))

        patch(phone, content)

        looks = {
            bool(one.dropped_at): api(town.duty).get(f"notes/{one.pk}/photo").status_code
            for one in Note.objects.all()
        }
        assert looks == {True: 404, False: 200}

    def test_its_crew_sees_it_and_nobody_else(self, town, phone, api, photo):
        note, content = photo
        patch(phone, content)

        seen = {
            who: api(town.users[who]).get(f"notes/{note.pk}/photo").status_code
            for who in ("alpha2", "bravo1", "stranger", "intruder", "analyst")
        }

        assert seen == {"alpha2": 200, "bravo1": 404, "stranger": 404, "intruder": 404, "analyst": 404}
