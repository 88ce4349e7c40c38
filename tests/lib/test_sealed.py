"""Sealed columns open only in their own row and column, with their own key."""

import pytest

from fieldops.cases.actions.people import Who, find_or_add_person
from fieldops.cases.models import Person
from fieldops.lib import keys, sealed
from fieldops.lib.clock import now
from fieldops.lib.keys import KeysMissing, load_keyring, make_keyring
from fieldops.lib.sealed import SealBroken, blind, check_value, open_row, seal, unseal

PLACE = "cases_person.sealed:1"


def test_it_opens_what_it_sealed():
    data = {"name": "王庆和", "phone": "13800001234", "relatives": [{"name": "张"}]}

    assert unseal(PLACE, seal(PLACE, data)) == data


def test_nothing_stays_nothing():
    assert unseal(PLACE, None) is None


def test_the_same_twice_looks_different():
    assert seal(PLACE, "x") != seal(PLACE, "x")


def test_the_bytes_do_not_show_what_they_hold():
    blob = seal(PLACE, {"phone": "13800001234"})

    assert b"13800001234" not in blob
    assert b"phone" not in blob


@pytest.mark.parametrize(
    "elsewhere", ["cases_person.sealed:2", "cases_person.other:1", "cases_case.sealed:1"]
)
def test_it_refuses_a_value_moved_elsewhere(elsewhere):
    with pytest.raises(SealBroken):
        unseal(elsewhere, seal(PLACE, "x"))


@pytest.mark.parametrize("at", [-1, 6, 20])
def test_it_refuses_a_changed_byte(at):
    blob = bytearray(seal(PLACE, "x"))
    blob[at] ^= 1

    with pytest.raises(SealBroken):
        unseal(PLACE, bytes(blob))


@pytest.mark.parametrize("blob", [b"", b"0001:", b"0001:short", b"\xff\xfe", b"0001"])
def test_it_refuses_what_is_no_seal(blob):
    with pytest.raises(SealBroken):
        unseal(PLACE, blob)


class TestKeys:
    @pytest.fixture
    def other(self, settings, tmp_path):
        """Use another installation's keys."""

        def use():
            settings.DATA_KEYS_DIR = tmp_path / "keys"
            make_keyring(settings.DATA_KEYS_DIR)

        return use

    def test_another_key_does_not_open_it(self, other):
        blob = seal(PLACE, "x")

        other()

        with pytest.raises(SealBroken):
            unseal(PLACE, blob)

    def test_another_index_key_finds_nothing(self, other):
        before, check = blind("phone", "13800001234"), check_value()

        other()

        assert blind("phone", "13800001234") != before
        assert check_value() != check

    def test_a_new_key_seals_and_the_old_one_still_opens(self, other, settings):
        other()
        old, check, index = seal(PLACE, "old"), check_value(), blind("phone", "1")
        (settings.DATA_KEYS_DIR / "data-0002.key").write_bytes(b"2" * 32)
        load_keyring.cache_clear()

        new = seal(PLACE, "new")

        assert new.startswith(b"0002:")
        assert (unseal(PLACE, old), unseal(PLACE, new)) == ("old", "new")
        assert (check_value(), blind("phone", "1")) == (check, index)

    def test_a_key_that_is_gone_is_named(self, other, settings):
        other()
        (settings.DATA_KEYS_DIR / "data-0002.key").write_bytes(b"2" * 32)
        load_keyring.cache_clear()
        blob = seal(PLACE, "x")
        (settings.DATA_KEYS_DIR / "data-0002.key").unlink()
        load_keyring.cache_clear()

        with pytest.raises(SealBroken, match="unknown data key"):
            unseal(PLACE, blob)

    @pytest.mark.parametrize("gone", ["data-0001.key", "index.key"])
    def test_it_makes_no_key_by_itself(self, other, settings, gone):
        other()
        (settings.DATA_KEYS_DIR / gone).unlink()
        load_keyring.cache_clear()

        with pytest.raises(KeysMissing):
            sealed.keyring()

    def test_making_keeps_what_is_there(self, tmp_path):
        first = make_keyring(tmp_path)

        assert make_keyring(tmp_path) == first

    def test_only_the_owner_reads_a_key(self, tmp_path):
        make_keyring(tmp_path)

        assert {oct(path.stat().st_mode & 0o777) for path in tmp_path.iterdir()} == {"0o600"}
        assert len(list(tmp_path.iterdir())) == 2

    def test_the_session_secret_is_made_once(self, tmp_path):
        first = keys.load_or_make_secret(tmp_path / "new", "session")

        assert keys.load_or_make_secret(tmp_path / "new", "session") == first
        assert len(first) > 60


def test_a_row_opens_only_its_own(town):
    one, other = (
        find_or_add_person(center_id=town.center.pk, who=Who(name=name, phone=f"1380000000{i}"), at=now())
        for i, name in enumerate(("王一", "王二"))
    )
    Person.objects.filter(pk=one.pk).update(sealed=other.sealed)
    one.refresh_from_db()

    assert open_row(other)["name"] == "王二"
    with pytest.raises(SealBroken):
        open_row(one)


class TestBlind:
    def test_equal_values_meet(self):
        assert blind("phone", "13800001234") == blind("phone", "13800001234")

    def test_kinds_do_not_meet(self):
        assert blind("phone", "500101") != blind("id", "500101")

    def test_it_does_not_show_the_value(self):
        assert "1380" not in blind("phone", "13800001234")
